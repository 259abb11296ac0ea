#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceUSBDev: LibxlPart {
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
