#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceUSBDev: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.usbdevs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_usbdevs }
    static var cKind: cxen_kind { CXEN_USBDEV }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_usbdev>) {
        libxl_device_usbdev_init(structure)
    }

    func fill(_ structure: inout libxl_device_usbdev) throws(Unfit) {
        libxl_device_usbdev_init_type(&structure, LIBXL_USBDEV_TYPE_HOSTDEV)
        if let controller { structure.ctrl = controller.rawValue }
        structure.port = port
        structure.u.hostdev.hostbus = hostBus
        structure.u.hostdev.hostaddr = hostAddress
    }
}
#endif
