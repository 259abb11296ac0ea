import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What libxl is told to build into the domain.
    init(_ definition: DomainDefinition) throws(Untranslatable) {
        let vcpus = try Self.checked(definition.vcpus)
        let maximum = try Self.wholeMebibytes(definition.memory, path: "/domain/memory")
        let current = try Self.wholeMebibytes(definition.currentMemory, path: "/domain/currentMemory")
        guard current <= maximum else {
            throw Untranslatable(
                path: "/domain/currentMemory",
                reason: .currentMemoryAboveMaximum(current: definition.currentMemory, maximum: definition.memory))
        }
        self.init(
            maxVCPUs: vcpus.maximum, availableVCPUs: Array(0..<vcpus.current), maxMemory: maximum,
            targetMemory: current)
        try setClock(definition.clock)
        try setFeatures(definition.features, definition.operatingSystem.guestType)
        try setBoot(definition.operatingSystem)
    }

    /// What no Xen gives a guest more of. Source: Xen's `MAX_VIRT_CPUS`.
    private static let mostVCPUs: UInt32 = 8192

    private static func checked(_ vcpus: VirtualCPUs) throws(Untranslatable) -> VirtualCPUs {
        guard (1...mostVCPUs).contains(vcpus.maximum) else {
            throw Untranslatable(path: "/domain/vcpu", reason: .vcpusOutOfRange(vcpus.maximum, most: mostVCPUs))
        }
        guard (1...vcpus.maximum).contains(vcpus.current) else {
            throw Untranslatable(
                path: "/domain/vcpu/@current",
                reason: .currentVCPUsOutOfRange(current: vcpus.current, maximum: vcpus.maximum))
        }
        return vcpus
    }

    /// libvirt's rule: libxl is given memory in whole MiB, rounded up.
    private static func wholeMebibytes(_ memory: Kibibytes, path: String) throws(Untranslatable) -> Kibibytes {
        guard memory.count > 0, let rounded = memory.roundedUpToMebibyte else {
            throw Untranslatable(path: path, reason: .memoryOutOfRange(memory))
        }
        return rounded
    }

    private mutating func setClock(_ clock: Clock) throws(Untranslatable) {
        switch clock.offset {
        case .utc: break
        case .localtime: localtime = true
        case .variable(let adjustment, let basis):
            rtcTimeOffset = adjustment
            if basis == .localtime { localtime = true }
        case .timezone(let zone):
            throw Untranslatable(path: "/domain/clock/@timezone", reason: .timezoneClock(zone))
        }
    }

    private mutating func setFeatures(_ features: Features, _ guestType: GuestType) throws(Untranslatable) {
        acpi = features.acpi
        apic = features.apic
        if guestType == .hvm {
            hvm.pae = features.pae
        } else if features.pae == false {
            // The other guests always have it: naming it says nothing, and it cannot be taken away.
            throw Untranslatable(path: "/domain/features/pae", reason: .notForGuestType(guestType, only: [.hvm]))
        }
        guard guestType == .pv || features.e820Host == nil else {
            throw Untranslatable(
                path: "/domain/features/xen/e820_host", reason: .notForGuestType(guestType, only: [.pv]))
        }
        pv.e820Host = features.e820Host
    }

    private mutating func setBoot(_ system: OperatingSystem) throws(Untranslatable) {
        kernel = system.kernel
        ramdisk = system.initrd
        cmdline = system.commandLine
        switch system.guestType {
        case .pv:
            // libvirt's default: without a kernel of the host, one is looked for in the guest's disk.
            bootloader = system.bootloader ?? (system.kernel == nil ? "pygrub" : nil)
            try setBootloaderArguments(system)
            try refuseBootOrder(system)
        case .pvh:
            bootloader = system.bootloader
            try setBootloaderArguments(system)
            try refuseBootOrder(system)
        case .hvm:
            try refuseBootloader(system)
            hvm.boot = system.bootDevices.isEmpty ? "c" : String(system.bootDevices.map(\.letter))
            hvm.nographic = true
        }
    }

    private mutating func setBootloaderArguments(_ system: OperatingSystem) throws(Untranslatable) {
        guard let text = system.bootloaderArguments else { return }
        guard let arguments = ArgumentSplitter.split(text) else {
            throw Untranslatable(path: "/domain/bootloader_args", reason: .unclosedQuote(text))
        }
        bootloaderArguments = arguments
    }

    private func refuseBootOrder(_ system: OperatingSystem) throws(Untranslatable) {
        guard system.bootDevices.isEmpty else {
            throw Untranslatable(
                path: "/domain/os/boot", reason: .notForGuestType(system.guestType, only: [.hvm]))
        }
    }

    private func refuseBootloader(_ system: OperatingSystem) throws(Untranslatable) {
        let given = [
            ("/domain/bootloader", system.bootloader), ("/domain/bootloader_args", system.bootloaderArguments),
        ]
        for (path, value) in given where value != nil {
            throw Untranslatable(path: path, reason: .notForGuestType(system.guestType, only: [.pv, .pvh]))
        }
    }
}

extension BootDevice {
    /// libxl's letter for the device. Source: `libxl_domain_build_info.u.hvm.boot`.
    fileprivate var letter: Character {
        switch self {
        case .floppy: "a"
        case .hardDisk: "c"
        case .cdrom: "d"
        case .network: "n"
        }
    }
}
