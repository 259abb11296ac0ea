import FoundationEssentials
import LibxlAPI
import LibxlTranslation
import SystemPackage
import XenModel
import XenUnits

/// What documents refer to and a connection decides: the content of `etc/xenkeeper/connection.json`.
///
/// Every member may be left out, and a member of another name is an error: a misspelt one that is passed over would
/// make a guest that is not the one meant.
struct ConnectionConfiguration: Hashable, Sendable {
    /// The bridge of each network. Source: `/domain/devices/interface/source/@network`.
    var networks: [String: String] = [:]
    /// The firmware's file for `/domain/os/@firmware='efi'`; nil is libxl's own.
    var firmware: String?
    /// The ports that displays without one are given.
    var displayPorts: ClosedRange<UInt16>?
    /// Whether a guest that has the host's processor may run guests of its own when its document does not say.
    var allowsNestedHVM = false
    /// The file that holds the key of each secret, by its UUID or usage. Source: `/domain/devices/disk/auth/secret`.
    var secrets: [String: String] = [:]

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
        case networks, firmware, displayPorts, allowsNestedHVM, secrets
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
        secrets = try values.decodeIfPresent([String: String].self, forKey: .secrets) ?? [:]
        if let (name, path) = secrets.first(where: { !$0.value.hasPrefix("/") }) {
            throw DecodingError.dataCorruptedError(
                forKey: .secrets, in: values, debugDescription: "'\(path)' of secret '\(name)' is no absolute path")
        }
    }
}

extension Driver {
    /// The connection's configuration as it is now; throws if its file cannot be read or breaks a rule.
    private func connectionConfiguration() throws(DriverError) -> ConnectionConfiguration {
        let file = store.configurationFile
        guard let bytes = try reading({ () throws(StateError) in try store.configuration() }) else {
            return ConnectionConfiguration()
        }
        do {
            return try JSONDecoder().decode(ConnectionConfiguration.self, from: Data(bytes))
        } catch {
            throw .badConfiguration(file: file, reason: StateStore.reason(error))
        }
    }

    /// What a device refers to: the connection's configuration as it is now, with the keys of the secrets that it
    /// names.
    func translationContext(for device: Device) throws(DriverError) -> TranslationContext {
        try translationContext(for: [device])
    }

    /// What a definition refers to, and of the host what its translation depends on.
    func translationContext(for definition: DomainDefinition) async throws(DriverError) -> TranslationContext {
        var context = try translationContext(for: definition.devices)
        context.host = try await physicalInfo(for: definition, phase: "start")
        return context
    }

    /// What shows a definition as it would be started; what the connection does not know stands for itself, and no
    /// secret is shown.
    func showingContext(for definition: DomainDefinition) async throws(DriverError) -> TranslationContext {
        var context = try connectionConfiguration().context
        context.references = .standForThemselves
        context.host = try await physicalInfo(for: definition, phase: "conversion")
        return context
    }

    /// What of the host the translation of a definition depends on; nil where it depends on nothing.
    private func physicalInfo(
        for definition: DomainDefinition, phase: String
    ) async throws(DriverError) -> LibxlPhysicalInfo? {
        guard definition.dependsOnHost else { return nil }
        do throws(LibxlError) {
            return try await host.libxl.physicalInfo()
        } catch {
            throw .operation(OperationFailure(domain: definition.name.text, phase: phase, error: error))
        }
    }

    func translationContext(for devices: [Device]) throws(DriverError) -> TranslationContext {
        let configuration = try connectionConfiguration()
        var context = configuration.context
        for case .disk(let disk) in devices {
            guard let secret = disk.source.network?.secret, context.secrets[secret] == nil else { continue }
            context.secrets[secret] = try key(of: secret, in: configuration)
        }
        return context
    }

    /// The key that the file of a secret holds; nil if the connection knows no such secret.
    ///
    /// Nobody but root may be able to read the file, and it must be a plain one: what anybody can read, or put
    /// elsewhere, is no secret.
    private func key(
        of secret: NetworkDiskSecret, in configuration: ConnectionConfiguration
    ) throws(DriverError) -> String? {
        guard let (name, path) = configuration.secrets.first(where: { secret.isNamed($0.key) }) else { return nil }
        do throws(SecretFileError) {
            return try SecretFile(path: FilePath(path)).key()
        } catch {
            throw .badSecret(name: name, file: FilePath(path), reason: error.reason)
        }
    }

    /// Runs a translation for `domain`; a network or secret that is missing is reported with the file that it is
    /// missing from.
    func translating<Result>(_ domain: String, _ body: () throws(Untranslatable) -> Result) throws(DriverError)
        -> Result
    {
        do throws(Untranslatable) {
            return try body()
        } catch {
            throw missing(error, for: domain) ?? .untranslatable(error, domain: domain)
        }
    }

    /// The error that says where a network or secret is to be named that the connection does not know; nil where the
    /// connection lacks nothing.
    private func missing(_ obstacle: Untranslatable, for domain: String) -> DriverError? {
        let file = store.configurationFile
        return switch obstacle.reason {
        case .unknownNetwork(let network):
            .noNetwork(network, device: obstacle.device ?? "", domain: domain, file: file)
        case .unknownSecret(let secret): .noSecret(secret, device: obstacle.device ?? "", domain: domain, file: file)
        default: nil
        }
    }

    /// What a definition refers to and the connection's configuration lacks: where it is named, and what is to be said.
    func lacks(of definition: DomainDefinition) -> [(path: String, device: String?, error: DriverError)] {
        do throws(DriverError) {
            let context = try translationContext(for: definition.devices)
            return Translation(definition, context: context).obstacles.compactMap { obstacle in
                missing(obstacle, for: definition.name.text).map { (obstacle.path, obstacle.device, $0) }
            }
        } catch {
            return [("/domain", nil, error)]
        }
    }

    /// What there is to be said of a definition before it is started.
    func warnings(of definition: DomainDefinition) -> [DriverNotice] {
        definition.warnings
            + lacks(of: definition).map { .definition(.cannotStart($0.error), domain: definition.name.text) }
    }
}

extension NetworkDiskSecret {
    /// Whether `name`, a UUID or usage in the configuration, is this secret.
    fileprivate func isNamed(_ name: String) -> Bool {
        switch self {
        case .uuid(let uuid): DomainUUID(name) == uuid
        case .usage(let usage): name == usage
        }
    }
}

extension DomainDefinition {
    /// Whether what libxl is passed depends on how many processors or nodes the host has.
    fileprivate var dependsOnHost: Bool {
        !cpuTuning.pins.isEmpty || !xen.softPins.isEmpty || !processor.numaCells.isEmpty
    }
}
