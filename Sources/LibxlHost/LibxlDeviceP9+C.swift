#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceP9: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.p9s }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_p9s }
    static var cKind: cxen_kind { CXEN_P9 }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_p9>) {
        libxl_device_p9_init(structure)
    }

    func fill(_ structure: inout libxl_device_p9) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.tag = try tag.duplicated(for: "tag")
        structure.path = try path.duplicated(for: "path")
        structure.security_model = try securityModel.duplicated(for: "security_model")
        structure.devid = devid.rawValue
    }
}
#endif
