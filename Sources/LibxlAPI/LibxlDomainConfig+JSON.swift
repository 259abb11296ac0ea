import XenUnits

extension LibxlDomainConfig: Codable {
    enum CodingKeys: String, CodingKey {
        case createInfo = "c_info"
        case buildInfo = "b_info"
        case disks, nics, pcidevs, rdms, vfbs, vkbs, vtpms, p9s, pvcallsifs, vdispls, vsnds, channels, usbctrls, usbdevs
        case onPoweroff = "on_poweroff"
        case onReboot = "on_reboot"
        case onWatchdog = "on_watchdog"
        case onCrash = "on_crash"
        case onSoftReset = "on_soft_reset"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        createInfo = try values.decode(LibxlDomainCreateInfo.self, forKey: .createInfo)
        buildInfo = try values.decode(LibxlDomainBuildInfo.self, forKey: .buildInfo)
        disks = try values.decode(forKey: .disks, default: [])
        nics = try values.decode(forKey: .nics, default: [])
        pcidevs = try values.decode(forKey: .pcidevs, default: [])
        rdms = try values.decode(forKey: .rdms, default: [])
        vfbs = try values.decode(forKey: .vfbs, default: [])
        vkbs = try values.decode(forKey: .vkbs, default: [])
        vtpms = try values.decode(forKey: .vtpms, default: [])
        p9s = try values.decode(forKey: .p9s, default: [])
        pvcallsifs = try values.decode(forKey: .pvcallsifs, default: [])
        vdispls = try values.decode(forKey: .vdispls, default: [])
        vsnds = try values.decode(forKey: .vsnds, default: [])
        channels = try values.decode(forKey: .channels, default: [])
        usbctrls = try values.decode(forKey: .usbctrls, default: [])
        usbdevs = try values.decode(forKey: .usbdevs, default: [])
        onPoweroff = try values.decode(forKey: .onPoweroff, default: .destroy)
        onReboot = try values.decode(forKey: .onReboot, default: .destroy)
        onWatchdog = try values.decode(forKey: .onWatchdog, default: .destroy)
        onCrash = try values.decode(forKey: .onCrash, default: .destroy)
        onSoftReset = try values.decode(forKey: .onSoftReset, default: .destroy)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(createInfo, forKey: .createInfo)
        try buildInfo.encode(
            to: values.superEncoder(forKey: .buildInfo), guestType: createInfo.type)
        try values.encode(disks, unless: [], forKey: .disks)
        try values.encode(nics, unless: [], forKey: .nics)
        try values.encode(pcidevs, unless: [], forKey: .pcidevs)
        try values.encode(rdms, unless: [], forKey: .rdms)
        try values.encode(vfbs, unless: [], forKey: .vfbs)
        try values.encode(vkbs, unless: [], forKey: .vkbs)
        try values.encode(vtpms, unless: [], forKey: .vtpms)
        try values.encode(p9s, unless: [], forKey: .p9s)
        try values.encode(pvcallsifs, unless: [], forKey: .pvcallsifs)
        try values.encode(vdispls, unless: [], forKey: .vdispls)
        try values.encode(vsnds, unless: [], forKey: .vsnds)
        try values.encode(channels, unless: [], forKey: .channels)
        try values.encode(usbctrls, unless: [], forKey: .usbctrls)
        try values.encode(usbdevs, unless: [], forKey: .usbdevs)
        try values.encode(onPoweroff, unless: .destroy, forKey: .onPoweroff)
        try values.encode(onReboot, unless: .destroy, forKey: .onReboot)
        try values.encode(onWatchdog, unless: .destroy, forKey: .onWatchdog)
        try values.encode(onCrash, unless: .destroy, forKey: .onCrash)
        try values.encode(onSoftReset, unless: .destroy, forKey: .onSoftReset)
    }
}
