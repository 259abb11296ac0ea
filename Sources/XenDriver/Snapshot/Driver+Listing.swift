import DomainXML
import LibxlAPI
import Logging
import XenModel
import XenUnits

/// What is there: read without a lock, without writing anything, and without waiting for a change that goes on.
extension Driver {
    /// Every domain: the running ones in order of id, then the others by name. `virConnectListAllDomains`.
    public func domains() async throws(DriverError) -> [DomainListing] {
        try await FileThreads.run { () throws(DriverError) in
            let infos = try await domainsInXen()
            let (live, rows) = try reading { () throws(StateError) in
                (try store.liveFiles(), try store.definitionRows())
            }
            var listings: [DomainListing] = []
            var others: [LibxlDomainInfo] = []
            var plain: Set<DomainUUID> = []
            for info in infos {
                if let row = rows?[info.uuid], let listing = try plainListing(info, row, live) {
                    listings.append(listing)
                    plain.insert(info.uuid)
                } else {
                    others.append(info)
                }
            }
            let statuses = Set(live.statuses)
            var uuids = Set(others.map(\.uuid))
            for (uuid, row) in rows ?? [:] where !plain.contains(uuid) {
                guard !statuses.contains(uuid), !uuids.contains(uuid), let name = row.name else {
                    uuids.insert(uuid)
                    continue
                }
                listings.append(
                    DomainListing(
                        domid: nil, name: name, uuid: uuid, state: .shutOff, isPersistent: true, isForeign: false,
                        title: row.title))
            }
            // What is not as simple as that is read.
            let files = try reading { [uuids] () throws(StateError) in
                rows == nil ? try store.allDefinitions() : try store.definitions(of: Array(uuids))
            }
            for problem in files.problems { logger.warning("\(problem)") }
            for record in try await census(of: others, among: infos, files, live).records
            where record.info != nil || !plain.contains(record.uuid) {
                listings.append(try await listing(record))
            }
            let autostarted = try reading { () throws(StateError) in try store.autostarted() }
            for index in listings.indices where listings[index].isPersistent {
                listings[index].isAutostarted = autostarted.contains(ExactText(listings[index].name))
            }
            return listings.sorted { left, right in
                guard let number = left.domid else { return right.domid == nil && left.name < right.name }
                return right.domid.map { number < $0 } ?? true
            }
        }
    }

    /// A running domain of ours with nothing unusual about it, as it is listed; nil if there is.
    private func plainListing(
        _ info: LibxlDomainInfo, _ row: DefinitionIndex.Row, _ live: StateStore.LiveFiles
    ) throws(DriverError) -> DomainListing? {
        guard !info.dying, live.stops[info.uuid] == nil, let name = row.name,
            let header = try reading({ () throws(StateError) in try store.statusHeader(info.uuid) }),
            header.uuid == info.uuid, header.domid == info.domid
        else { return nil }
        let record = DomainRecord(kind: .own, name: name, uuid: info.uuid, info: info)
        let reason: DomainStateReason =
            switch record.state {
            case .paused: .user
            case .running: header.isResumed ? .unpaused : .booted
            default: record.reason
            }
        return DomainListing(
            domid: info.domid, name: name, uuid: info.uuid, state: record.state, isPersistent: true, isForeign: false,
            reason: reason, title: row.title)
    }

    /// A domain as it is listed; of a dying one, with what keeps it.
    func listing(_ record: DomainRecord) async throws(DriverError) -> DomainListing {
        var listing = record.listing
        if record.kind == .dying, let domid = record.info?.domid { listing.holders = try await holders(of: domid) }
        if listing.isPersistent {
            let autostarted = try reading { () throws(StateError) in try store.autostarted() }
            listing.isAutostarted = autostarted.contains(ExactText(listing.name))
        }
        if let heldOff = heldOffRestart(of: record) { (listing.reason, listing.heldOff) = (.heldOff, heldOff) }
        if listing.state == .running, let domid = listing.domid, record.kind != .domain0,
            await hasLost(try await deviceModel(of: domid), record)
        {
            listing.reason = .deviceModelDied
        }
        return listing
    }

