import XenModel
import XenUnits

/// Something that a definition may say outside of its devices, and the definition without it.
struct DomainProbe {
    let path: String
    let isSaid: (DomainDefinition) -> Bool
    /// Takes it out, or puts something else in its place where there always is something.
    let takeOut: (inout DomainDefinition) -> Void
    /// Leaves of both what the thing has to do with, where the rest could not do without it.
    var simplify: (inout DomainDefinition) -> Void = { _ in }

    private static func optional<Value>(
        _ path: String, _ member: WritableKeyPath<DomainDefinition, Value?>
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/\(path)", isSaid: { $0[keyPath: member] != nil }, takeOut: { $0[keyPath: member] = nil })
    }

    private static func list<Value>(
        _ path: String, _ member: WritableKeyPath<DomainDefinition, [Value]>
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/\(path)", isSaid: { !$0[keyPath: member].isEmpty }, takeOut: { $0[keyPath: member] = [] })
    }

    private static func always(
        _ path: String, _ change: @escaping (inout DomainDefinition) -> Void
    ) -> DomainProbe {
        DomainProbe(path: "/domain/\(path)", isSaid: { _ in true }, takeOut: change)
    }

    static var all: [DomainProbe] { general + processors + machine + options + deviceModel }

    private static var general: [DomainProbe] {
        [
            always("@type") { $0.hypervisor = "" },
            always("name") { if let name = try? DomainName($0.name.text + "x") { $0.name = name } },
            always("uuid") { $0.uuid = DomainUUID(high: ~$0.uuid.high, low: $0.uuid.low) },
            optional("genid", \.generationID), optional("title", \.title), optional("description", \.description),
            optional("metadata", \.metadata),
            always("memory") { $0.memory = Kibibytes($0.memory.count &+ 1_048_576) },
            always("currentMemory") { $0.currentMemory = Kibibytes($0.currentMemory.count > 1024 ? 1024 : 1) },
            always("on_poweroff") { $0.onPoweroff = $0.onPoweroff == .destroy ? .preserve : .destroy },
            always("on_reboot") { $0.onReboot = $0.onReboot == .destroy ? .preserve : .destroy },
            always("on_crash") { $0.onCrash = $0.onCrash == .destroy ? .preserve : .destroy },
            optional("devices/emulator", \.emulator), list("seclabel", \.securityLabels),
            list("xen:commandline", \.deviceModelArguments),
        ]
    }

    private static var processors: [DomainProbe] {
        [
            always("vcpu") {
                if $0.vcpus.current == $0.vcpus.maximum { $0.vcpus.current += 1 }
                $0.vcpus.maximum += 1
            },
            DomainProbe(
                path: "/domain/vcpu/@current",
                isSaid: { $0.vcpus.current != $0.vcpus.maximum && $0.vcpus.individual.isEmpty },
                takeOut: { $0.vcpus.current = $0.vcpus.maximum }),
            optional("vcpu/@cpuset", \.vcpus.cpuSet), list("vcpus", \.vcpus.individual),
            optional("cputune/shares", \.cpuTuning.shares), list("cputune/vcpupin", \.cpuTuning.pins),
            optional("cpu/@mode", \.processor.mode), optional("cpu/model", \.processor.model),
            list("cpu/feature", \.processor.features), optional("cpu/topology", \.processor.topology),
            list("cpu/numa/cell", \.processor.numaCells),
            DomainProbe(
                path: "/domain/clock/@offset", isSaid: { $0.clock.offset != .utc }, takeOut: { $0.clock.offset = .utc }),
            list("clock/timer", \.clock.timers),
        ]
    }

