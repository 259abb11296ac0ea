import DomainXML
import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

extension Driver {
    /// Makes a document the persistent definition of a domain, new or not. `virDomainDefineXML`.
    ///
    /// A running domain goes on as it is; the new definition is for its next start. Throws if the document cannot be
    /// read, breaks a rule, or has the name or UUID of another domain; with `isStrict` also if anything in it would be
    /// left out.
    public func define(_ document: [UInt8], isStrict: Bool) async throws(DriverError) -> DomainOutcome {
        let (definition, notices) = try read(document, isStrict: isStrict)
        return try await define(definition, notices: notices, isNew: false)
    }

    /// Makes `definition` the persistent one of its domain, which has none yet if it `isNew`.
    func define(
        _ definition: DomainDefinition, notices: [String], isNew: Bool
    ) async throws(DriverError) -> DomainOutcome {
        try await locking(definition.uuid, name: definition.name.text) { () throws(DriverError) in
            // The domain's own leftovers first: they may include a staged definition of the same name.
            let domain = try await settled(definition.uuid, name: definition.name.text)
            try await lockingHost(definition.name.text) { () throws(DriverError) in
                try await requireFreeName(definition)
                if isNew { try await requireUndefined(definition) }
                try reading { () throws(StateError) in
                    try store.stage(definition)
                    try store.commitStaged(definition.name)
                }
            }
            return DomainOutcome(
                name: definition.name, uuid: definition.uuid, domid: domain.live?.domid,
                warnings: domain.warnings + notices)
        }
    }

    /// Removes the persistent definition; a running domain becomes transient. `virDomainUndefine`.
    public func undefine(_ domain: DomainReference) async throws(DriverError) -> DomainOutcome {
        try await changing(domain) { (domain) throws(DriverError) in
            guard let definition = domain.persistent else { throw .cannotUndefineTransient(domain: domain.name) }
            try reading { () throws(StateError) in try store.removeDefinition(definition.name) }
            return DomainOutcome(
                name: definition.name, uuid: definition.uuid, domid: domain.live?.domid, warnings: domain.warnings)
        }
    }

    /// A domain document of the user's, with a sentence for each thing in it that is left out or unwise.
    func read(_ document: [UInt8], isStrict: Bool) throws(DriverError) -> (DomainDefinition, warnings: [String]) {
        let parsed: Parsed<DomainDefinition>
        do throws(DomainXMLError) {
            parsed = try DomainDefinition.parse(document, options: readerOptions(isStrict: isStrict))
        } catch {
            throw .document(error)
        }
        let definition = parsed.value
        try Self.requireOrdinary(definition)
        if isStrict, let notice = definition.translationNotices.first {
            throw .withoutEffect(notice, domain: definition.name.text)
        }
        // The definition's own warnings tell of the devices that are description alone.
        let notices = parsed.notices.filter { $0.kind != .descriptionOnly }
        return (definition, notices.map(\.description) + definition.warnings)
    }

    /// Refuses a definition that is for another hypervisor, or of the host itself.
    static func requireOrdinary(_ definition: DomainDefinition) throws(DriverError) {
        guard definition.hypervisor == DomainDefinition.xen else { throw .wrongHypervisor(definition.hypervisor) }
        guard definition.name.text != "Domain-0", definition.uuid != .zero else { throw .domain0Refuses }
    }

    /// Refuses a definition of a domain that has one already.
    func requireUndefined(_ definition: DomainDefinition) async throws(DriverError) {
        let definitions = try reading { () throws(StateError) in try store.allDefinitions() }.definitions
        guard !definitions.contains(where: { $0.uuid == definition.uuid || $0.name == definition.name }) else {
            throw .alreadyDefined(domain: definition.name.text)
        }
    }

    /// Refuses a definition whose name or UUID belongs to another domain of ours.
    func requireFreeName(_ definition: DomainDefinition) async throws(DriverError) {
        for record in try await census().records where record.kind == .own {
            let isSameName = record.name == definition.name.text
            let isSameUUID = record.uuid == definition.uuid
            if isSameName, !isSameUUID { throw .nameTaken(name: record.name, by: record.uuid) }
            if isSameUUID, !isSameName { throw .uuidTaken(uuid: record.uuid, by: record.name) }
        }
    }
}

extension DomainDefinition {
    /// What is allowed in a definition, but better known before the guest starts.
    var warnings: [String] {
        var warnings: [String] = []
        for (mac, cards) in Dictionary(grouping: interfaces, by: \.mac).sorted(by: { $0.key.bits < $1.key.bits })
        where cards.count > 1 {
            warnings.append(
                "domain '\(name)': \(cards.count) interfaces have the MAC address \(mac);"
                    + " a request by that address alone will not tell them apart")
        }
        warnings += translationNotices.map { "domain '\(name)': \($0)" }
        do throws(Untranslatable) {
            _ = try LibxlDomainConfig(self, context: .documentAlone)
        } catch {
            warnings.append("domain '\(name)' cannot be started as it is: \(error)")
        }
        return warnings
    }
}
