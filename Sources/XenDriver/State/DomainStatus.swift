import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// What the driver knows of a live domain: the content of `run/xenkeeper/domains/UUID.json`.
///
/// It belongs to (`uuid`, `domid`): a domain of another id under this UUID is foreign.
struct DomainStatus: Hashable, Sendable, Codable {
    var uuid: DomainUUID
    /// nil from the beginning of a start until libxl gave the id.
    var domid: DomainID?
    /// Every device of it carries an alias, the user's or a generated one.
    var definition: LiveDefinition
    /// One for each device of the definition that can be identified in Xen.
    var bindings: [Binding]
    /// The next number of each generated alias's word, so that none is given twice in a run.
    var nextGenerated: [String: Int]
    /// What is being done, written before libxl is asked and cleared when all is done.
    var change: Change?
    /// Since when it runs, and how often it was started anew before that; nil where an earlier program started it.
    var run: DomainRun?
    /// Whether it was resumed since its start; nil is no.
    var isResumed: Bool?
    /// Whether another toolstack made the domain: then it is here for the change alone, and goes with it. Nil is no.
    var isForeign: Bool?
    /// What a later program of this version wrote besides.
    var unknown = UnknownMembers()

    var name: DomainName { definition.value.name }

    func binding(of alias: DeviceAlias) -> Binding? {
        bindings.first { $0.key == alias.description }
    }

    func device(_ binding: Binding) -> Device? {
        definition.value.devices.first { $0.alias?.description == binding.key }
    }

    /// Gives `device` a generated alias if it has none.
    mutating func name(_ device: inout Device) {
        guard device.alias == nil else { return }
        let word = device.deviceClass.generatedAliasWord
        // A file may say anything, and a number that is free will do.
        var number = nextGenerated[word, default: 0]
        if !(0..<Int.max).contains(number) {
            let taken = Set(definition.value.devices.compactMap(\.alias))
            number = 0
            while taken.contains(.generated(GeneratedAlias(deviceClass: device.deviceClass, number: number))) {
                number += 1
            }
        }
        nextGenerated[word] = number + 1
        device.alias = .generated(GeneratedAlias(deviceClass: device.deviceClass, number: number))
    }

    /// Takes a device out; one without a key is in no status.
    mutating func remove(_ key: String) {
        definition.value.devices.removeAll { $0.alias?.description == key }
        bindings.removeAll { $0.key == key }
    }
}

extension DomainStatus {
    /// The schema of the file that this program writes. One without a number is of the first, 1.
    static let version = 4

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version, uuid, domid, definition, bindings, nextGenerated, change, run, isResumed, isForeign
    }

    /// What earlier versions of the file have.
    private enum OlderCodingKeys: String, CodingKey {
        case plan
    }

    /// What every version of the file has.
    struct Header: Decodable {
        var version: Int?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        uuid = try container.decode(DomainUUID.self, forKey: .uuid)
        domid = try container.decodeIfPresent(DomainID.self, forKey: .domid)
        definition = try container.decode(LiveDefinition.self, forKey: .definition)
        bindings = try container.decode([Binding].self, forKey: .bindings)
        nextGenerated = try container.decode([String: Int].self, forKey: .nextGenerated)
        change = try container.decodeIfPresent(Change.self, forKey: .change)
        run = try container.decodeIfPresent(DomainRun.self, forKey: .run)
        isResumed = try container.decodeIfPresent(Bool.self, forKey: .isResumed)
        isForeign = try container.decodeIfPresent(Bool.self, forKey: .isForeign)
        var known = CodingKeys.allCases.map(\.stringValue)
        if (try container.decodeIfPresent(Int.self, forKey: .version) ?? 1) < 3 {
            let older = try decoder.container(keyedBy: OlderCodingKeys.self)
            change = try older.decodeIfPresent(OlderChange.self, forKey: .plan)?.change(of: definition.value)
            known.append(OlderCodingKeys.plan.stringValue)
        }
        unknown = try UnknownMembers(of: decoder, besides: known)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(uuid, forKey: .uuid)
        try container.encodeIfPresent(domid, forKey: .domid)
        try container.encode(definition, forKey: .definition)
        try container.encode(bindings, forKey: .bindings)
        try container.encode(nextGenerated, forKey: .nextGenerated)
        try container.encodeIfPresent(change, forKey: .change)
        try container.encodeIfPresent(run, forKey: .run)
        try container.encodeIfPresent(isResumed, forKey: .isResumed)
        try container.encodeIfPresent(isForeign, forKey: .isForeign)
        try unknown.encode(to: encoder)
    }
}

/// A live definition, kept as the document that our own reader reads.
struct LiveDefinition: Hashable, Sendable, Codable {
    var value: DomainDefinition

    init(_ value: DomainDefinition) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let document = Array(try container.decode(String.self).utf8)
        do throws(DomainXMLError) {
            value = try DomainDefinition.parse(document, options: StateStore.ownDocuments).value
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value.xml())
    }
}

/// Which device of Xen's a device of ours is.
struct Binding: Hashable, Sendable, Codable {
    /// The device's alias, as text.
    var key: String
    var identity: DeviceIdentity
    /// Who serves it, as Xen said when it was plugged; nil until then.
    var backendDomainID: DomainID?
    /// The very value that libxl was given.
    var sent: PlacedDevice
    /// A detach that the guest refused: the device goes when the guest lets go of it. Nil if there is none.
    var pendingDetach: PendingDetach?
    /// What a later program of this version wrote besides.
    var unknown = UnknownMembers()

    /// Whether the device is nobody's of ours: the binding is made for one change, and is in no status.
    var isForeign: Bool { key.isEmpty }

    struct PendingDetach: Hashable, Sendable, Codable {
        /// Whether it was to go from the persistent definition as well.
        var isPersistent: Bool
    }
}

extension Binding {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, identity, backendDomainID, sent, pendingDetach
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        identity = try container.decode(DeviceIdentity.self, forKey: .identity)
        backendDomainID = try container.decodeIfPresent(DomainID.self, forKey: .backendDomainID)
        sent = try container.decode(PlacedDevice.self, forKey: .sent)
        pendingDetach = try container.decodeIfPresent(PendingDetach.self, forKey: .pendingDetach)
        unknown = try UnknownMembers(of: decoder, besides: CodingKeys.allCases.map(\.stringValue))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(identity, forKey: .identity)
        try container.encodeIfPresent(backendDomainID, forKey: .backendDomainID)
        try container.encode(sent, forKey: .sent)
        try container.encodeIfPresent(pendingDetach, forKey: .pendingDetach)
        try unknown.encode(to: encoder)
    }
}