    private static var machine: [DomainProbe] {
        [
            DomainProbe(
                path: "/domain/os/type", isSaid: { _ in true },
                takeOut: { $0.operatingSystem.guestType = $0.operatingSystem.guestType == .pv ? .pvh : .pv },
                simplify: {
                    $0 = DomainDefinition(
                        name: $0.name, uuid: $0.uuid, memory: $0.memory,
                        operatingSystem: OperatingSystem(guestType: $0.operatingSystem.guestType))
                }),
            optional("os/type/@arch", \.operatingSystem.architecture),
            optional("os/type/@machine", \.operatingSystem.machine),
            optional("os/@firmware", \.operatingSystem.firmware),
            optional("os/loader", \.operatingSystem.loader), optional("os/kernel", \.operatingSystem.kernel),
            optional("os/initrd", \.operatingSystem.initrd), optional("os/cmdline", \.operatingSystem.commandLine),
            optional("bootloader", \.operatingSystem.bootloader),
            optional("bootloader_args", \.operatingSystem.bootloaderArguments),
            list("os/boot", \.operatingSystem.bootDevices), list("os/acpi/table", \.operatingSystem.acpiTables),
            optional("features/acpi", \.features.acpi), optional("features/apic", \.features.apic),
            optional("features/pae", \.features.pae), optional("features/hap", \.features.hap),
            optional("features/viridian", \.features.viridian), optional("features/hyperv", \.features.hyperV),
            optional("features/xen/e820_host", \.features.e820Host),
            optional("features/xen/passthrough", \.features.passthrough),
            optional("pm/suspend-to-mem", \.powerManagement.suspendToMemory),
            optional("pm/suspend-to-disk", \.powerManagement.suspendToDisk),
        ]
    }

    private static var xen: WritableKeyPath<DomainDefinition, XenOptions> { \.xen }

    private static func option<Value>(_ path: String, _ member: WritableKeyPath<XenOptions, Value?>) -> DomainProbe {
        optional("xenkeeper:options/\(path)", xen.appending(path: member))
    }

    private static func option<Value>(_ path: String, _ member: WritableKeyPath<XenOptions, [Value]>) -> DomainProbe {
        list("xenkeeper:options/\(path)", xen.appending(path: member))
    }

    private static var options: [DomainProbe] {
        [
            option("timer/@mode", \.timerMode), option("timer/@align", \.alignTimers),
            option("altp2m/@mode", \.alternativeViews), option("machine/@nx", \.nx),
            option("machine/@nestedHVM", \.nestedHVM), option("machine/@vpmu", \.vpmu),
            option("machine/@msrRelaxed", \.msrRelaxed), option("machine/@acpiLaptopSlate", \.acpiLaptopSlate),
            option("machine/@xenPlatformPCI", \.xenPlatformPCI), option("machine/@vkbDevice", \.vkbDevice),
            option("machine/@vendorDevice", \.vendorDevice), option("machine/@hdtype", \.diskController),
            option("machine/@usbVersion", \.usbVersion), option("memory/@mmioHole", \.mmioHole),
            option("memory/@shadow", \.shadowMemory), option("memory/@claim", \.claimMemory),
            option("grants/@maxMaptrackFrames", \.maxMaptrackFrames), option("grants/@maxVersion", \.maxGrantVersion),
            option("graphicsPassthrough/@kind", \.graphicsPassthrough), option("reservedMemory", \.reservedMemory),
            option("scheduler/@cap", \.scheduler.cap), option("scheduler/@period", \.scheduler.period),
            option("scheduler/@budget", \.scheduler.budget), option("scheduler/@extratime", \.scheduler.extratime),
            option("softPin", \.softPins), option("pool/@name", \.pool),
            option("driverDomain/@enabled", \.driverDomain), option("migration/@disabled", \.isMigrationDisabled),
            option("numaPlacement/@enabled", \.numaPlacement), option("ioports", \.ioPorts), option("irq", \.irqs),
            option("iomem", \.ioMemory), option("smbios/@path", \.smbiosFirmware), option("pvshim", \.pvShim),
            option("onWatchdog", \.onWatchdog), option("onSoftReset", \.onSoftReset),
            option("blockDevices/@first", \.firstBlockDevice), option("security/@deviceModelLabel", \.deviceModelLabel),
            option("security/@initialLabel", \.initialLabel),
        ]
    }

    private static var deviceModel: [DomainProbe] {
        [
            option("deviceModel/@version", \.deviceModel.version),
            option("deviceModel/@stubdomain", \.deviceModel.isStubdomain),
            option("deviceModel/@stubdomainMemory", \.deviceModel.stubdomainMemory),
            option("deviceModel/@stubdomainKernel", \.deviceModel.stubdomainKernel),
            option("deviceModel/@stubdomainRamdisk", \.deviceModel.stubdomainRamdisk),
            option("deviceModel/@stubdomainCmdline", \.deviceModel.stubdomainCommandLine),
            option("deviceModel/@user", \.deviceModel.user),
            option("deviceModel/@restrict", \.deviceModel.isRestricted),
            option("deviceModel/pvArg", \.deviceModel.pvArguments),
            option("deviceModel/hvmArg", \.deviceModel.hvmArguments),
        ]
    }
}
