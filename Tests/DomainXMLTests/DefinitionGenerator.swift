import XenModel
import XenUnits

/// Numbers that look random and are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Draws definitions from the whole model, with texts that are hard on a writer of XML.
struct DefinitionGenerator {
    private var random: SeededGenerator
    private let isLive: Bool
    private var aliasCount = 0

    init(seed: UInt64, isLive: Bool) {
        random = SeededGenerator(seed: seed)
        self.isLive = isLive
    }

    mutating func definition() throws -> DomainDefinition {
        let memory = Kibibytes(.random(in: 1...1 << 40, using: &random))
        var domain = DomainDefinition(
            name: try name(), uuid: DomainUUID(high: random.next(), low: random.next()), memory: memory,
            operatingSystem: operatingSystem())
        domain.hypervisor = chance() ? DomainDefinition.xen : plain()
        domain.currentMemory = Kibibytes(.random(in: 1...memory.count, using: &random))
        domain.title = maybe { $0.plain() }
        domain.description = maybe { $0.freeText() }
        domain.metadata = maybe { $0.pick(Self.metadata) }
        let vcpus = UInt32.random(in: 1...4096, using: &random)
        domain.vcpus = VirtualCPUs(maximum: vcpus, current: .random(in: 1...vcpus, using: &random))
        domain.features = features()
        domain.clock = clock()
        domain.onPoweroff = pick(LifecycleAction.allCases)
        domain.onReboot = pick(LifecycleAction.allCases)
        domain.onCrash = pick(LifecycleAction.allCases)
        domain.disks = (0..<Int.random(in: 0...4, using: &random)).map { disk($0) }
        domain.interfaces = (0..<Int.random(in: 0...4, using: &random)).map { _ in interface() }
        return domain
    }

    private mutating func name() throws -> DomainName {
        let ends = ["a", "ü", "😀", "-", "&", "<", "'", "\"", "."]
        let middle = plain().replacing("/", with: "")
        return try DomainName(pick(ends) + middle + pick(ends))
    }

    private mutating func operatingSystem() -> OperatingSystem {
        var system = OperatingSystem(guestType: pick(GuestType.allCases))
        system.architecture = maybe { $0.plain() }
        system.machine = maybe { $0.plain() }
        system.kernel = maybe { $0.plain() }
        system.initrd = maybe { $0.plain() }
        system.commandLine = maybe { $0.freeText() }
        system.bootloader = maybe { $0.plain() }
        system.bootloaderArguments = maybe { $0.freeText() }
        system.bootDevices = (0..<Int.random(in: 0...3, using: &random)).map { _ in pick(BootDevice.allCases) }
        return system
    }

    private mutating func features() -> Features {
        var features = Features()
        features.acpi = maybe { _ in true }
        features.apic = maybe { _ in true }
        features.pae = maybe { _ in true }
        features.hap = maybe { $0.chance() }
        features.e820Host = maybe { $0.chance() }
        features.passthrough = maybe { $0.pick(PassthroughMode.allCases) }
        return features
    }

    private mutating func clock() -> Clock {
        switch Int.random(in: 0...3, using: &random) {
        case 0: .utc
        case 1: .localtime
        case 2:
            .variable(
                adjustment: .random(in: Int32.min...Int32.max, using: &random), basis: pick(ClockBasis.allCases))
        default: .timezone(plain())
        }
    }

    private mutating func disk(_ number: Int) -> Disk {
        let device = pick(DiskDevice.allCases)
        let path = device == .cdrom && chance() ? nil : plain()
        // Different letters are different numbers; the others are no vdev at all.
        let target = pick(["xvd", "sd", "vd", plain() + "/"]) + String(Array("abcde")[number])
        var disk = Disk(
            device: device, source: DiskSource(kind: pick(DiskSourceKind.allCases), path: path), target: target)
        disk.driverName = maybe { $0.plain() }
        disk.driverType = maybe { $0.plain() }
        disk.bus = maybe { $0.plain() }
        disk.isReadOnly = device == .cdrom || chance()
        disk.isShareable = chance()
        disk.backendDomain = maybe { $0.plain() }
        disk.alias = alias(.disk)
        disk.address = maybe { $0.address() }
        return disk
    }

    private mutating func interface() -> Interface {
        let mac = MACAddress.random(using: &random)
        var interface = Interface(source: chance() ? .bridge(plain()) : .ethernet, mac: mac)
        interface.target = maybe { $0.isLive && $0.chance() ? "vif7.\($0.random.next() % 9)" : "t" + $0.plain() }
        interface.model = maybe { $0.plain() }
        interface.script = maybe { $0.plain() }
        let addresses = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"]
        interface.ipAddresses = (0..<Int.random(in: 0...3, using: &random)).map { _ in pick(addresses) }
        interface.backendDomain = maybe { $0.plain() }
        interface.outboundAverage = maybe {
            KibibytesPerSecond(rawValue: .random(in: 1...UInt64(UInt32.max), using: &$0.random))
        }
        interface.mtu = maybe { .random(in: 68...65_535, using: &$0.random) }
        interface.link = maybe { $0.pick(LinkState.allCases) }
        interface.alias = alias(.interface)
        interface.address = maybe { $0.address() }
        return interface
    }

    private mutating func address() -> GuestAddress {
        var fields: [String: String] = [:]
        for name in ["slot", "bus", "domain", "function", "reg", "zone"] where chance() { fields[name] = freeText() }
        return GuestAddress(type: freeText(), fields: fields)
    }

    private mutating func alias(_ deviceClass: DeviceClass) -> DeviceAlias? {
        aliasCount += 1
        let letters = Array("abcXYZ019_-")
        let suffix = String((0..<Int.random(in: 0...20, using: &random)).map { _ in pick(letters) })
        return switch Int.random(in: 0...2, using: &random) {
        case 0: nil
        case 1 where isLive: .generated(GeneratedAlias(deviceClass: deviceClass, number: aliasCount))
        default: DeviceAlias("ua-\(aliasCount)\(suffix)")
        }
    }

    /// A text without control characters; never empty.
    private mutating func plain() -> String {
        text(of: Self.uglyPieces)
    }

    /// A text that may hold line ends and tabs too; never empty.
    private mutating func freeText() -> String {
        text(of: Self.uglyPieces + ["\n", "\r", "\r\n", "\t", "\n  "])
    }

    private mutating func text(of pieces: [String]) -> String {
        (0..<Int.random(in: 1...6, using: &random)).map { _ in pick(pieces) }.joined()
    }

    private mutating func chance() -> Bool { Bool.random(using: &random) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    private mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
        chance() ? make(&self) : nil
    }

    private static let uglyPieces = [
        "a", "Z", "0", " ", "  ", "'", "\"", "<", ">", "&", "&amp;", "&#10;", "]]>", "<!--", "-->", "<?x?>", "%s", "\\",
        "$(x)", "ü", "e\u{301}", "€", "😀", "\u{a0}", "\u{200b}", "\u{202e}", "\u{feff}", "\u{fffd}", "ua-x", "/", "=",
        ";",
    ]

    private static let metadata = [
        "<metadata/>", "<metadata> <a xmlns='urn:a'>x<b/>\n</a><!-- c --></metadata>",
        "<metadata xmlns:p='urn:p'><p:a p:b='&apos;&#10;&lt;'>&#13;&amp;</p:a><?q r?></metadata>",
    ]
}
