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
    public func define(
        _ document: [UInt8], isStrict: Bool, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let (definition, notices) = try read(document, isStrict: isStrict)
            return try await define(definition, notices: notices, isNew: false, begin(options))
        }
    }

    /// Makes `definition` the persistent one of its domain, which has none yet if it `isNew`.
    func define(
        _ definition: DomainDefinition, notices: [DriverNotice], isNew: Bool, _ call: Call
    ) async throws(DriverError) -> DomainOutcome {
        try await withDomainLock(definition.uuid, name: definition.name.text, call) { () throws(DriverError) in
            // The domain's own leftovers first: they may include a staged definition of the same name.
            let domain = try await recoverDomain(definition.uuid, name: definition.name.text, call)
            try await releaseName(of: definition, call)
            try await withHostLock(definition.name.text, call) { () throws(DriverError) in
                try await requireFreeName(definition)
                if isNew { try requireUndefined(definition) }
                try replacePersistent(definition)
            }
            let inUse = await warning(of: definition.devices, of: definition)
            return DomainOutcome(
                name: definition.name, uuid: definition.uuid, domid: domain.live?.domid,
                warnings: domain.warnings + notices + lostPasswords(in: definition, since: domain.persistent)
                    + [inUse].compactMap { $0 })
        }
    }

    /// Documents are shown without passwords, and one that is handed in again takes them from the domain.
    private func lostPasswords(in definition: DomainDefinition, since before: DomainDefinition?) -> [DriverNotice] {
        guard let before else { return [] }
        return definition.displaysWithoutPassword(since: before).map {
            .definition(.lostPassword(display: $0.kind.rawValue), domain: definition.name.text)
        }
    }

    /// Removes the persistent definition; a running domain becomes transient. `virDomainUndefine`.
    public func undefine(
        _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, prefersDefinition: true) { (domain) throws(DriverError) in
                let definition = try domain.definition(orThrow: .cannotUndefineTransient(domain: domain.name))
                // First: one that stayed would be that of a later domain of this name.
                try reading { () throws(StateError) in
                    if try store.autostarted().contains(ExactText(definition.name.text)) {
                        try store.setAutostart(definition.name, false)
                    }
                    try store.removeDefinition(definition.name)
                }
                return DomainOutcome(
                    name: definition.name, uuid: definition.uuid, domid: domain.live?.domid, warnings: domain.warnings)
            }
        }
    }

    /// A domain document of the user's, with what in it is left out or unwise.
    func read(_ document: [UInt8], isStrict: Bool) throws(DriverError) -> (DomainDefinition, warnings: [DriverNotice]) {
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
        return (definition, notices.map(DriverNotice.document) + warnings(of: definition))
    }

    /// What is to be said of a definition that a change makes, and was not to be said before.
    func news(
        of definition: DomainDefinition?, since before: DomainDefinition?, in targets: ChangeTargets
    ) async -> [DriverNotice] {
        guard let definition, definition != before else { return [] }
        let known = Set(before.map(warnings) ?? [])
        var news = warnings(of: definition).filter { !known.contains($0) }
        // Of a device that comes to the running domain as well, an error would say it.
        if !targets.live, let before {
            let old = Set(before.devices)
            if let warning = await warning(of: definition.devices.filter { !old.contains($0) }, of: definition) {
                news.append(warning)
            }
        }
        return news
    }

    /// Refuses a definition that is for another hypervisor, or of the host itself.
    static func requireOrdinary(_ definition: DomainDefinition) throws(DriverError) {
        guard definition.hypervisor == DomainDefinition.xen else { throw .wrongHypervisor(definition.hypervisor) }
        guard definition.name.text != "Domain-0", definition.uuid != .zero else { throw .domain0Refuses }
    }

    /// Refuses a definition of a domain that has one already.
    func requireUndefined(_ definition: DomainDefinition) throws(DriverError) {
        let definitions = try reading { () throws(StateError) in
            try store.definitions(named: [definition.name.text], of: [definition.uuid])
        }.definitions
        guard !definitions.contains(where: { $0.uuid == definition.uuid || $0.name == definition.name }) else {
            throw .alreadyDefined(domain: definition.name.text)
        }
    }

    /// Recovers domains that do not run any more and still have the definition's name in their books.
    func releaseName(of definition: DomainDefinition, _ call: Call) async throws(DriverError) {
        try await recoverEnded(call) { $0.uuid != definition.uuid && $0.name == definition.name }
    }

    /// Refuses a definition whose name or UUID belongs to another domain of ours, or may belong to one whose file
    /// cannot be read. Holders of the host's lock may rely on it until they let go.
    func requireFreeName(_ definition: DomainDefinition) async throws(DriverError) {
        let name = definition.name.text
        let census = try await census(about: Sought(names: [name], uuids: [definition.uuid]))
        for record in census.records where record.kind == .own {
            let isSameName = record.name.isExactly(name)
            let isSameUUID = record.uuid == definition.uuid
            if isSameName, !isSameUUID { throw .nameTaken(name: record.name, by: record.uuid) }
            if isSameUUID, !isSameName { throw .uuidTaken(uuid: record.uuid, by: record.name) }
        }
        if let file = census.definitions.unreadable(name: name, uuid: definition.uuid) { throw file.error(name) }
        // A domain that is being started, and is not yet in Xen, has its name already.
        let defined = try reading { () throws(StateError) in try store.definitionUUIDs() }
        for uuid in defined.part(of: census.live.statuses, isIn: false) where uuid != definition.uuid {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(uuid) }),
                status.change?.kind.makesDomain == true, status.name == definition.name
            else { continue }
            throw .nameTaken(name: name, by: uuid)
        }
    }
}

