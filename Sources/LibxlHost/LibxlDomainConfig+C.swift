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
        try disks.fill(&structure.disks, count: &structure.num_disks, "disks")
        try nics.fill(&structure.nics, count: &structure.num_nics, "nics")
        try pcidevs.fill(&structure.pcidevs, count: &structure.num_pcidevs, "pcidevs")
        try rdms.fill(&structure.rdms, count: &structure.num_rdms, "rdms")
        try vfbs.fill(&structure.vfbs, count: &structure.num_vfbs, "vfbs")
        try vkbs.fill(&structure.vkbs, count: &structure.num_vkbs, "vkbs")
        try vtpms.fill(&structure.vtpms, count: &structure.num_vtpms, "vtpms")
        try p9s.fill(&structure.p9s, count: &structure.num_p9s, "p9s")
        try pvcallsifs.fill(&structure.pvcallsifs, count: &structure.num_pvcallsifs, "pvcallsifs")
        try vdispls.fill(&structure.vdispls, count: &structure.num_vdispls, "vdispls")
        try vsnds.fill(&structure.vsnds, count: &structure.num_vsnds, "vsnds")
        try channels.fill(&structure.channels, count: &structure.num_channels, "channels")
        try usbctrls.fill(&structure.usbctrls, count: &structure.num_usbctrls, "usbctrls")
        try usbdevs.fill(&structure.usbdevs, count: &structure.num_usbdevs, "usbdevs")
    }
}
#endif
