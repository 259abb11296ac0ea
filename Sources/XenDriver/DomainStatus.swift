import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// What the driver knows of a live domain: the content of `run/xenkeeper/domains/UUID.json`.
///
/// It belongs to (`uuid`, `domid`): a domain of another id under this UUID is foreign.
struct DomainStatus: Hashable, Sendable, Codable {
    var uuid: DomainUUID
    /// nil from the plan to start until libxl told the id.
    var domid: DomainID?
    /// Every device of it carries an alias, the user's or a generated one.
    var definition: LiveDefinition
    /// One for each device of the definition that can be told apart in Xen.
    var bindings: [Binding]
    /// The next number of each generated alias's word, so that none is given twice in a run.
    var nextGenerated: [String: Int]
    /// What is being done, written before libxl is asked and cleared when all is done.
    var plan: Plan?
    /// Whether it was resumed since its start; nil is no.
    var isResumed: Bool?
    /// Whether another toolstack made the domain: then it is here for the plan alone, and goes with it. Nil is no.
    var isForeign: Bool?

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
        let number = nextGenerated[word, default: 0]
        nextGenerated[word] = number + 1
        device.alias = .generated(GeneratedAlias(deviceClass: device.deviceClass, number: number))
    }

    /// Takes a device out; one without a key is in no status.
    mutating func remove(_ key: String) {
        definition.value.devices.removeAll { $0.alias?.description == key }
        bindings.removeAll { $0.key == key }
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
    var sent: SentDevice
    /// Whether the device is nobody's of ours: the binding is made for one change, and is in no status.
    var isForeign: Bool { key.isEmpty }
    /// A detach that the guest refused: the device goes when the guest lets go of it. Nil if there is none.
    var pendingDetach: PendingDetach?

    struct PendingDetach: Hashable, Sendable, Codable {
        /// Whether it was to go from the persistent definition as well.
        var isPersistent: Bool
    }
}
