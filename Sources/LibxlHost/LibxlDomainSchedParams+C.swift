#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDomainSchedParams {
    func fill(_ structure: inout libxl_domain_sched_params) throws(Unfit) {
        if let scheduler { structure.sched = scheduler.cValue }
        try structure.weight.set(weight, for: "weight")
        try structure.cap.set(cap, for: "cap")
        try structure.period.set(period, for: "period")
        try structure.budget.set(budget, for: "budget")
        try structure.extratime.set(extraTime, for: "extratime")
        try structure.slice.set(slice, for: "slice")
        try structure.latency.set(latency, for: "latency")
    }
}
#endif
