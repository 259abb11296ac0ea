import XenModel
import XenUnits

/// Something that a definition may say outside of its devices, and the definition without it.
struct DomainProbe: Sendable {
    let path: String
    /// The types of guest that it means something to; said of any other it has no effect, and that is a notice.
    var guests = GuestType.every
    let isSaid: @Sendable (DomainDefinition) -> Bool
    /// Takes it out, or puts something else in its place where there always is something.
    let takeOut: @Sendable (inout DomainDefinition) -> Void
    /// Leaves of both what the thing has to do with, where the rest could not do without it.
    var simplify: @Sendable (inout DomainDefinition) -> Void = { _ in }

    private typealias Member<Value> = WritableKeyPath<DomainDefinition, Value> & Sendable

    private static func optional<Value>(
        _ path: String, _ member: any Member<Value?>, for guests: [GuestType] = GuestType.every,
        simplify: @escaping @Sendable (inout DomainDefinition) -> Void = { _ in }
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/\(path)", guests: guests, isSaid: { $0[keyPath: member] != nil },
            takeOut: { $0[keyPath: member] = nil }, simplify: simplify)
    }

    private static func list<Value>(
        _ path: String, _ member: any Member<[Value]>, for guests: [GuestType] = GuestType.every
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/\(path)", guests: guests, isSaid: { !$0[keyPath: member].isEmpty },
            takeOut: { $0[keyPath: member] = [] })
    }

    private static func always(
        _ path: String, _ change: @escaping @Sendable (inout DomainDefinition) -> Void
    ) -> DomainProbe {
        DomainProbe(path: "/domain/\(path)", isSaid: { _ in true }, takeOut: change)
    }

    static let all: [DomainProbe] = general + processors + machine + options + deviceModel

    private static var general: [DomainProbe] {
        [
            always("@type") { $0.hypervisor = "" },
            always("name") { if let name = try? DomainName($0.name.text + "x") { $0.name = name } },
            always("uuid") { $0.uuid = DomainUUID(high: ~$0.uuid.high, low: $0.uuid.low) },
            optional("genid", \.generationID, for: GuestType.hvmAlone), optional("title", \.title),
            optional("description", \.description),
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
                takeOut: {
                    guard $0.operatingSystem.guestType == .pv else {
                        $0.operatingSystem.guestType = .pv
                        return
                    }
                    $0.operatingSystem.guestType = .pvh
                    // A pvh guest is none that nothing boots.
                    $0.operatingSystem.bootloader = "/"
                },
                simplify: {
                    var system = OperatingSystem(guestType: $0.operatingSystem.guestType)
                    // Of a pv guest it is said what boots it without one.
                    if system.guestType != .pv { system.kernel = "/" }
                    $0 = DomainDefinition(
                        name: $0.name, uuid: $0.uuid, memory: $0.memory, operatingSystem: system)
                }),
            optional("os/type/@arch", \.operatingSystem.architecture),
            optional("os/type/@machine", \.operatingSystem.machine),
            optional("os/@firmware", \.operatingSystem.firmware, for: GuestType.hvmAlone),
            list("os/firmware/feature", \.operatingSystem.firmwareFeatures, for: GuestType.hvmAlone),
            optional("os/loader", \.operatingSystem.loader, for: GuestType.hvmAlone),
            optional("os/kernel", \.operatingSystem.kernel) {
                // A pvh guest is none that nothing boots.
                if $0.operatingSystem.guestType == .pvh { $0.operatingSystem.bootloader = "/" }
            },
            optional("os/initrd", \.operatingSystem.initrd), optional("os/cmdline", \.operatingSystem.commandLine),
            optional("bootloader", \.operatingSystem.bootloader, for: GuestType.paravirtual) {
                if $0.operatingSystem.guestType == .pvh { $0.operatingSystem.kernel = "/" }
            },
            optional("bootloader_args", \.operatingSystem.bootloaderArguments, for: GuestType.paravirtual),
            list("os/boot", \.operatingSystem.bootDevices, for: GuestType.hvmAlone),
            list("os/acpi/table", \.operatingSystem.acpiTables, for: GuestType.hvmAlone),
            optional("features/acpi", \.features.acpi, for: GuestType.translated),
            optional("features/apic", \.features.apic, for: GuestType.translated),
            optional("features/pae", \.features.pae, for: GuestType.hvmAlone),
            optional("features/hap", \.features.hap, for: GuestType.translated),
            optional("features/viridian", \.features.viridian, for: GuestType.hvmAlone),
            optional("features/hyperv", \.features.hyperV, for: GuestType.hvmAlone),
            optional("features/xen/e820_host", \.features.e820Host, for: [.pv]),
            optional("features/xen/passthrough", \.features.passthrough),
            optional("pm/suspend-to-mem", \.powerManagement.suspendToMemory, for: GuestType.hvmAlone),
            optional("pm/suspend-to-disk", \.powerManagement.suspendToDisk, for: GuestType.hvmAlone),
        ]
    }

    private typealias Option<Value> = WritableKeyPath<XenOptions, Value> & Sendable

    private static func option<Value>(
        _ path: String, _ member: any Option<Value?>, for guests: [GuestType] = GuestType.every
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/xenkeeper:options/\(path)", guests: guests, isSaid: { $0.xen[keyPath: member] != nil },
            takeOut: { $0.xen[keyPath: member] = nil })
    }

    private static func option<Value>(
        _ path: String, _ member: any Option<[Value]>, for guests: [GuestType] = GuestType.every
    ) -> DomainProbe {
        DomainProbe(
            path: "/domain/xenkeeper:options/\(path)", guests: guests, isSaid: { !$0.xen[keyPath: member].isEmpty },
            takeOut: { $0.xen[keyPath: member] = [] })
    }

    private static var options: [DomainProbe] {
        [
            option("timer/@mode", \.timerMode, for: GuestType.translated),
            option("timer/@align", \.alignTimers, for: GuestType.hvmAlone),
            option("altp2m/@mode", \.alternativeViews, for: GuestType.translated),
            option("machine/@nx", \.nx, for: GuestType.hvmAlone),
            option("machine/@nestedHVM", \.nestedHVM, for: GuestType.translated), option("machine/@vpmu", \.vpmu),
            option("machine/@msrRelaxed", \.msrRelaxed),
            option("machine/@acpiLaptopSlate", \.acpiLaptopSlate, for: GuestType.hvmAlone),
            option("machine/@xenPlatformPCI", \.xenPlatformPCI, for: GuestType.hvmAlone),
            option("machine/@vkbDevice", \.vkbDevice, for: GuestType.hvmAlone),
            option("machine/@vendorDevice", \.vendorDevice, for: GuestType.hvmAlone),
            option("machine/@hdtype", \.diskController, for: GuestType.hvmAlone),
            option("machine/@usbVersion", \.usbVersion, for: GuestType.hvmAlone),
            option("memory/@mmioHole", \.mmioHole, for: GuestType.hvmAlone),
            option("memory/@shadow", \.shadowMemory, for: GuestType.translated), option("memory/@claim", \.claimMemory),
            option("grants/@maxMaptrackFrames", \.maxMaptrackFrames), option("grants/@maxVersion", \.maxGrantVersion),
            option("graphicsPassthrough/@kind", \.graphicsPassthrough, for: GuestType.hvmAlone),
            option("reservedMemory", \.reservedMemory, for: GuestType.hvmAlone),
            option("scheduler/@cap", \.scheduler.cap), option("scheduler/@period", \.scheduler.period),
            option("scheduler/@budget", \.scheduler.budget), option("scheduler/@extratime", \.scheduler.extratime),
            option("softPin", \.softPins), option("pool/@name", \.pool),
            option("driverDomain/@enabled", \.driverDomain), option("migration/@disabled", \.isMigrationDisabled),
            option("numaPlacement/@enabled", \.numaPlacement), option("ioports", \.ioPorts), option("irq", \.irqs),
            option("iomem", \.ioMemory), option("smbios/@path", \.smbiosFirmware, for: GuestType.hvmAlone),
            option("pvshim", \.pvShim, for: [.pvh]),
            option("onWatchdog", \.onWatchdog), option("onSoftReset", \.onSoftReset),
            option("blockDevices/@first", \.firstBlockDevice), option("security/@deviceModelLabel", \.deviceModelLabel),
            option("security/@initialLabel", \.initialLabel),
        ]
    }

    private static var deviceModel: [DomainProbe] {
        [
            option("deviceModel/@version", \.deviceModel.version),
            option("deviceModel/@stubdomain", \.deviceModel.isStubdomain, for: GuestType.hvmAlone),
            option("deviceModel/@stubdomainMemory", \.deviceModel.stubdomainMemory, for: GuestType.hvmAlone),
            option("deviceModel/@stubdomainKernel", \.deviceModel.stubdomainKernel, for: GuestType.hvmAlone),
            option("deviceModel/@stubdomainRamdisk", \.deviceModel.stubdomainRamdisk, for: GuestType.hvmAlone),
            option("deviceModel/@stubdomainCmdline", \.deviceModel.stubdomainCommandLine, for: GuestType.hvmAlone),
            option("deviceModel/@user", \.deviceModel.user),
            option("deviceModel/@restrict", \.deviceModel.isRestricted),
            option("deviceModel/pvArg", \.deviceModel.pvArguments, for: [.pv]),
            option("deviceModel/hvmArg", \.deviceModel.hvmArguments, for: GuestType.hvmAlone),
            option("deviceModel/usbDevice", \.deviceModel.usbDevices, for: GuestType.hvmAlone),
        ]
    }
}
