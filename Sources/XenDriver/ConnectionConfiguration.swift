import FoundationEssentials
import LibxlTranslation
import SystemPackage
import XenModel
import XenUnits

/// What documents refer to and a connection decides: the content of `etc/xenkeeper/connection.json`.
///
/// Every member may be left out, and a member of another name is an error: a misspelt one that is passed over would make
/// a guest that is not the one meant.
struct ConnectionConfiguration: Hashable, Sendable {
    /// The bridge of each network. Source: `/domain/devices/interface/source/@network`.
    var networks: [String: String] = [:]
    /// The firmware's file for `/domain/os/@firmware='efi'`; nil is libxl's own.
    var firmware: String?
    /// The ports that displays without one are given.
    var displayPorts: ClosedRange<UInt16>?
    /// Whether a guest that has the host's processor may run guests of its own when its document does not say.
    var allowsNestedHVM = false

    /// The same for the translation of a document, which must find everything that it refers to.
    var context: TranslationContext {
        var context = TranslationContext()
        context.networks = networks
        context.firmware = firmware
        if let displayPorts { context.ports = displayPorts }
        context.allowsNestedHVM = allowsNestedHVM
        return context
    }
}

extension ConnectionConfiguration: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case networks, firmware, displayPorts, allowsNestedHVM
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let known = CodingKeys.allCases.map(\.stringValue)
        let stranger = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
            .first { !known.contains($0) }
        if let stranger {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "unknown member '\(stranger)'; known are \(known.joined(separator: ", "))"))
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        networks = try values.decodeIfPresent([String: String].self, forKey: .networks) ?? [:]
        if let name = networks.first(where: { $0.value.isEmpty })?.key {
            throw DecodingError.dataCorruptedError(
                forKey: .networks, in: values, debugDescription: "network '\(name)' has no bridge")
        }
        firmware = try values.decodeIfPresent(String.self, forKey: .firmware)
        if let firmware, !firmware.hasPrefix("/") {
            throw DecodingError.dataCorruptedError(
                forKey: .firmware, in: values, debugDescription: "'\(firmware)' is no absolute path")
        }
        if let ends = try values.decodeIfPresent([UInt16].self, forKey: .displayPorts) {
            guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .displayPorts, in: values, debugDescription: "it is the first port and the last")
            }
            displayPorts = ends[0]...ends[1]
        }
        allowsNestedHVM = try values.decodeIfPresent(Bool.self, forKey: .allowsNestedHVM) ?? false
    }
}

extension Driver {
    /// The connection's configuration as it is now; throws if its file cannot be read or breaks a rule.
    func translationContext() throws(DriverError) -> TranslationContext {
        let file = store.configurationFile
        guard let bytes = try reading({ () throws(StateError) in try FileSystem.read(file) }) else {
            return TranslationContext()
        }
        do {
            return try JSONDecoder().decode(ConnectionConfiguration.self, from: Data(bytes)).context
        } catch {
            throw .badConfiguration(file: file, reason: StateStore.reason(error))
        }
    }

    /// Runs a translation for `domain`; a network that is missing is told with the file that it is missing from.
    func translating<Result>(_ domain: String, _ body: () throws(Untranslatable) -> Result) throws(DriverError)
        -> Result
    {
        do throws(Untranslatable) {
            return try body()
        } catch {
            guard case .unknownNetwork(let network) = error.reason else {
                throw .untranslatable(error, domain: domain)
            }
            throw .noNetwork(network, device: error.device ?? "", domain: domain, file: store.configurationFile)
        }
    }

    /// The ports of the displays of our running domains but `uuid`. Holders of the host's lock may rely on it.
    func portsInUse(besides uuid: DomainUUID) throws(DriverError) -> Set<UInt16> {
        var ports: Set<UInt16> = []
        for other in try reading({ () throws(StateError) in try store.statusUUIDs() }) where other != uuid {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(other) }) else {
                continue
            }
            for graphics in status.definition.value.graphics {
                ports.formUnion([graphics.port, graphics.spice.tlsPort].compactMap(\.self))
            }
        }
        return ports
    }
}
