package import XenUnits

/// What a domain should be: the content of a `<domain type='xen'>` document.
///
/// A definition is inert. It holds no handle, opens no file, and says nothing about whether the domain runs.
package struct DomainDefinition: Hashable, Sendable {
    /// The hypervisor that the document is for; only `xen` can be started here. `/domain/@type`.
    package var hypervisor: String
    package var name: DomainName
    package var uuid: DomainUUID
    /// The number by which Windows tells that it was copied; nil is none. `/domain/genid`.
    package var generationID: DomainUUID?
    /// One line for people. `/domain/title`.
    package var title: String?
    /// Any text for people. `/domain/description`.
    package var description: String?
    /// The whole `/domain/metadata` element as XML text, kept as it is and never read.
    package var metadata: String?
    /// The most memory the guest may have, as written. `/domain/memory`.
    package var memory: Kibibytes
    /// The memory it starts with, at most `memory`. `/domain/currentMemory`.
    package var currentMemory: Kibibytes
    package var vcpus: VirtualCPUs
    package var cpuTuning: CPUTuning
    package var operatingSystem: OperatingSystem
    package var features: Features
    /// `/domain/cpu`.
    package var processor: Processor
    package var clock: Clock
    /// `/domain/pm`.
    package var powerManagement: PowerManagement
    /// `/domain/on_poweroff`; absent is destroy.
    package var onPoweroff: LifecycleAction
    /// `/domain/on_reboot`; absent is restart.
    package var onReboot: LifecycleAction
    /// `/domain/on_crash`; absent is destroy.
    package var onCrash: LifecycleAction
    /// The program of the host that emulates devices; nil is libxl's. `/domain/devices/emulator`.
    package var emulator: String?
    /// Every device: by class in the order of `DeviceClass`, each class in document order, which is the order in which
    /// libxl attaches them and which gives NICs their devids at start. `/domain/devices/*`.
    package var devices: [Device] {
        didSet { devices = devices.inDocumentOrder }
    }
    /// In document order; the first one counts. `/domain/seclabel`.
    package var securityLabels: [SecurityLabel]
    /// Arguments for the device model, in document order. `/domain/xen:commandline/xen:arg/@value`.
    package var deviceModelArguments: [String]
    /// What libvirt cannot express. `/domain/xenkeeper:options`.
    package var xen: XenOptions

    /// A Xen domain with `memory`, one vCPU, no device and everything else at its default.
    package init(name: DomainName, uuid: DomainUUID, memory: Kibibytes, operatingSystem: OperatingSystem) {
        hypervisor = Self.xen
        self.name = name
        self.uuid = uuid
        self.memory = memory
        currentMemory = memory
        vcpus = VirtualCPUs(maximum: 1, current: 1)
        cpuTuning = CPUTuning()
        self.operatingSystem = operatingSystem
        features = Features()
        processor = Processor()
        clock = .utc
        powerManagement = PowerManagement()
        onPoweroff = .destroy
        onReboot = .restart
        onCrash = .destroy
        devices = []
        securityLabels = []
        deviceModelArguments = []
        xen = XenOptions()
    }

    /// The `/domain/@type` of a Xen domain.
    package static let xen = "xen"
}

extension [Device] {
    /// The same devices by class, those of one class in the order that they had.
    fileprivate var inDocumentOrder: [Device] {
        let classes = map(\.deviceClass)
        guard zip(classes, classes.dropFirst()).contains(where: { $0 > $1 }) else { return self }
        let byClass = Dictionary(grouping: self, by: \.deviceClass)
        return DeviceClass.allCases.flatMap { byClass[$0] ?? [] }
    }
}