    /// How the service holds the start of a domain off, as its files say; nil if there is nothing to wait for.
    private func heldOffRestart(of record: DomainRecord) -> HeldOffRestart? {
        guard let info = record.info, let reason = info.ending, reason != .suspend, let status = record.status,
            let run = status.run, store.isServed
        else { return nil }
        let ending = GuestEnding(
            info.domid, reason, of: status.definition.value, isPersistent: record.persistent != nil)
        let wait = run.timeLeft(at: clock.secondsSinceBoot)
        guard ending.isToStartAgain, wait > 0 else { return nil }
        return HeldOffRestart(wait: .milliseconds((wait * 1000).rounded(.up)), restarts: run.restarts + 1)
    }

    /// One domain.
    public func domain(_ domain: DomainReference) async throws(DriverError) -> DomainListing {
        try await FileThreads.run { () throws(DriverError) in
            try await listing(record(domain))
        }
    }

    /// What `dominfo` shows. `virDomainGetInfo`.
    public func summary(of domain: DomainReference) async throws(DriverError) -> DomainSummary {
        try await FileThreads.run { () throws(DriverError) in
            let record = try await record(domain)
            let definition = record.status?.definition.value ?? record.persistent
            return DomainSummary(
                listing: try await listing(record),
                guestType: definition?.operatingSystem.guestType ?? record.info?.guestType ?? .pv,
                vcpus: record.info?.vcpuOnline ?? definition?.vcpus.current ?? 1,
                cpuTimeNanoseconds: record.info?.cpuTime,
                maximumMemory: definition?.memory ?? record.info?.maximumMemory ?? Kibibytes(0),
                usedMemory: record.info?.currentMemory ?? definition?.currentMemory ?? Kibibytes(0))
        }
    }

    /// The domain's document: the live one if it runs, unless `inactive` asks for that of the next start. Without
    /// `showsSecrets` no password is in it. `virDomainGetXMLDesc`.
    public func document(
        of domain: DomainReference, inactive: Bool, showsSecrets: Bool = false
    ) async throws(DriverError) -> String {
        try await FileThreads.run { () throws(DriverError) in
            let record = try await record(domain, prefersDefinition: inactive)
            let shown = { (definition: DomainDefinition) in showsSecrets ? definition : definition.withoutSecrets }
            guard let info = record.info, !inactive || record.persistent == nil else {
                return record.persistent.map { shown($0).xml() } ?? ""
            }
            if record.kind == .own, inactive, let status = record.status {
                return shown(status.inactiveDefinition).xml()
            }
            return shown(try await shownDefinition(of: record, info)).xml(domid: inactive ? nil : info.domid)
        }
    }

    /// Every device with all its names. A running domain's are compared with Xen.
    public func devices(of domain: DomainReference) async throws(DriverError) -> [DeviceListing] {
        try await FileThreads.run { () throws(DriverError) in
            let record = try await record(domain)
            guard let info = record.info else {
                return (record.persistent?.devices ?? []).map { device in
                    DeviceListing(
                        alias: device.alias, deviceClass: device.deviceClass, familiarName: device.familiarName,
                        state: .defined)
                }
            }
            return try await devices(of: record, info)
        }
    }

