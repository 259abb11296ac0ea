package import XenUnits

/// Something that a definition may say outside of its devices: where its document has it, which guests it is for, and the
/// definition without it. What reads and writes other formats, translates, reports and refuses takes all of it from here.
package struct DomainField: Sendable {
    /// An XPath.
    package let path: String
    /// The types of guest that it means something to; said of any other it has no effect, and that is a notice.
    package var guests = GuestType.every
    /// The member that has it; nil where several do.
    private var member: (any PartialKeyPath<DomainDefinition> & Sendable)?
    package let isSaid: @Sendable (DomainDefinition) -> Bool
    /// Takes it out, or puts something else in its place where there always is something.
    package let takeOut: @Sendable (inout DomainDefinition) -> Void

    package typealias Member<Value> = WritableKeyPath<DomainDefinition, Value> & Sendable

    private static func optional<Value>(
        _ path: String, _ member: any Member<Value?>, for guests: [GuestType] = GuestType.every
    ) -> DomainField {
        DomainField(
            path: "/domain/\(path)", guests: guests, member: member, isSaid: { $0[keyPath: member] != nil },
            takeOut: { $0[keyPath: member] = nil })
    }

    private static func list<Value>(
        _ path: String, _ member: any Member<[Value]>, for guests: [GuestType] = GuestType.every
    ) -> DomainField {
        DomainField(
            path: "/domain/\(path)", guests: guests, member: member, isSaid: { !$0[keyPath: member].isEmpty },
            takeOut: { $0[keyPath: member] = [] })
    }

    private static func always(
        _ path: String, _ change: @escaping @Sendable (inout DomainDefinition) -> Void
    ) -> DomainField {
        DomainField(path: "/domain/\(path)", isSaid: { _ in true }, takeOut: change)
    }

    package static let all: [DomainField] = general + processors + machine + options + deviceModel

    /// What a member has; nil of one that the table has no row of its own for.
    package static func of(_ member: PartialKeyPath<DomainDefinition>) -> DomainField? {
        all.first { ($0.member as PartialKeyPath<DomainDefinition>?) == member }
    }

    private static var general: [DomainField] {
        [
            always("@type") { $0.hypervisor = "" },
            always("name") { if let name = try? DomainName($0.name.text + "x") { $0.name = name } },
            always("uuid") { $0.uuid = DomainUUID(high: ~$0.uuid.high, low: $0.uuid.low) },
            optional("genid", \.generationID, for: GuestType.hvmAlone),
            optional("title", \.title),
            optional("description", \.description),
            optional("metadata", \.metadata),
            always("memory") { $0.memory = Kibibytes($0.memory.count &+ 1_048_576) },
            always("currentMemory") { $0.currentMemory = Kibibytes($0.currentMemory.count > 1024 ? 1024 : 1) },
            always("on_poweroff") { $0.onPoweroff = $0.onPoweroff == .destroy ? .preserve : .destroy },
            always("on_reboot") { $0.onReboot = $0.onReboot == .destroy ? .preserve : .destroy },
            always("on_crash") { $0.onCrash = $0.onCrash == .destroy ? .preserve : .destroy },
            optional("devices/emulator", \.emulator),
            list("seclabel", \.securityLabels),
            list("xen:commandline", \.deviceModelArguments),
        ]
    }

    private static var processors: [DomainField] {
        [
            always("vcpu") {
                if $0.vcpus.current == $0.vcpus.maximum { $0.vcpus.current += 1 }
                $0.vcpus.maximum += 1
            },
            DomainField(
                path: "/domain/vcpu/@current",
                isSaid: { $0.vcpus.current != $0.vcpus.maximum && $0.vcpus.individual.isEmpty },
                takeOut: { $0.vcpus.current = $0.vcpus.maximum }),
            optional("vcpu/@cpuset", \.vcpus.cpuSet),
            list("vcpus", \.vcpus.individual),
            optional("cputune/shares", \.cpuTuning.shares),
            list("cputune/vcpupin", \.cpuTuning.pins),
            optional("cpu/@mode", \.processor.mode),
            optional("cpu/model", \.processor.model),
            list("cpu/feature", \.processor.features),
            optional("cpu/topology", \.processor.topology),
            list("cpu/numa/cell", \.processor.numaCells),
            DomainField(
                path: "/domain/clock/@offset", isSaid: { $0.clock.offset != .utc }, takeOut: { $0.clock.offset = .utc }),
            list("clock/timer", \.clock.timers),
        ]
    }

    private static var machine: [DomainField] {
        [
            DomainField(
                path: "/domain/os/type", isSaid: { _ in true },
                takeOut: {
                    guard $0.operatingSystem.guestType == .pv else {
                        $0.operatingSystem.guestType = .pv
                        return
                    }
                    $0.operatingSystem.guestType = .pvh
                    // A pvh guest is none that nothing boots.
                    $0.operatingSystem.bootloader = "/"
                }),
            optional("os/type/@arch", \.operatingSystem.architecture),
            optional("os/type/@machine", \.operatingSystem.machine),
            optional("os/@firmware", \.operatingSystem.firmware, for: GuestType.hvmAlone),
            list("os/firmware/feature", \.operatingSystem.firmwareFeatures, for: GuestType.hvmAlone),
            optional("os/loader", \.operatingSystem.loader, for: GuestType.hvmAlone),
            optional("os/kernel", \.operatingSystem.kernel),
            optional("os/initrd", \.operatingSystem.initrd),
            optional("os/cmdline", \.operatingSystem.commandLine),
            optional("bootloader", \.operatingSystem.bootloader, for: GuestType.paravirtual),
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

    private static let own = "xenkeeper:options/"

    private static var options: [DomainField] {
        [
            optional(own + "timer/@mode", \.xen.timerMode, for: GuestType.translated),
            optional(own + "timer/@align", \.xen.alignTimers, for: GuestType.hvmAlone),
            optional(own + "altp2m/@mode", \.xen.alternativeViews, for: GuestType.translated),
            optional(own + "machine/@nx", \.xen.nx, for: GuestType.hvmAlone),
            optional(own + "machine/@nestedHVM", \.xen.nestedHVM, for: GuestType.translated),
            optional(own + "machine/@vpmu", \.xen.vpmu),
            optional(own + "machine/@msrRelaxed", \.xen.msrRelaxed),
            optional(own + "machine/@acpiLaptopSlate", \.xen.acpiLaptopSlate, for: GuestType.hvmAlone),
            optional(own + "machine/@xenPlatformPCI", \.xen.xenPlatformPCI, for: GuestType.hvmAlone),
            optional(own + "machine/@vkbDevice", \.xen.vkbDevice, for: GuestType.hvmAlone),
            optional(own + "machine/@vendorDevice", \.xen.vendorDevice, for: GuestType.hvmAlone),
            optional(own + "machine/@hdtype", \.xen.diskController, for: GuestType.hvmAlone),
            optional(own + "machine/@usbVersion", \.xen.usbVersion, for: GuestType.hvmAlone),
            optional(own + "memory/@mmioHole", \.xen.mmioHole, for: GuestType.hvmAlone),
            optional(own + "memory/@shadow", \.xen.shadowMemory, for: GuestType.translated),
            optional(own + "memory/@claim", \.xen.claimMemory),
            optional(own + "grants/@maxMaptrackFrames", \.xen.maxMaptrackFrames),
            optional(own + "grants/@maxVersion", \.xen.maxGrantVersion),
            optional(own + "graphicsPassthrough/@kind", \.xen.graphicsPassthrough, for: GuestType.hvmAlone),
            optional(own + "reservedMemory", \.xen.reservedMemory, for: GuestType.hvmAlone),
            optional(own + "scheduler/@cap", \.xen.scheduler.cap),
            optional(own + "scheduler/@period", \.xen.scheduler.period),
            optional(own + "scheduler/@budget", \.xen.scheduler.budget),
            optional(own + "scheduler/@extratime", \.xen.scheduler.extratime),
            list(own + "softPin", \.xen.softPins),
            optional(own + "pool/@name", \.xen.pool),
            optional(own + "driverDomain/@enabled", \.xen.driverDomain),
            optional(own + "migration/@disabled", \.xen.isMigrationDisabled),
            optional(own + "numaPlacement/@enabled", \.xen.numaPlacement),
            list(own + "ioports", \.xen.ioPorts),
            list(own + "irq", \.xen.irqs),
            list(own + "iomem", \.xen.ioMemory),
            optional(own + "smbios/@path", \.xen.smbiosFirmware, for: GuestType.hvmAlone),
            optional(own + "pvshim", \.xen.pvShim, for: [.pvh]),
            optional(own + "onWatchdog", \.xen.onWatchdog),
            optional(own + "onSoftReset", \.xen.onSoftReset),
            optional(own + "blockDevices/@first", \.xen.firstBlockDevice),
            optional(own + "security/@deviceModelLabel", \.xen.deviceModelLabel),
            optional(own + "security/@initialLabel", \.xen.initialLabel),
        ]
    }

    private static var deviceModel: [DomainField] {
        [
            optional(own + "deviceModel/@version", \.xen.deviceModel.version),
            optional(own + "deviceModel/@stubdomain", \.xen.deviceModel.isStubdomain, for: GuestType.hvmAlone),
            optional(
                own + "deviceModel/@stubdomainMemory", \.xen.deviceModel.stubdomainMemory, for: GuestType.hvmAlone),
            optional(
                own + "deviceModel/@stubdomainKernel", \.xen.deviceModel.stubdomainKernel, for: GuestType.hvmAlone),
            optional(
                own + "deviceModel/@stubdomainRamdisk", \.xen.deviceModel.stubdomainRamdisk, for: GuestType.hvmAlone),
            optional(
                own + "deviceModel/@stubdomainCmdline", \.xen.deviceModel.stubdomainCommandLine, for: GuestType.hvmAlone
            ),
            optional(own + "deviceModel/@user", \.xen.deviceModel.user),
            optional(own + "deviceModel/@restrict", \.xen.deviceModel.isRestricted),
            list(own + "deviceModel/pvArg", \.xen.deviceModel.pvArguments, for: [.pv]),
            list(own + "deviceModel/hvmArg", \.xen.deviceModel.hvmArguments, for: GuestType.hvmAlone),
            list(own + "deviceModel/usbDevice", \.xen.deviceModel.usbDevices, for: GuestType.hvmAlone),
        ]
    }
}
