/// A requirement of one of the three protocols, by the name of the function that a real host calls for it.
public enum FakeOperation: String, Hashable, Sendable, Codable, CaseIterable {
    case listDomains = "libxl_list_domain"
    case domainInfo = "libxl_domain_info"
    case domainName = "libxl_domid_to_name"
    case createDomain = "libxl_domain_create_new"
    case unpauseDomain = "libxl_domain_unpause"
    case pauseDomain = "libxl_domain_pause"
    case shutdownDomain = "libxl_domain_shutdown"
    case rebootDomain = "libxl_domain_reboot"
    case sendTrigger = "libxl_send_trigger"
    case domainEvents = "libxl_evenable_domain_death"
    case destroyDomain = "libxl_domain_destroy"
    case addNIC = "libxl_device_nic_add"
    case removeNIC = "libxl_device_nic_remove"
    case destroyNIC = "libxl_device_nic_destroy"
    case listNICs = "libxl_device_nic_list"
    case addDisk = "libxl_device_disk_add"
    case safeRemoveDisk = "libxl_device_disk_safe_remove"
    case destroyDisk = "libxl_device_disk_destroy"
    case listDisks = "libxl_device_disk_list"
    case readNode = "xs_read"
    case listNode = "xs_directory"
    case watchNode = "xs_watch"
    case hasBridge = "has_bridge"
    case linkState = "link_state"
    case setLinkState = "set_link_state"

    /// The names of the steps that the operation goes through, in order; empty for one that changes nothing.
    ///
    /// A host says `RAWVALUE: STEP` to its `StepHook` once the step is stored. Some are skipped where there is nothing
    /// to do: `script` and `connected` for a disk that QEMU serves or a device of another backend domain, `forced`
    /// unless the guest did not answer. The `disk.` and `nic.` steps of a create come once for each device.
    public var steps: [String] {
        switch self {
        case .createDomain:
            ["domain", "store", "kernel", "memory"] + Self.plugging.dropFirst(2).map { "disk." + $0 }
                + Self.plugging.dropFirst(2).map { "nic." + $0 } + ["json"]
        case .unpauseDomain: ["unpaused"]
        case .pauseDomain: ["paused"]
        case .shutdownDomain, .rebootDomain: ["asked", "acknowledged"]
        case .sendTrigger: ["sent"]
        case .destroyDomain: ["paused", "device", "store", "domain"]
        case .addNIC, .addDisk: Self.plugging
        case .removeNIC: ["offline", "forced", "closed", "script", "nodes", "json"]
        case .safeRemoveDisk, .destroyNIC, .destroyDisk: ["offline", "closed", "script", "nodes", "json"]
        case .setLinkState: ["set"]
        case .listDomains, .domainInfo, .domainName, .domainEvents, .listNICs, .listDisks, .readNode, .listNode,
            .watchNode, .hasBridge, .linkState:
            []
        }
    }

    private static let plugging = ["lock", "json", "nodes", "backend", "script", "connected"]
}
