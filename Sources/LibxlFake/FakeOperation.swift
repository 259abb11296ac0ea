/// A requirement of one of the three protocols, by the name of the function that a real host calls for it.
public enum FakeOperation: String, Hashable, Sendable, Codable, CaseIterable {
    case listDomains = "libxl_list_domain"
    case domainInfo = "libxl_domain_info"
    case domainName = "libxl_domid_to_name"
    case needMemory = "libxl_domain_need_memory"
    case createDomain = "libxl_domain_create_new"
    case softResetDomain = "libxl_domain_soft_reset"
    case unpauseDomain = "libxl_domain_unpause"
    case pauseDomain = "libxl_domain_pause"
    case shutdownDomain = "libxl_domain_shutdown"
    case rebootDomain = "libxl_domain_reboot"
    case sendTrigger = "libxl_send_trigger"
    case domainEvents = "libxl_evenable_domain_death"
    case destroyDomain = "libxl_domain_destroy"
    case dumpCore = "libxl_domain_core_dump"
    case preserveDomain = "libxl_domain_preserve"
    case addNIC = "libxl_device_nic_add"
    case removeNIC = "libxl_device_nic_remove"
    case destroyNIC = "libxl_device_nic_destroy"
    case listNICs = "libxl_device_nic_list"
    case addDisk = "libxl_device_disk_add"
    case safeRemoveDisk = "libxl_device_disk_safe_remove"
    case destroyDisk = "libxl_device_disk_destroy"
    case listDisks = "libxl_device_disk_list"
    case insertCDROM = "libxl_cdrom_insert"
    case physicalInfo = "libxl_get_physinfo"
    case assignablePCI = "libxl_device_pci_assignable_list"
    case addPCI = "libxl_device_pci_add"
    case removePCI = "libxl_device_pci_remove"
    case destroyPCI = "libxl_device_pci_destroy"
    case listPCI = "libxl_device_pci_list"
    case addUSBController = "libxl_device_usbctrl_add"
    case removeUSBController = "libxl_device_usbctrl_remove"
    case destroyUSBController = "libxl_device_usbctrl_destroy"
    case listUSBController = "libxl_device_usbctrl_list"
    case addUSBDevice = "libxl_device_usbdev_add"
    case removeUSBDevice = "libxl_device_usbdev_remove"
    case listUSBDevice = "libxl_device_usbdev_list"
    case removeP9 = "libxl_device_p9_remove"
    case destroyP9 = "libxl_device_p9_destroy"
    case addVTPM = "libxl_device_vtpm_add"
    case removeVTPM = "libxl_device_vtpm_remove"
    case destroyVTPM = "libxl_device_vtpm_destroy"
    case listVTPM = "libxl_device_vtpm_list"
    case addVDispl = "libxl_device_vdispl_add"
    case removeVDispl = "libxl_device_vdispl_remove"
    case destroyVDispl = "libxl_device_vdispl_destroy"
    case listVDispl = "libxl_device_vdispl_list"
    case addVSnd = "libxl_device_vsnd_add"
    case removeVSnd = "libxl_device_vsnd_remove"
    case destroyVSnd = "libxl_device_vsnd_destroy"
    case listVSnd = "libxl_device_vsnd_list"
    case addVKB = "libxl_device_vkb_add"
    case removeVKB = "libxl_device_vkb_remove"
    case destroyVKB = "libxl_device_vkb_destroy"
    case listVKB = "libxl_device_vkb_list"
    case addVFB = "libxl_device_vfb_add"
    case removeVFB = "libxl_device_vfb_remove"
    case destroyVFB = "libxl_device_vfb_destroy"
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
    /// unless the guest did not answer, `controller` unless a USB device needs a new one. The steps of a create that
    /// begin with a kind of device come once for each device. Before all others a destroy goes through those of
    /// `destroyPCI`, with `pci.` before them, for each PCI device.
    public var steps: [String] {
        switch self {
        case .createDomain: ["domain", "store", "kernel", "memory"] + Self.building + ["json"]
        case .softResetDomain: ["devices", "domain", "store", "kernel", "memory"] + Self.building + ["json"]
        case .unpauseDomain: ["unpaused"]
        case .pauseDomain: ["paused"]
        case .shutdownDomain, .rebootDomain: ["asked", "acknowledged"]
        case .sendTrigger: ["sent"]
        case .destroyDomain: ["paused", "device", "store", "domain"]
        case .dumpCore: ["begun", "written"]
        case .preserveDomain: ["renamed"]
        case .addNIC, .addDisk: Self.plugging
        case .removeNIC: ["offline", "forced", "closed", "script", "nodes", "json"]
        case .safeRemoveDisk, .destroyNIC, .destroyDisk: ["offline", "closed", "script", "nodes", "json"]
        case .setLinkState: ["set"]
        case .insertCDROM: ["eject", "json", "insert"]
        case .addPCI: ["assigned", "lock", "json", "nodes"]
        case .addUSBDevice: ["controller", "lock", "json", "nodes"]
        case .removePCI, .destroyPCI: ["asked", "nodes", "json"]
        case .removeUSBDevice: ["nodes", "json"]
        case .addUSBController, .addVTPM, .addVDispl, .addVSnd: Self.plugging.dropLast(2)
        case .addVKB, .addVFB: ["nodes"]
        case .removeUSBController: ["devices", "offline", "forced", "closed", "nodes", "json"]
        case .destroyUSBController: ["devices", "offline", "closed", "nodes", "json"]
        case .removeP9, .removeVTPM, .removeVDispl, .removeVSnd, .removeVKB, .removeVFB:
            ["offline", "forced", "closed", "nodes", "json"]
        case .destroyP9, .destroyVTPM, .destroyVDispl, .destroyVSnd, .destroyVKB, .destroyVFB:
            ["offline", "closed", "nodes", "json"]
        case .assignablePCI, .listPCI, .listUSBController, .listUSBDevice, .listVTPM, .listVDispl, .listVSnd, .listVKB:
            []
        case .listDomains, .domainInfo, .domainName, .needMemory, .physicalInfo, .domainEvents, .listNICs, .listDisks,
            .readNode,
            .listNode,
            .watchNode, .hasBridge, .linkState:
            []
        }
    }

    private static let plugging = ["lock", "json", "nodes", "backend", "script", "connected"]

    /// What a create does for each device. Source: `domcreate_launch_dm`, `device_type_tbl`.
    private static let building: [String] = [
        ("disk", ["nodes", "backend", "script", "connected"]),
        ("p9", ["nodes"]), ("vfb", ["nodes"]), ("vkb", ["nodes"]),
        ("nic", ["nodes", "backend", "script", "connected"]),
        ("vtpm", ["nodes", "backend"]), ("usbctrl", ["nodes", "backend"]), ("usbdev", ["controller", "nodes"]),
        ("pci", ["assigned", "nodes"]), ("vdispl", ["nodes", "backend"]), ("vsnd", ["nodes", "backend"]),
    ].flatMap { kind, steps in steps.map { "\(kind).\($0)" } }
}

/// One call on one of the three protocols, as it crossed the boundary.
public struct FakeCall: Hashable, Sendable, Codable {
    /// What was called.
    public let operation: FakeOperation
    /// Every argument but the deadline, as a JSON object.
    public let arguments: String

    /// A call of `operation` with these arguments.
    public init(operation: FakeOperation, arguments: String) {
        self.operation = operation
        self.arguments = arguments
    }
}
