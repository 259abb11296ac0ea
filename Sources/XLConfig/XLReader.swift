import XenModel
package import XenUnits

/// One file on its way to a definition: which keys have been read, and what has been left out so far.
final class XLReader {
    let configuration: XLConfiguration
    let draws: XLDraws
    /// What xl reads depends on it.
    let guestType: GuestType
    private var notices: [XLConfigNotice] = []
    private var readKeys: Set<String> = []

    init(_ configuration: XLConfiguration, draws: XLDraws) throws(XLConfigError) {
        self.configuration = configuration
        self.draws = draws
        guestType = try Self.guestType(configuration)
        readKeys = ["type", "builder"]
    }

    /// What stands for `key`; nil if nothing does, or if xl does not read it for this type of guest.
    func item(_ key: String, for guests: [GuestType] = GuestType.allCases) -> XLItem? {
        guard let value = configuration[key] else { return nil }
        readKeys.insert(key)
        guard guests.contains(guestType) else {
            note(.otherGuestType(guestType), key: key, line: value.line)
            return nil
        }
        return XLItem(key: key, value: value, reader: self)
    }

    /// The items of the list that stands for `key`; none without the key.
    func list(_ key: String, for guests: [GuestType] = GuestType.allCases) throws(XLConfigError) -> [XLItem] {
        guard let item = item(key, for: guests) else { return [] }
        return try item.items()
    }

    /// The number or text of `key` in MiB, as KiB.
    func mebibytes(
        _ key: String, for guests: [GuestType] = GuestType.allCases
    ) throws(XLConfigError) -> Kibibytes? {
        guard let item = item(key, for: guests) else { return nil }
        return try item.mebibytes()
    }

    func flag(_ key: String, for guests: [GuestType] = GuestType.allCases) throws(XLConfigError) -> Bool? {
        guard let item = item(key, for: guests) else { return nil }
        return try item.flag()
    }

    func plain(_ key: String, for guests: [GuestType] = GuestType.allCases) throws(XLConfigError) -> String? {
        try item(key, for: guests)?.plain()
    }

    func hasRead(_ key: String) -> Bool { readKeys.contains(key) }

    func note(_ kind: XLConfigNotice.Kind, key: String, line: Int) {
        notices.append(XLConfigNotice(key: key, line: line, kind: kind))
    }

    func missing(_ key: String) -> XLConfigError { .value(key: key, line: 0, problem: .missing) }

    /// What has been left out, with the keys that nobody read.
    func finish() -> [XLConfigNotice] {
        for setting in configuration.settings where !readKeys.contains(setting.key) {
            let isKnown = XLField.otherKeys.contains(setting.key)
            note(isKnown ? .unsupported : .unknownKey, key: setting.key, line: setting.value.line)
        }
        for overridden in configuration.overridden {
            note(.overridden(byLine: overridden.byLine), key: overridden.key, line: overridden.line)
        }
        return notices.enumerated()
            .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
            .map(\.element)
    }

    private static func guestType(_ configuration: XLConfiguration) throws(XLConfigError) -> GuestType {
        let builders: [String: GuestType] = ["hvm": .hvm, "generic": .pv, "linux": .pv]
        let type = configuration["type"]
        var guestType: GuestType?
        if let type {
            guard let text = type.text else { throw .value(key: "type", line: type.line, problem: .notText) }
            guestType = GuestType(rawValue: text)
            guard guestType != nil else {
                let problem = XLValueProblem.unknownWord(text, known: GuestType.allCases.map(\.rawValue))
                throw .value(key: "type", line: type.line, problem: problem)
            }
        }
        if let builder = configuration["builder"] {
            guard let text = builder.text else { throw .value(key: "builder", line: builder.line, problem: .notText) }
            guard let built = builders[text] else {
                throw .value(
                    key: "builder", line: builder.line, problem: .unknownWord(text, known: builders.keys.sorted()))
            }
            if let guestType, guestType != built {
                throw .value(
                    key: "builder", line: builder.line,
                    problem: .contradiction(type: guestType.rawValue, builder: text))
            }
            guestType = built
        }
        // xl's default on x86.
        return guestType ?? .pv
    }
}

/// What is drawn at random where a file leaves it open.
package struct XLDraws: Sendable {
    /// For a domain without `uuid`, and for the generation ID that `ms_vm_genid` asks for.
    package var uuid: @Sendable () -> DomainUUID
    /// For a NIC without `mac`.
    package var mac: @Sendable () -> MACAddress

    /// Draws of the caller's.
    package init(uuid: @escaping @Sendable () -> DomainUUID, mac: @escaping @Sendable () -> MACAddress) {
        self.uuid = uuid
        self.mac = mac
    }

    /// The system's own random numbers.
    package static let system = XLDraws(uuid: { DomainUUID.random() }, mac: { MACAddress.random() })
}
