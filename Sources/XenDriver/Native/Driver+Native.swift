import DomainXML
import FoundationEssentials
import LibxlAPI
import LibxlTranslation
import XLConfig
import XenModel
import XenUnits

/// Domains from xl's files, and to them.
extension Driver {
    /// A domain document that says what an xl.cfg does. `virConnectDomainXMLFromNative`.
    ///
    /// A definition that has the domain's name gives its aliases to the devices that are its devices' counterparts, for
    /// no xl.cfg has any, and its UUID if the file has none. With `isStrict` a file that says more than a document can
    /// is an error.
    public func document(fromNative text: [UInt8], isStrict: Bool) async throws(DriverError) -> Conversion {
        try await FileThreads.run { () throws(DriverError) in
            let file = try Self.readXL(text)
            var definition = file.definition
            var notes: [DriverNotice] = []
            let definitions = try reading { [definition] () throws(StateError) in
                try store.definitions(named: [definition.name.text])
            }.definitions
            if let known = definitions.first(where: { $0.name == definition.name }) {
                if !file.hasUUID {
                    definition.uuid = known.uuid
                    notes.append(.definition(.tookUUID, domain: known.name.text))
                }
                notes += definition.takeAliases(from: known)
            }
            let warnings = file.notices.map(DriverNotice.xlConfig)
            guard warnings.isEmpty || !isStrict else { throw .notCarried(warnings) }
            return Conversion(text: definition.xml(), warnings: warnings, notes: notes)
        }
    }

    /// A domain document in another tool's words; no host is asked. `virConnectDomainXMLToNative`.
    ///
    /// With `isStrict` a document that says more than the format can is an error.
    public static func native(
        _ document: [UInt8], format: NativeFormat, isStrict: Bool
    ) throws(DriverError) -> Conversion {
        let (definition, notices) = try parse(document)
        guard definition.hypervisor == DomainDefinition.xen else { throw .wrongHypervisor(definition.hypervisor) }
        return try native(definition, format, isStrict: isStrict, unread: notices, context: .documentAlone)
    }

    /// A domain of ours in another tool's words: its persistent definition, or what it runs as if it has none. libxl's
    /// JSON is what a start on this host passes to libxl, but for the keys of secrets.
    public func native(
        of domain: DomainReference, format: NativeFormat, isStrict: Bool
    ) async throws(DriverError) -> Conversion {
        try await FileThreads.run { () throws(DriverError) in
            let definition = try await ownDefinition(of: domain)
            let context =
                switch format {
                case .xl: TranslationContext.documentAlone
                case .json: try await showingContext(for: definition)
                }
            return try Self.native(definition, format, isStrict: isStrict, unread: [], context: context)
        }
    }

    /// The persistent definition of a domain of ours, or what it runs as if it has none.
    func ownDefinition(of domain: DomainReference) async throws(DriverError) -> DomainDefinition {
        let record = try await record(domain, prefersDefinition: true)
        guard record.kind != .domain0 else { throw .domain0Refuses }
        guard let definition = record.persistent ?? record.status?.inactiveDefinition else {
            guard let domid = record.info?.domid else { throw .noDomain(domain) }
            throw .foreignDomain(name: record.name, domid: domid, isAllowed: false)
        }
        return definition
    }

    private static func native(
        _ definition: DomainDefinition, _ format: NativeFormat, isStrict: Bool, unread: [DocumentNotice],
        context: TranslationContext
    ) throws(DriverError) -> Conversion {
        var conversion: Conversion
        switch format {
        case .xl:
            do throws(XLConfigError) {
                let writing = try definition.xlConfiguration()
                // Aliases are for our own books: `document(fromNative:)` finds them there again.
                let omissions = writing.notices.filter { !$0.path.hasSuffix("/alias/@name") }
                conversion = Conversion(
                    text: writing.configuration.text,
                    warnings: omissions.filter { !$0.isDefault }.map(DriverNotice.omission),
                    notes: omissions.filter(\.isDefault).map(DriverNotice.omission))
            } catch {
                throw .xlConfig(error)
            }
        case .json:
            let translation = Translation(definition, context: context)
            if let first = translation.obstacles.first { throw .untranslatable(first, domain: definition.name.text) }
            conversion = Conversion(
                text: try json(translation.config, of: definition),
                warnings: translation.notices.map { .translation($0, domain: nil) })
        }
        conversion.warnings = unread.map(DriverNotice.document) + conversion.warnings
        guard conversion.warnings.isEmpty || !isStrict else { throw .notCarried(conversion.warnings) }
        return conversion
    }

    private static func json(
        _ config: LibxlDomainConfig, of definition: DomainDefinition
    ) throws(DriverError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(config), as: UTF8.self) + "\n"
        } catch {
            throw .unexplained(domain: definition.name.text, reason: "\(error)")
        }
    }

    /// A user's document, with what of it no definition has. Generated names are none of a definition's.
    static func parse(_ document: [UInt8]) throws(DriverError) -> (DomainDefinition, unread: [DocumentNotice]) {
        do throws(DomainXMLError) {
            let parsed = try DomainDefinition.parse(
                document, options: ReaderOptions(features: parseFeatures, form: .inactive))
            return (parsed.value, parsed.notices.filter { $0.kind == .unsupported })
        } catch {
            throw .document(error)
        }
    }

    /// What an xl.cfg says, as far as a document can say it.
    static func readXL(
        _ text: [UInt8]
    ) throws(DriverError) -> (definition: DomainDefinition, notices: [XLConfigNotice], hasUUID: Bool) {
        let configuration: XLConfiguration
        let reading: XLReading
        do throws(XLConfigError) {
            configuration = try XLConfiguration.parse(text)
            reading = try DomainDefinition.read(configuration)
        } catch {
            throw .xlConfig(error)
        }
        var definition = reading.definition
        definition.complete()
        return (definition, reading.notices, configuration["uuid"] != nil)
    }
}

extension DomainDefinition {
    /// Gives devices the user's aliases of their counterparts in `known`; returns what is to be said of it.
    fileprivate mutating func takeAliases(from known: DomainDefinition) -> [DriverNotice] {
        var given: [String] = []
        var left: [String] = []
        for device in known.devices {
            guard let alias = device.alias, alias.user != nil else { continue }
            let twins = known.devices.filter { $0.isCounterpart(of: device) }
            let places = devices.indices.filter { devices[$0].isCounterpart(of: device) }
            if twins.count == 1, places.count == 1, let place = places.first {
                devices[place].alias = alias
                given.append(device.title)
            } else {
                left.append(device.title)
            }
        }
        let notices: [DefinitionNotice] =
            (given.isEmpty ? [] : [.tookAliases(devices: given)]) + (left.isEmpty ? [] : [.leftAliases(devices: left)])
        return notices.map { .definition($0, domain: known.name.text) }
    }
}
