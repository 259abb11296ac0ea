public import XenUnits

/// What a fake host has and how it behaves: the content of `host.json` in its directory.
///
/// In JSON every member may be left out, lengths of time are seconds, and a member of another name is an error.
public struct FakeXenConfiguration: Hashable, Sendable {
    /// The bridges that the host has; nil is every bridge.
    public var bridges: Set<String>?
    /// The disks' sources, kernels and scripts of one's own that the host has; nil is every file.
    public var files: Set<String>?
    /// The PCI devices that may be given to domains; nil is every one, of which none is listed.
    public var assignablePCI: Set<PCIAddress>?
    /// The USB devices that are plugged into the host; nil is every one.
    public var usbDevices: Set<FakeUSBDevice>?
    /// Whether the kernel of Domain-0 can serve USB controllers; else only a guest's own QEMU does. Source: libxl's
    /// `usbback_is_loaded`.
    public var hasUSBBack: Bool
    /// The memory that the machine has for domains other than Domain-0; nil is as much as anybody asks for.
    public var memory: Kibibytes?
    /// How many processors the machine has.
    public var processors: UInt32
    /// How many NUMA nodes the machine has.
    public var nodes: UInt32
    /// Bridges and files that the host lacks, whatever `bridges` and `files` say.
    public var missing: Set<String>
    /// How a guest behaves that `guests` does not name.
    public var guest: GuestBehaviour
    /// How guests behave, by the domain's name.
    public var guests: [String: GuestBehaviour]
    /// The terminals on which the host serves consoles of new domains, as xenconsoled and QEMU do, by the domain's name and
    /// the console's node below that of the domain, such as `console` or `serial/0`.
    public var consoles: [String: [String: String]]
    /// How long a guest is given to let go of a device. Source: libxl's `LIBXL_DESTROY_TIMEOUT`.
    public var frontendTimeout: Duration
    /// How long a guest is given to acknowledge that it should end. Source: libxl's `libxl__domain_pvcontrol`.
    public var controlTimeout: Duration
    /// How long a hotplug script may run before libxl kills it. Source: libxl's `LIBXL_HOTPLUG_TIMEOUT`.
    public var scriptTimeout: Duration
    /// How long a hotplug script runs.
    public var scriptDuration: Duration
    /// The scripts that do not just do their work, by the last part of their path.
    public var scripts: [String: FakeScript]
    /// Whether a device stays in the domain's stored configuration after it was removed, as it may in libxl.
    public var removalLeavesStoredConfiguration: Bool

    /// A host that has everything, with libxl's time limits, and guests that co-operate.
    public init() {
        hasUSBBack = true
        processors = 16
        nodes = 2
        missing = []
        guest = .coOperating
        guests = [:]
        consoles = [:]
        frontendTimeout = .seconds(10)
        controlTimeout = .seconds(60)
        scriptTimeout = .seconds(40)
        scriptDuration = .zero
        scripts = [:]
        removalLeavesStoredConfiguration = false
    }

    /// Whether the host has this file.
    func hasFile(_ path: String) -> Bool {
        !missing.contains(path) && files?.contains(path) ?? true
    }

    /// Whether the host has this bridge.
    func hasBridge(_ name: String) -> Bool {
        !missing.contains(name) && bridges?.contains(name) ?? true
    }

    /// How the guest of a new domain of this name behaves.
    func behaviour(ofGuest name: String) -> GuestBehaviour {
        guests[name] ?? guest
    }
}

/// What a hotplug script does instead of its work.
public enum FakeScript: Hashable, Sendable {
    /// Ends with this message.
    case fails(String)
    /// Never ends.
    case hangs
    /// Does its work, in this time.
    case takes(Duration)
}

extension FakeScript: Codable {
    private enum CodingKeys: String, CodingKey {
        case fails, hangs, takes
    }

    /// Reads `{"fails": MESSAGE}`, `{"hangs": true}` or `{"takes": SECONDS}`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let message = try values.decodeIfPresent(String.self, forKey: .fails) {
            self = .fails(message)
        } else if let time = try values.decodeIfPresent(Seconds.self, forKey: .takes) {
            self = .takes(time.duration)
        } else if try values.decodeIfPresent(Bool.self, forKey: .hangs) == true {
            self = .hangs
        } else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: values.codingPath, debugDescription: "a script needs one of fails, hangs and takes"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .fails(let message): try values.encode(message, forKey: .fails)
        case .hangs: try values.encode(true, forKey: .hangs)
        case .takes(let time): try values.encode(Seconds(time), forKey: .takes)
        }
    }
}

