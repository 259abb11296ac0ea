import LibxlAPI
import Logging
public import XenModel
public import XenUnits

/// Starting domains with the host.
extension Driver {
    /// Has a domain started with the host, or not any more. `order` is its place among those that are: smaller numbers come
    /// first, and domains without one, nil, come last. `virDomainSetAutostart`.
    public func setAutostart(
        _ domain: DomainReference, _ isOn: Bool, order: Int? = nil, options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DomainOutcome {
        try await FileThreads.run { () throws(DriverError) in
            try await withDomain(domain, options, recovery: .attempted, prefersDefinition: true) {
                (domain) throws(DriverError) in
                let definition = try domain.definition(orThrow: .transientHasNoAutostart(domain: domain.name))
                try await withHostLock(domain.name, domain.call) { () throws(DriverError) in
                    try reading { () throws(StateError) in
                        try store.setAutostartOrder(definition.name, isOn ? order : nil)
                        try store.setAutostart(definition.name, isOn)
                    }
                }
                return DomainOutcome(
                    name: definition.name, uuid: domain.uuid, domid: domain.live?.domid, warnings: domain.warnings)
            }
        }
    }

    /// What is still to be started with the host in the boot of its kernel that `boot` names, in the order in which it is
    /// started: domains that serve devices of others before those others, and else by number and name. Files that cannot be
    /// read are notices. Once all is started, or was tried, the plan is empty for the rest of the boot.
    public func autostartPlan(boot: String) async throws(DriverError) -> AutostartPlan {
        try await FileThreads.run { () throws(DriverError) in
            let progress = try reading { () throws(StateError) in try store.autostartProgress() }
            let isBegun = progress?.boot == boot
            guard !isBegun || progress?.isComplete == false else { return AutostartPlan(domains: [], notices: []) }
            let (names, orders, records) = try reading { () throws(StateError) in
                if !isBegun { try store.write(AutostartProgress(boot: boot)) }
                return (try store.autostarted(), try store.autostartOrders(), try store.allDefinitions())
            }
            let done = isBegun ? progress?.done ?? [] : []
            let running = Set(try await domainsInXen().filter { !$0.dying }.map(\.uuid))
            let candidates = records.definitions.filter { names.contains(ExactText($0.name.text)) }.map { definition in
                AutostartPlan.Domain(
                    name: definition.name, uuid: definition.uuid, order: orders[definition.name.text],
                    servers: Set(definition.devices.compactMap(\.model.server)))
            }
            return AutostartPlan(
                domains: AutostartPlan.ordered(candidates).filter {
                    !running.contains($0.uuid) && !done.contains($0.uuid)
                },
                notices: records.problems)
        }
    }

    /// The running domains of ours in the order in which they are to be stopped with the host: the reverse of that in which
    /// they would be started, so that a domain which serves others' devices comes after those others.
    public func stopPlan() async throws(DriverError) -> [AutostartPlan.Domain] {
        try await FileThreads.run { () throws(DriverError) in
            let orders = try reading { () throws(StateError) in try store.autostartOrders() }
            let domains = try await census().records.compactMap { record -> AutostartPlan.Domain? in
                guard record.kind == .own, record.info != nil, let status = record.status else { return nil }
                return AutostartPlan.Domain(
                    name: status.name, uuid: record.uuid, order: orders[record.name],
                    servers: Set(status.definition.value.devices.compactMap(\.model.server)))
            }
            return AutostartPlan.ordered(domains).reversed()
        }
    }

    /// Records that a domain was started with the host in this boot, or cannot be; nil that all were. Done also for a caller
    /// who has given up.
    public func setAutostarted(_ uuid: DomainUUID?, boot: String) async throws(DriverError) {
        try await FileThreads.run { () throws(DriverError) in
            try reading { () throws(StateError) in try store.prepare() }
            try await finishing(begin(CallOptions())) { (call) throws(DriverError) in
                try await withHostLock("(all)", call) { () throws(DriverError) in
                    try reading { () throws(StateError) in
                        var progress = try store.autostartProgress() ?? AutostartProgress(boot: boot)
                        if progress.boot != boot { progress = AutostartProgress(boot: boot) }
                        if let uuid { progress.done.insert(uuid) } else { progress.isComplete = true }
                        try store.write(progress)
                    }
                }
            }
        }
    }
}

/// What is to be started with the host.
public struct AutostartPlan: Hashable, Sendable {
    /// In order.
    public var domains: [Domain]
    public var notices: [DriverNotice]

    public struct Domain: Hashable, Sendable {
        public var name: DomainName
        public var uuid: DomainUUID
        /// nil for one that comes after those with a number.
        public var order: Int?
        /// The names of the domains that serve its devices; Domain-0 not.
        public var servers: Set<String>
    }

    /// The domains in the order in which they are started. A circle of domains that serve each other is broken where the
    /// order by number and name comes to it.
    static func ordered(_ domains: [Domain]) -> [Domain] {
        let byOrder = domains.sorted { left, right in
            let orders = (left.order ?? .max, right.order ?? .max)
            return orders.0 == orders.1 ? ExactText(left.name.text) < ExactText(right.name.text) : orders.0 < orders.1
        }
        var ordered: [Domain] = []
        var seen: Set<DomainUUID> = []
        func add(_ domain: Domain) {
            guard seen.insert(domain.uuid).inserted else { return }
            for server in byOrder where domain.servers.contains(where: { server.name.text.isExactly($0) }) {
                add(server)
            }
            ordered.append(domain)
        }
        for domain in byOrder { add(domain) }
        return ordered
    }
}
