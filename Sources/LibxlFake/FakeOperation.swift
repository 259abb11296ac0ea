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
    case insertCDROM = "libxl_cdrom_insert"
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
        case .insertCDROM: ["eject", "json", "insert"]
        case .addPCI, .addUSBDevice: ["lock", "json", "nodes"]
        case .removePCI, .destroyPCI, .removeUSBDevice: ["nodes", "json"]
        case .addUSBController, .addVTPM, .addVDispl, .addVSnd, .addVKB, .addVFB: Self.plugging.dropLast(2)
        case .removeUSBController, .removeP9, .removeVTPM, .removeVDispl, .removeVSnd, .removeVKB, .removeVFB:
            ["offline", "forced", "closed", "nodes", "json"]
        case .destroyUSBController, .destroyP9, .destroyVTPM, .destroyVDispl, .destroyVSnd, .destroyVKB, .destroyVFB:
            ["offline", "closed", "nodes", "json"]
        case .assignablePCI, .listPCI, .listUSBController, .listUSBDevice, .listVTPM, .listVDispl, .listVSnd, .listVKB:
            []
        case .listDomains, .domainInfo, .domainName, .domainEvents, .listNICs, .listDisks, .readNode, .listNode,
            .watchNode, .hasBridge, .linkState:
            []
        }
    }

    private static let plugging = ["lock", "json", "nodes", "backend", "script", "connected"]
}