extension FakeXenConfiguration: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case bridges, files, assignablePCI, usbDevices, hasUSBBack, memory, processors, nodes, missing, guest, guests,
            consoles, frontendTimeout,
            controlTimeout, scriptTimeout, scriptDuration
        case scripts
        case removalLeavesStoredConfiguration
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            return nil
        }
    }

    public init(from decoder: any Decoder) throws {
        // A misspelt member that is passed over would make a host that is not the one meant.
        let known = Set(CodingKeys.allCases.map(\.stringValue))
        if let stranger = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
            .sorted().first(where: { !known.contains($0) })
        {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "unknown member '\(stranger)'; known are \(known.sorted().joined(separator: ", "))"
                ))
        }
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        bridges = try values.decodeIfPresent(Set<String>.self, forKey: .bridges)
        files = try values.decodeIfPresent(Set<String>.self, forKey: .files)
        assignablePCI = try values.decodeIfPresent(Set<PCIAddress>.self, forKey: .assignablePCI)
        usbDevices = try values.decodeIfPresent(Set<FakeUSBDevice>.self, forKey: .usbDevices)
        hasUSBBack = try values.decodeIfPresent(Bool.self, forKey: .hasUSBBack) ?? hasUSBBack
        memory = try values.decodeIfPresent(Kibibytes.self, forKey: .memory)
        processors = try values.decodeIfPresent(UInt32.self, forKey: .processors) ?? processors
        nodes = try values.decodeIfPresent(UInt32.self, forKey: .nodes) ?? nodes
        for (key, count) in [(CodingKeys.processors, processors), (.nodes, nodes)] where !(1...4096).contains(count) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "a machine has 1 to 4096 of them")
        }
        missing = try values.decodeIfPresent(Set<String>.self, forKey: .missing) ?? missing
        guest = try values.decodeIfPresent(GuestBehaviour.self, forKey: .guest) ?? guest
        guests = try values.decodeIfPresent([String: GuestBehaviour].self, forKey: .guests) ?? guests
        consoles = try values.decodeIfPresent([String: [String: String]].self, forKey: .consoles) ?? consoles
        func time(_ key: CodingKeys, default value: Duration) throws -> Duration {
            try values.decodeIfPresent(Seconds.self, forKey: key)?.duration ?? value
        }
        frontendTimeout = try time(.frontendTimeout, default: frontendTimeout)
        controlTimeout = try time(.controlTimeout, default: controlTimeout)
        scriptTimeout = try time(.scriptTimeout, default: scriptTimeout)
        scriptDuration = try time(.scriptDuration, default: scriptDuration)
        scripts = try values.decodeIfPresent([String: FakeScript].self, forKey: .scripts) ?? scripts
        removalLeavesStoredConfiguration =
            try values.decodeIfPresent(Bool.self, forKey: .removalLeavesStoredConfiguration)
            ?? removalLeavesStoredConfiguration
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(bridges?.sorted(), forKey: .bridges)
        try values.encodeIfPresent(files?.sorted(), forKey: .files)
        try values.encodeIfPresent(assignablePCI?.sorted(), forKey: .assignablePCI)
        try values.encodeIfPresent(usbDevices?.sorted(), forKey: .usbDevices)
        if !hasUSBBack { try values.encode(hasUSBBack, forKey: .hasUSBBack) }
        try values.encodeIfPresent(memory, forKey: .memory)
        try values.encode(processors, forKey: .processors)
        try values.encode(nodes, forKey: .nodes)
        if !missing.isEmpty { try values.encode(missing.sorted(), forKey: .missing) }
        try values.encode(guest, forKey: .guest)
        try values.encode(guests, forKey: .guests)
        if !consoles.isEmpty { try values.encode(consoles, forKey: .consoles) }
        try values.encode(Seconds(frontendTimeout), forKey: .frontendTimeout)
        try values.encode(Seconds(controlTimeout), forKey: .controlTimeout)
        try values.encode(Seconds(scriptTimeout), forKey: .scriptTimeout)
        try values.encode(Seconds(scriptDuration), forKey: .scriptDuration)
        try values.encode(scripts, forKey: .scripts)
        try values.encode(removalLeavesStoredConfiguration, forKey: .removalLeavesStoredConfiguration)
    }
}