    /// Every device of a domain that runs.
    func devices(of record: DomainRecord, _ info: LibxlDomainInfo) async throws(DriverError) -> [DeviceListing] {
        let inventory = try await inventory(of: info.domid)
        var listings: [DeviceListing] = []
        var known: Set<DeviceIdentity> = []
        if let status = record.status {
            listings = try await ownDevices(
                of: status, isBeingDestroyed: record.isBeingDestroyed, inventory, known: &known)
        }
        let change = record.change
        for device in inventory.devices where !known.contains(device.identity) {
            let identity = device.identity
            listings.append(
                DeviceListing(
                    deviceClass: identity.deviceClass,
                    familiarName: Device(device.device, backendDomain: nil)?.familiarName ?? "\(identity)",
                    identity: identity,
                    backendDomainID: try await backend(of: identity, in: info.domid)?.backendDomainID,
                    state: change?.foreignIdentity == identity ? change?.kind.deviceState ?? .foreign : .foreign))
        }
        if let change, change.kind == .update, let identity = change.foreignIdentity, let target = change.target,
            !inventory.identities.contains(identity)
        {
            let device = target.device.value
            listings.append(
                DeviceListing(
                    deviceClass: device.deviceClass, familiarName: device.familiarName, identity: identity,
                    backendDomainID: change.gains.last?.sent.device.backendDomainID, state: .attaching))
        }
        var names: [DomainID: String] = [:]
        for index in listings.indices {
            guard let domid = listings[index].backendDomainID else { continue }
            if names[domid] == nil {
                names[domid] = try await name(of: domid) ?? (domid == .domain0 ? "Domain-0" : nil)
            }
            listings[index].backendDomainName = names[domid]
        }
        return listings
    }

    /// What `domiflist` shows.
    public func interfaces(of domain: DomainReference, inactive: Bool) async throws(DriverError) -> [InterfaceListing] {
        try await FileThreads.run { () throws(DriverError) in
            try await shownDevices(of: domain, inactive: inactive).interfaces.map { interface in
                InterfaceListing(
                    alias: interface.alias, target: interface.target, kind: interface.source.kind,
                    source: interface.source.bridge, model: interface.model, mac: interface.mac,
                    link: interface.link ?? .up)
            }
        }
    }

    /// What `domblklist` shows.
    public func disks(of domain: DomainReference, inactive: Bool) async throws(DriverError) -> [DiskListing] {
        try await FileThreads.run { () throws(DriverError) in
            try await shownDevices(of: domain, inactive: inactive).disks.map { disk in
                DiskListing(
                    alias: disk.alias, kind: disk.source.kind, device: disk.device, target: disk.target,
                    source: disk.source.path)
            }
        }
    }

    // MARK: -

    private func shownDevices(of domain: DomainReference, inactive: Bool) async throws(DriverError)
        -> DomainDefinition
    {
        let record = try await record(domain, prefersDefinition: inactive)
        if inactive || record.info == nil, let persistent = record.persistent { return persistent }
        guard let info = record.info else { throw .noDomain(domain) }
        return try await shownDefinition(of: record, info)
    }

    /// The definition of a running domain as Xen has it now: ours without the devices that are gone, a foreign one as
    /// far as libxl tells.
    private func shownDefinition(of record: DomainRecord, _ info: LibxlDomainInfo) async throws(DriverError)
        -> DomainDefinition
    {
        guard let status = record.status else { return try await foreignDefinition(of: record, info) }
        let live = LiveDomain(domid: info.domid, status: status, call: begin(CallOptions()))
        let inventory = try await inventory(of: info.domid)
        var gone: Set<String> = []
        for binding in status.bindings where status.change == nil {
            let presence = try await presence(of: binding.sent, in: inventory)
            if !presence.isOurs { gone.insert(binding.key) }
        }
        var definition = status.definition.value
        definition.devices = live.devicesAsShown.filter { !gone.contains($0.alias?.description ?? "") }
        return definition
    }

