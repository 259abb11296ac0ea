#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceVTPM: LibxlPart {
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
