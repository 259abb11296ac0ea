public import XenUnits

/// Everything that libxl is given to build a domain from. Source: `libxl_domain_config`.
///
/// The JSON is libxl's own (`libxl_domain_config_to_json`), members with their default value left out.
public struct LibxlDomainConfig: Hashable, Sendable {
    /// `c_info`.
    public var createInfo: LibxlDomainCreateInfo
    /// `b_info`.
    public var buildInfo: LibxlDomainBuildInfo
    public var disks: [LibxlDeviceDisk] = []
    public var nics: [LibxlDeviceNIC] = []
    public var pcidevs: [LibxlDevicePCI] = []
    public var rdms: [LibxlDeviceRDM] = []
    public var dtdevs: [LibxlDeviceDTDev] = []
    public var vfbs: [LibxlDeviceVFB] = []
    public var vkbs: [LibxlDeviceVKB] = []
    public var vtpms: [LibxlDeviceVTPM] = []
    public var p9s: [LibxlDeviceP9] = []
    public var pvcallsifs: [LibxlDevicePVCallsIf] = []
    public var vdispls: [LibxlDeviceVDispl] = []
    public var vsnds: [LibxlDeviceVSnd] = []
    public var channels: [LibxlDeviceChannel] = []
    public var usbctrls: [LibxlDeviceUSBCtrl] = []
    public var usbdevs: [LibxlDeviceUSBDev] = []
    /// `on_poweroff`.
    public var onPoweroff: LifecycleAction = .destroy
    /// `on_reboot`.
    public var onReboot: LifecycleAction = .destroy
    /// `on_watchdog`.
    public var onWatchdog: LifecycleAction = .destroy
    /// `on_crash`.
    public var onCrash: LifecycleAction = .destroy
    /// `on_soft_reset`.
    public var onSoftReset: SoftResetAction = .destroy

    /// A domain without devices that is destroyed however it ends.
    public init(createInfo: LibxlDomainCreateInfo, buildInfo: LibxlDomainBuildInfo) {
        self.createInfo = createInfo
        self.buildInfo = buildInfo
    }
}

/// An element of one of the configuration's lists.
public protocol LibxlConfigElement: Hashable, Sendable, Codable {
    /// Where a domain's configuration has those of its kind.
    static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { get }
    /// The name of that member.
    static var listName: String { get }
}

extension LibxlDomainConfig {
    /// What the lists are of, in the order in which libxl prints them.
    public static let lists: [any LibxlConfigElement.Type] = [
        LibxlDeviceDisk.self, LibxlDeviceNIC.self, LibxlDevicePCI.self, LibxlDeviceRDM.self, LibxlDeviceDTDev.self,
        LibxlDeviceVFB.self, LibxlDeviceVKB.self, LibxlDeviceVTPM.self, LibxlDeviceP9.self, LibxlDevicePVCallsIf.self,
        LibxlDeviceVDispl.self, LibxlDeviceVSnd.self, LibxlDeviceChannel.self, LibxlDeviceUSBCtrl.self,
        LibxlDeviceUSBDev.self,
    ]
}
