#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlIOPortRange: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_ioport_range>) {
        libxl_ioport_range_init(structure)
    }

    func fill(_ structure: inout libxl_ioport_range) throws(Unfit) {
        structure.first = first
        structure.number = count
    }
}

extension LibxlIOMemRange: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_iomem_range>) {
        libxl_iomem_range_init(structure)
    }

    func fill(_ structure: inout libxl_iomem_range) throws(Unfit) {
        structure.start = start
        structure.number = count
        try structure.gfn.set(guestFrame, for: "gfn")
    }
}
#endif
