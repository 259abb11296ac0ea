#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceRDM: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_rdm>) {
        libxl_device_rdm_init(structure)
    }

    func fill(_ structure: inout libxl_device_rdm) throws(Unfit) {
        structure.start = start
        structure.size = size
        if let policy { structure.policy = policy.cValue }
    }
}
#endif
