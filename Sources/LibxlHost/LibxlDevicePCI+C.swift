#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDevicePCI: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.pcidevs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_pcidevs }
    static var cKind: cxen_kind { CXEN_PCI }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_pci>) {
        libxl_device_pci_init(structure)
    }

    func fill(_ structure: inout libxl_device_pci) throws(Unfit) {
        structure.domain = domain
        structure.bus = bus
        structure.dev = device
        structure.func = function
        structure.vdevfn = guestSlot
        structure.vfunc_mask = functionMask
        structure.msitranslate = msiTranslate
        structure.power_mgmt = powerManagement
        structure.permissive = permissive
        structure.seize = seize
        if let rdmPolicy { structure.rdm_policy = rdmPolicy.cValue }
        structure.name = try name.duplicated(for: "name")
    }
}
#endif
