#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDevicePVCallsIf: LibxlConfigPart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.pvcallsifs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_pvcallsifs }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_pvcallsif>) {
        libxl_device_pvcallsif_init(structure)
    }

    func fill(_ structure: inout libxl_device_pvcallsif) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
    }
}
#endif
