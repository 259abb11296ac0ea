#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDomainCreateInfo {
    func fill(_ structure: inout libxl_domain_create_info) throws(Unfit) {
        structure.type = type.cValue
        structure.hap.set(hap)
        structure.oos.set(oos)
        structure.ssidref = ssidref
        structure.ssid_label = try ssidLabel.duplicated(for: "ssid_label")
        structure.name = try name.duplicated(for: "name")
        structure.uuid.set(uuid)
        structure.xsdata = try xenstoreData.duplicated(for: "xsdata")
        structure.platformdata = try platformData.duplicated(for: "platformdata")
        structure.poolid = poolID
        structure.pool_name = try poolName.duplicated(for: "pool_name")
        structure.run_hotplug_scripts.set(runHotplugScripts)
        structure.driver_domain.set(driverDomain)
        if let passthrough { structure.passthrough = passthrough.cValue }
        structure.xend_suspend_evtchn_compat.set(xendSuspendEventChannelCompatible)
    }
}
#endif
