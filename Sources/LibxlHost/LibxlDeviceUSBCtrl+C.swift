#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceUSBCtrl: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.usbctrls }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_usbctrls }
    static var cKind: cxen_kind { CXEN_USBCTRL }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_usbctrl>) {
        libxl_device_usbctrl_init(structure)
    }

    func fill(_ structure: inout libxl_device_usbctrl) throws(Unfit) {
        structure.type = type.cValue
        structure.devid = devid.rawValue
        structure.version = version
        structure.ports = ports
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
    }
}
#endif
