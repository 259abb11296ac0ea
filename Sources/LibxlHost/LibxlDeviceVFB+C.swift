#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceVFB: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.vfbs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_vfbs }
    static var cKind: cxen_kind { CXEN_VFB }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_vfb>) {
        libxl_device_vfb_init(structure)
    }

    func fill(_ structure: inout libxl_device_vfb) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        try vnc.fill(&structure.vnc)
        try sdl.fill(&structure.sdl)
        structure.keymap = try keymap.duplicated(for: "keymap")
    }
}
#endif
