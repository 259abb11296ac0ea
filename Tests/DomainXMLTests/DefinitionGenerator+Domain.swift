import XenModel
import XenUnits

// What stands outside of `/domain/devices`.
extension DefinitionGenerator {
    mutating func domainWithoutDevices() throws -> DomainDefinition {
        let memory = Kibibytes(number(in: 1...1 << 40))
        var domain = DomainDefinition(
            name: try name(), uuid: uuid(), memory: memory, operatingSystem: operatingSystem())
        domain.hypervisor = chance() ? DomainDefinition.xen : word(DomainDefinition.xen)
        domain.generationID = maybe { $0.uuid() }
        domain.currentMemory = Kibibytes(number(in: 1...memory.count))
        domain.title = maybe { $0.plain() }
        domain.description = maybe { $0.freeText() }
        domain.metadata = maybe { $0.pick(Self.metadata) }
        domain.vcpus = vcpus()
        let maximum = domain.vcpus.maximum
        domain.cpuTuning.shares = maybe { $0.number(in: 1...UInt32.max) }
        domain.cpuTuning.pins = pins(vcpus: maximum)
        domain.features = features()
        domain.processor = processor(vcpus: maximum)
        domain.clock = Clock(offset: clockOffset(), timers: some(of: TimerName.allCases).map { timer($0) })
        domain.powerManagement.suspendToMemory = maybe { $0.chance() }
        domain.powerManagement.suspendToDisk = maybe { $0.chance() }
        domain.onPoweroff = pick(LifecycleAction.allCases)
        domain.onReboot = pick(LifecycleAction.allCases)
        domain.onCrash = pick(LifecycleAction.allCases)
        domain.securityLabels = list { $0.securityLabel() }
        domain.deviceModelArguments = list { $0.chance() ? $0.plain() : "" }
        if chance() { domain.xen = xenOptions(vcpus: maximum) }
        return domain
    }

    private mutating func name() throws -> DomainName {
        let ends = ["a", "ü", "😀", "-", "&", "<", "'", "\"", "."]
        let middle = plain().replacing("/", with: "")
        return try DomainName(pick(ends) + middle + pick(ends))
    }

    private mutating func uuid() -> DomainUUID { DomainUUID(high: random.next(), low: random.next()) }

    private mutating func operatingSystem() -> OperatingSystem {
        var system = OperatingSystem(guestType: pick(GuestType.allCases))
        system.architecture = maybe { $0.word("x86_64", "i686") }
        system.machine = maybe { $0.plain() }
        system.firmware = maybe { $0.pick(Firmware.allCases) }
        for name in FirmwareFeature.Name.allCases where chance() {
            system.firmwareFeatures.append(FirmwareFeature(name, isEnabled: chance()))
        }
        system.loader = maybe { $0.loader() }
        system.kernel = maybe { $0.plain() }
        system.initrd = maybe { $0.plain() }
        system.commandLine = maybe { $0.freeText() }
        system.bootloader = maybe { $0.plain() }
        system.bootloaderArguments = maybe { $0.freeText() }
        system.bootDevices = list { $0.pick(BootDevice.allCases) }
        system.acpiTables = list { ACPITable(type: $0.word("slic"), path: $0.plain()) }
        return system
    }

    private mutating func loader() -> Loader {
        var loader = Loader(path: maybe { $0.plain() }, type: maybe { $0.pick(LoaderType.allCases) })
        loader.isReadOnly = maybe { $0.chance() }
        loader.isSecure = maybe { $0.chance() }
        loader.format = maybe { $0.word("raw") }
        return loader
    }

    private mutating func vcpus() -> VirtualCPUs {
        let isListed = chance()
        let maximum: UInt32 = number(in: 1...(isListed ? 20 : 4096))
        var vcpus = VirtualCPUs(maximum: maximum, current: number(in: 1...maximum))
        vcpus.cpuSet = maybe { $0.cpuSet(below: 4096) }
        guard isListed else { return vcpus }
        vcpus.individual = (0..<maximum).shuffled(using: &random).enumerated().map { place, id in
            var vcpu = IndividualVCPU(id: id, isEnabled: place < vcpus.current)
            vcpu.isHotPluggable = maybe { $0.chance() }
            vcpu.order = maybe { $0.number(in: 1...UInt32.max) }
            return vcpu
        }
        return vcpus
    }

    /// Pins of some processors of a domain of `vcpus`.
    mutating func pins(vcpus: UInt32) -> [VCPUPin] {
        some(of: Array(0..<min(vcpus, 8))).map { VCPUPin(vcpu: $0, cpuSet: cpuSet(below: 4096)) }
    }

