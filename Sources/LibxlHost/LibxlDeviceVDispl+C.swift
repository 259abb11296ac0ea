#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceVDispl: LibxlPart {
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
