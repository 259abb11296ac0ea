#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlPVInfo {
    func fill(_ structure: inout libxl_domain_build_info) throws(Unfit) {
        try structure.u.pv.slack_memkb.set(slackMemory, for: "slack_memkb")
        structure.u.pv.e820_host.set(e820Host)
    }
}
#endif
