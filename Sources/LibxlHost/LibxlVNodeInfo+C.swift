#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlVNodeInfo: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_vnode_info>) {
        libxl_vnode_info_init(structure)
    }

    func fill(_ structure: inout libxl_vnode_info) throws(Unfit) {
        try structure.memkb.set(memory, for: "memkb")
        try distances.fill(&structure.distances, count: &structure.num_distances, "distances")
        structure.pnode = physicalNode
        try structure.vcpus.set(vcpus, for: "vcpus")
    }
}
#endif
