#if Xen
import CLibxl
import LibxlAPI

extension LibxlDeviceDTDev: LibxlConfigPart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.dtdevs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_dtdevs }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_dtdev>) {
        libxl_device_dtdev_init(structure)
    }

    func fill(_ structure: inout libxl_device_dtdev) throws(Unfit) {
        structure.path = try path.duplicated(for: "path")
    }
}
#endif
