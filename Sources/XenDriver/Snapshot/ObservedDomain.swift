public import LibxlAPI
package import XenModel
public import XenUnits

/// A domain as whoever follows the host sees it: all of which a difference is worth an event. A plain value; two of one
/// domain are compared.
public struct ObservedDomain: Hashable, Sendable {
    public var uuid: DomainUUID
    public var name: String
    /// nil if it does not run.
    public var domid: DomainID?
    public var state: DomainState
    /// How the guest ended; nil while it runs, and of a domain that does not run.
    public var ended: LibxlShutdownReason?
    public var isPersistent: Bool
    /// Whether another toolstack made it. Domain-0 is not observed.
    public var isForeign: Bool
    public var isAutostarted: Bool
    /// Its persistent definition; nil if it has none.
    package var definition: DomainDefinition?
    public var title: String?
    public var metadataDescription: String?
    /// What the guest has now; nil if it does not run.
    public var memory: Kibibytes?
    /// How many restarts in a row led to this run; 0 for one that somebody started, and for another toolstack's.
    public var restarts: Int
    /// What is being done to it; nil if nothing is.
    public var unfinished: UnfinishedChange?
    /// The process of its QEMU in Domain-0; nil if it has none, or does not run.
    public var deviceModel: Int32?
    /// Whether it goes on without that.
    public var hasLostDeviceModel = false
    /// Those that Xen can distinguish, and the document's drives.
    public var devices: [ObservedDevice]
}

/// A device of a domain that runs, as whoever follows the host sees it.
public struct ObservedDevice: Hashable, Sendable {
    /// Its alias; the identity in Xen of one that another toolstack plugged.
    public var name: String
    public var state: DeviceState
    /// Whether the guest was asked to let go of it and has refused.
    public var isRefused: Bool
    /// The source of a CD-ROM drive's medium; nil for an empty drive, and for any other device.
    public var medium: String?
}

/// Which domain somebody is to look at again.
public enum DomainLook: Hashable, Sendable {
    case uuid(DomainUUID)
    case domid(DomainID)
    /// The one whose definition has this name.
    case name(String)
}

extension Driver {
    /// Every domain but Domain-0, at one moment: of several under one UUID the one that runs.
    public func observe() async throws(DriverError) -> [ObservedDomain] {
        try await FileThreads.run { () throws(DriverError) in try await observed(census()) }
    }

    /// The domains that are meant, as far as there are any.
    public func observe(_ looks: Set<DomainLook>) async throws(DriverError) -> [ObservedDomain] {
        try await FileThreads.run { () throws(DriverError) in
            var sought = Sought()
            var domids: Set<DomainID> = []
            for look in looks {
                switch look {
                case .uuid(let uuid): sought.uuids.append(uuid)
                case .name(let name): sought.names.append(name)
                case .domid(let domid): domids.insert(domid)
                }
            }
            if !domids.isEmpty {
                // A dying one has given its UUID away, maybe to the domain that follows it.
                sought.uuids += try await domainsInXen().filter { domids.contains($0.domid) }.map(\.uuid)
            }
            guard !sought.uuids.isEmpty || !sought.names.isEmpty else { return [] }
            return try await observed(census(about: sought))
        }
    }

    private func observed(_ census: Census) async throws(DriverError) -> [ObservedDomain] {
        let autostarted = try reading { () throws(StateError) in try store.autostarted() }
        var chosen: [DomainUUID: DomainRecord] = [:]
        for record in census.records where record.kind != .domain0 && record.kind != .dying {
            let other = chosen[record.uuid]
            // Ours goes before one that is kept under its UUID.
            guard
                other == nil || other?.info == nil && record.info != nil
                    || other?.kind == .foreign && record.kind == .own
            else { continue }
            chosen[record.uuid] = record
        }
        var domains: [ObservedDomain] = []
        for record in chosen.values.sorted(by: { ExactText($0.name) < ExactText($1.name) }) {
            domains.append(try await observed(record, autostarted))
        }
        return domains
    }

    private func observed(_ record: DomainRecord, _ autostarted: Set<ExactText>) async throws(DriverError)
        -> ObservedDomain
    {
        let definition = record.status?.definition.value ?? record.persistent
        // One that is being made is none that runs yet.
        let isMade = record.info != nil && record.status?.change?.kind.makesDomain != true
        let info = isMade ? record.info : nil
        var domain = ObservedDomain(
            uuid: record.uuid, name: record.name, domid: info?.domid, state: isMade ? record.state : .shutOff,
            ended: info?.ending, isPersistent: record.persistent != nil, isForeign: record.kind == .foreign,
            isAutostarted: record.persistent != nil && autostarted.contains(ExactText(record.name)),
            definition: record.persistent, title: definition?.title,
            metadataDescription: definition?.description, memory: info?.currentMemory,
            restarts: record.status?.run?.restarts ?? 0, unfinished: record.listing.unfinished, devices: [])
        guard let info else { return domain }
        let refused = Set((record.status?.bindings ?? []).filter { $0.pendingDetach != nil }.map(\.key))
        let media = Dictionary(
            (definition?.disks ?? []).filter { $0.device == .cdrom }
                .compactMap { disk in disk.alias.map { ($0.description, disk.source.path) } }
        ) { first, _ in first }
        domain.deviceModel = try await deviceModel(of: info.domid)
        domain.hasLostDeviceModel = await hasLost(domain.deviceModel, record)
        do throws(DriverError) {
            domain.devices = try await devices(of: record, info).compactMap { device in
                guard let name = device.alias?.description ?? device.identity.map({ "\($0)" }) else { return nil }
                return ObservedDevice(
                    name: name, state: device.state, isRefused: refused.contains(name), medium: media[name] ?? nil)
            }
        } catch {
            // It may have ended since it was listed, and its devices with it: then the next look shows that.
            guard try await liveInfo(info.domid, record.uuid) == nil else { throw error }
        }
        return domain
    }
}
