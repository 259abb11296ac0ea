public import XenUnits

/// What a domain should be: the content of a `<domain type='xen'>` document.
///
/// A definition is inert. It holds no handle, opens no file, and says nothing about whether the domain runs.
public struct DomainDefinition: Hashable, Sendable {
    /// The hypervisor that the document is for; only `xen` can be started here. `/domain/@type`.
    public var hypervisor: String
    public var name: DomainName
    public var uuid: DomainUUID
    /// The number by which Windows tells that it was copied; nil is none. `/domain/genid`.
    public var generationID: DomainUUID?
    /// One line for people. `/domain/title`.
    public var title: String?
    /// Any text for people. `/domain/description`.
    public var description: String?
    /// The whole `/domain/metadata` element as XML text, kept as it is and never read.
    public var metadata: String?
    /// The most memory the guest may have, as written. `/domain/memory`.
    public var memory: Kibibytes
    /// The memory it starts with, at most `memory`. `/domain/currentMemory`.
    public var currentMemory: Kibibytes
    public var vcpus: VirtualCPUs
    public var cpuTuning: CPUTuning
    public var operatingSystem: OperatingSystem
    public var features: Features
    /// `/domain/cpu`.
    public var processor: Processor
    public var clock: Clock
    /// `/domain/pm`.
    public var powerManagement: PowerManagement
    /// `/domain/on_poweroff`; absent is destroy.
    public var onPoweroff: LifecycleAction
    /// `/domain/on_reboot`; absent is restart.
    public var onReboot: LifecycleAction
    /// `/domain/on_crash`; absent is destroy.
    public var onCrash: LifecycleAction
    /// The program of the host that emulates devices; nil is libxl's. `/domain/devices/emulator`.
    public var emulator: String?
    /// Every device: by class in the order of `DeviceClass`, each class in document order, which is the order in which
    /// libxl attaches them and which gives NICs their devids at start. `/domain/devices/*`.
    public var devices: [Device] {
        didSet { devices = devices.inDocumentOrder }
    }
    /// In document order; the first one counts. `/domain/seclabel`.
    public var securityLabels: [SecurityLabel]
    /// Arguments for the device model, in document order. `/domain/xen:commandline/xen:arg/@value`.
    public var deviceModelArguments: [String]
    /// What libvirt cannot express. `/domain/xenkeeper:options`.
    public var xen: XenOptions

    /// A Xen domain with `memory`, one vCPU, no device and everything else at its default.
    public init(name: DomainName, uuid: DomainUUID, memory: Kibibytes, operatingSystem: OperatingSystem) {
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
    public static let xen = "xen"
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
