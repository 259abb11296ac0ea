#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceVTPM: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.vtpms }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_vtpms }
    static var cKind: cxen_kind { CXEN_VTPM }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_vtpm>) {
        libxl_device_vtpm_init(structure)
    }

    func fill(_ structure: inout libxl_device_vtpm) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        structure.uuid.set(uuid)
    }
}
#endif
