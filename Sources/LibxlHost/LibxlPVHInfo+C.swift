#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlPVHInfo {
    func fill(_ structure: inout libxl_domain_build_info) throws(Unfit) {
        structure.u.pvh.pvshim.set(pvshim)
        structure.u.pvh.pvshim_path = try pvshimPath.duplicated(for: "pvshim_path")
        structure.u.pvh.pvshim_cmdline = try pvshimCommandLine.duplicated(for: "pvshim_cmdline")
        structure.u.pvh.pvshim_extra = try pvshimExtra.duplicated(for: "pvshim_extra")
    }
}
#endif