extension DomainDefinition {
    /// What is allowed in a definition, but better known before the guest starts.
    var warnings: [DriverNotice] {
        var warnings: [DefinitionNotice] = []
        for (mac, alike) in Dictionary(grouping: interfaces, by: \.mac).sorted(by: { $0.key.bits < $1.key.bits })
        where alike.count > 1 {
            warnings.append(.sharedMAC(mac, interfaces: alike.count))
        }
        var notices = warnings.map { DriverNotice.definition($0, domain: name.text) }
        notices += devices.compactMap { $0.sourceWarning(in: name.text) }
        warnings = []
        for interface in interfaces where interface.link == .down {
            guard let server = interface.linkServer else { continue }
            let device = Device.interface(interface).title
            warnings.append(.cannotStart(.linkElsewhere(device: device, domain: name.text, backend: server)))
        }
        let translation = Translation(self, context: .documentAlone)
        notices += warnings.map { .definition($0, domain: name.text) }
        notices += translation.notices.map { .translation($0, domain: name.text) }
        warnings = translation.obstacles.map { .untranslatable($0) }
        if let error = claimedTwice { warnings.append(.cannotStart(error)) }
        for (address, devices) in Dictionary(grouping: devices, by: \.exclusiveAddress) where devices.count > 1 {
            guard let address else { continue }
            warnings.append(.sharedAddress(address, devices: devices.count))
        }
        return notices + warnings.map { .definition($0, domain: name.text) }
    }
}

extension Device {
    /// What is to be said of a disk's source that is no path: libxl is passed it as it stands. QEMU takes images on the
    /// network so.
    func sourceWarning(in domain: String) -> DriverNotice? {
        guard case .disk(let disk) = self, let path = disk.source.path, !path.hasPrefix("/") else { return nil }
        let old = ["phy:", "file:", "tap:", "tap2:", "aio:"].first(where: path.hasPrefix)
        if old == nil, path.contains(":"), disk.driverName == nil || disk.driverName == "qemu" { return nil }
        return .device(.source(path, prefix: old), device: title, domain: domain)
    }

    /// The address of a place of the guest's that one device alone can have.
    fileprivate var exclusiveAddress: GuestAddress? {
        places.lazy.compactMap { if case .address(let address) = $0 { address } else { nil } }.first
    }
}
