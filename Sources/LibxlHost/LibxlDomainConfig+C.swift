#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDomainConfig: LibxlStructure {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) {
        cxen_domain_config_init(libxl.table, structure)
    }

    static func dispose(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) {
        cxen_domain_config_dispose(libxl.table, structure)
    }

    func fill(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) throws(Unfit) {
        try createInfo.fill(&structure.pointee.c_info)
        try buildInfo.fill(&structure.pointee.b_info, guestType: createInfo.type)
        try fillDevices(&structure.pointee)
        structure.pointee.on_poweroff = onPoweroff.cValue
        structure.pointee.on_reboot = onReboot.cValue
        structure.pointee.on_watchdog = onWatchdog.cValue
        structure.pointee.on_crash = onCrash.cValue
        structure.pointee.on_soft_reset = onSoftReset.cValue
    }

    private func fillDevices(_ structure: inout libxl_domain_config) throws(Unfit) {
        for list in Self.lists {
            guard let list = list as? any LibxlConfigPart.Type else {
                throw Unfit(field: list.listName, reason: "libxl's structure has no such list")
            }
            try list.fill(from: self, &structure)
        }
    }
}
#endif