    private mutating func features() -> Features {
        var features = Features()
        features.acpi = maybe { $0.chance() }
        features.apic = maybe { $0.chance() }
        features.pae = maybe { $0.chance() }
        features.hap = maybe { $0.chance() }
        features.viridian = maybe { _ in true }
        features.hyperV = maybe { $0.hyperV() }
        features.e820Host = maybe { $0.chance() }
        features.passthrough = maybe { $0.pick(PassthroughMode.allCases) }
        return features
    }

    private mutating func hyperV() -> HyperVFeatures {
        var features = HyperVFeatures(mode: pick(HyperVMode.allCases))
        for feature in some(of: HyperVFeature.allCases) { features.states[feature] = chance() }
        // These stand in an element of their own, or in that of another.
        if features.states[.stimer] == nil { features.states[.stimerDirect] = nil }
        if features.states[.spinlocks] != nil {
            features.spinlockRetries = maybe { $0.number(in: 4095...UInt32.max) }
        }
        if features.states[.vendorID] != nil {
            features.vendorID = maybe { $0.pick(["Xen", "a'<&\" ü", "123456789012"]) }
        }
        return features
    }

    private mutating func processor(vcpus: UInt32) -> Processor {
        var processor = Processor(mode: maybe { $0.pick(ProcessorMode.allCases) })
        processor.model = maybe { $0.word("Skylake-Server", "qemu64") }
        processor.features = list { _ in () }.indices.map {
            ProcessorFeature(name: "\($0)" + word("tsc", "vmx"), policy: maybe { $0.pick(FeaturePolicy.allCases) })
        }
        processor.topology = maybe {
            ProcessorTopology(
                sockets: $0.number(in: 1...UInt32.max), dies: $0.maybe { $0.number(in: 1...UInt32.max) },
                cores: $0.number(in: 1...UInt32.max), threads: $0.number(in: 1...UInt32.max))
        }
        let count: UInt32 = number(in: 0...4)
        let ids = (0..<count).shuffled(using: &random)
        processor.numaCells = ids.map { id in
            // Each node has every fifth processor, if there are as many.
            let cpus = stride(from: id, to: vcpus, by: 5)
            var cell = NUMACell(
                id: id, cpus: chance() && id < vcpus ? CPUSet(cpus) : nil, memory: Kibibytes(number(in: 0...1 << 40)))
            for other in some(of: ids) { cell.distances[other] = number(in: 10...255) }
            return cell
        }
        return processor
    }

    private mutating func clockOffset() -> ClockOffset {
        switch Int.random(in: 0...3, using: &random) {
        case 0: .utc
        case 1: .localtime
        case 2: .variable(adjustment: number(in: Int32.min...Int32.max), basis: pick(ClockBasis.allCases))
        default: .timezone(word("Europe/Berlin"))
        }
    }

    private mutating func timer(_ name: TimerName) -> Timer {
        var timer = Timer(name: name)
        timer.isPresent = maybe { $0.chance() }
        timer.mode = maybe { $0.pick(TSCMode.allCases) }
        timer.frequency = maybe { $0.number(in: 1...UInt64.max) }
        timer.tickPolicy = maybe { $0.pick(TickPolicy.allCases) }
        return timer
    }

    private mutating func securityLabel() -> SecurityLabel {
        let type = pick(["static", "dynamic", "none"])
        var label = SecurityLabel(type: type, label: type == "static" || chance() ? plain() : nil)
        label.model = maybe { $0.word("flask", "dac") }
        label.relabel = maybe { $0.chance() }
        return label
    }

    mutating func cpuSet(below end: UInt32) -> CPUSet {
        CPUSet((0..<Int.random(in: 1...6, using: &random)).map { _ in number(in: 0...end - 1) })
    }

    mutating func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) -> Number {
        .random(in: range, using: &random)
    }

    /// Up to three of what `make` makes.
    mutating func list<Value>(_ make: (inout Self) -> Value) -> [Value] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in make(&self) }
    }

    /// Some of them in any order, none twice.
    mutating func some<Value>(of values: [Value]) -> [Value] {
        values.filter { _ in chance() }.shuffled(using: &random)
    }

    private static let metadata = [
        "<metadata/>", "<metadata> <a xmlns='urn:a'>x<b/>\n</a><!-- c --></metadata>",
        "<metadata xmlns:p='urn:p'><p:a p:b='&apos;&#10;&lt;'>&#13;&amp;</p:a><?q r?></metadata>",
        "<metadata xmlns:q='urn:xenkeeper:domain:1'><q:options/></metadata>",
        "<metadata><xenkeeper:a xmlns:xenkeeper='urn:xenkeeper:domain:1' xenkeeper:b=''/></metadata>",
    ]
}
