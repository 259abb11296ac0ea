#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceVDispl: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.vdispls }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_vdispls }
    static var cKind: cxen_kind { CXEN_VDISPL }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_vdispl>) {
        libxl_device_vdispl_init(structure)
    }

    func fill(_ structure: inout libxl_device_vdispl) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        structure.be_alloc = backendAllocates
        try connectors.fill(&structure.connectors, count: &structure.num_connectors, "connectors")
    }
}

extension LibxlConnectorParam: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_connector_param>) {
        libxl_connector_param_init(structure)
    }

    func fill(_ structure: inout libxl_connector_param) throws(Unfit) {
        structure.unique_id = try uniqueID.duplicated(for: "unique_id")
        structure.width = width
        structure.height = height
    }
}
#endif
