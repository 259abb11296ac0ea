#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceRDM: LibxlConfigPart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.rdms }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_rdms }

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
