#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceUSBCtrl: LibxlPart {
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