    /// Our devices; `known` gets the places in Xen where it is ours that are there.
    private func ownDevices(
        of status: DomainStatus, isBeingDestroyed: Bool, _ inventory: Inventory, known: inout Set<DeviceIdentity>
    ) async throws(DriverError) -> [DeviceListing] {
        var listings: [DeviceListing] = []
        let bindings = Dictionary(status.bindings.map { ($0.key, $0) }) { first, _ in first }
        for device in status.definition.value.devices {
            guard let binding = device.alias.flatMap({ bindings[$0.description] }) else {
                listings.append(
                    DeviceListing(
                        alias: device.alias, deviceClass: device.deviceClass, familiarName: device.familiarName,
                        state: .builtIn))
                continue
            }
            let presence = try await presence(of: binding.sent, in: inventory)
            let state: DeviceState
            if isBeingDestroyed {
                state = .detaching
            } else if status.change?.kind.makesDomain == true {
                state = .attaching
            } else if let change = status.change, change.target?.key == binding.key {
                state = change.kind.deviceState
            } else if case .ours(.leaving, _) = presence {
                state = .detaching
            } else if case .ours(.broken, _) = presence {
                state = .missing
            } else {
                state = presence.isOurs ? .bound : .missing
            }
            if state != .missing || presence.isOurs { known.insert(binding.identity) }
            listings.append(
                DeviceListing(
                    alias: device.alias, deviceClass: device.deviceClass, familiarName: device.familiarName,
                    identity: binding.identity,
                    backendDomainID: presence.backend?.backendDomainID ?? binding.backendDomainID, state: state))
        }
        guard let change = status.change, change.kind == .attach else { return listings }
        for case .plug(let step) in change.steps where step.isForAnother {
            if try await presence(of: step.new, in: inventory).isOurs { known.insert(step.new.identity) }
        }
        guard let (target, new) = change.gains.last, try await presence(of: new, in: inventory) != .different else {
            return listings
        }
        let device = target.device.value
        known.insert(new.identity)
        listings.append(
            DeviceListing(
                alias: device.alias, deviceClass: device.deviceClass, familiarName: device.familiarName,
                identity: new.identity,
                backendDomainID: try await backend(of: new.identity, in: inventory.domid)?.backendDomainID,
                state: .attaching))
        return listings
    }

    /// What can be said of a domain that we did not make.
    private func foreignDefinition(of record: DomainRecord, _ info: LibxlDomainInfo) async throws(DriverError)
        -> DomainDefinition
    {
        let name: DomainName
        do throws(DomainNameError) { name = try DomainName(record.name) } catch {
            throw .foreignDomain(name: record.name, domid: info.domid, isAllowed: false)
        }
        var definition = DomainDefinition(
            name: name, uuid: info.uuid, memory: info.maximumMemory,
            operatingSystem: OperatingSystem(guestType: info.guestType))
        definition.currentMemory = min(info.currentMemory, info.maximumMemory)
        definition.vcpus = VirtualCPUs(maximum: max(info.vcpuCount, 1), current: max(info.vcpuOnline, 1))
        guard record.kind != .domain0 else { return definition }
        let inventory = try await inventory(of: info.domid)
        for device in inventory.devices {
            if let found = try await foreignDevice(device, in: info.domid, guestType: info.guestType) {
                definition.devices.append(found.shown)
            }
        }
        return definition
    }
}

extension DomainRecord {
    var listing: DomainListing {
        DomainListing(
            domid: info?.domid, name: name, uuid: uuid, state: state, isPersistent: persistent != nil,
            isForeign: kind == .foreign, reason: reason,
            title: status?.definition.value.title ?? persistent?.title,
            unfinished: isBeingDestroyed
                ? UnfinishedChange(kind: .destroy)
                : change.map { UnfinishedChange(kind: $0.kind, device: $0.target?.device.value.title) })
    }
}

extension DomainStatus {
    /// A transient domain's definition as one would define it: no generated names, no ports that were drawn.
    var inactiveDefinition: DomainDefinition {
        var definition = definitionToStart
        definition.devices = definition.devices.map { device in
            var device = device
            if case .generated = device.alias { device.alias = nil }
            return device
        }
        return definition
    }

    /// The live definition as the domain is started with it anew: all that it has under the names that it has, but for
    /// ports that were drawn.
    var definitionToStart: DomainDefinition {
        var definition = definition.value
        definition.devices = definition.devices.map { device in
            guard case .graphics(var graphics) = device, graphics.autoport else { return device }
            graphics.port = nil
            return .graphics(graphics)
        }
        return definition
    }
}
