import FoundationEssentials
import Glibc
import SystemPackage
import XenModel
import XenUnits

/// Which domains are started with the host: for each a link `NAME.xml` to its definition, as libvirt has them, and one file
/// for the order of those that have a number.
///
/// A link is never followed: its name says all.
extension StateStore {
    /// The names of the domains that are started with the host.
    func autostarted() throws(StateError) -> Set<ExactText> {
        var names: Set<ExactText> = []
        for entry in try FileSystem.list(autostart) where entry.isText && entry.name.hasSuffix(".xml") {
            if FileSystem.isLink(autostart.appending(entry.name)) { names.insert(ExactText(String(entry.name.dropLast(4)))) }
        }
        return names
    }

    /// Makes the link of a domain, or removes it.
    func setAutostart(_ name: DomainName, _ isOn: Bool) throws(StateError) {
        let link = autostart.appending("\(name).xml")
        guard isOn else { return try FileSystem.remove(link, synced: true) }
        try FileSystem.createDirectory(autostart, synced: true)
        try FileSystem.makeLink(link, to: "../domains/\(name).xml")
    }

    /// The numbers of the domains that have one, by their names.
    func autostartOrders() throws(StateError) -> [String: Int] {
        guard let bytes = try FileSystem.read(ordersFile, atMost: Self.largestOrders) else { return [:] }
        do {
            let orders = try JSONDecoder().decode(AutostartOrders.self, from: Data(bytes))
            guard orders.version <= AutostartOrders.current else {
                throw StateError(
                    .read, ordersFile, .newer(version: orders.version, known: AutostartOrders.current))
            }
            return orders.orders
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError(.read, ordersFile, .notOurs(Self.reason(error)))
        }
    }

    /// Gives a domain a number, or takes it away; for the holder of the host's lock.
    func setAutostartOrder(_ name: DomainName, _ order: Int?) throws(StateError) {
        var orders = try autostartOrders()
        guard orders[name.text] != order else { return }
        orders[name.text] = order
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(AutostartOrders(orders: orders))) } catch {
            throw StateError(.write, ordersFile, .notReadBack(Self.reason(error)))
        }
        try FileSystem.createDirectory(autostart, synced: true)
        let fresh = autostart.appending(".order.json.new")
        try FileSystem.write(bytes, to: fresh, synced: true)
        try FileSystem.rename(fresh, to: ordersFile, synced: true)
    }

    private var ordersFile: FilePath { autostart.appending("order.json") }

    private static let largestOrders = 16 << 20

    // MARK: Boots

    /// How far domains were last started with the host; nil if that was never begun.
    func autostartProgress() throws(StateError) -> AutostartProgress? {
        guard let bytes = try FileSystem.read(progressFile, atMost: Self.largestOrders) else { return nil }
        do {
            let progress = try JSONDecoder().decode(AutostartProgress.self, from: Data(bytes))
            guard progress.version <= AutostartProgress.current else {
                throw StateError(
                    .read, progressFile, .newer(version: progress.version, known: AutostartProgress.current))
            }
            return progress
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError(.read, progressFile, .notOurs(Self.reason(error)))
        }
    }

    /// Records how far that has come.
    func write(_ progress: AutostartProgress) throws(StateError) {
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(progress)) } catch {
            throw StateError(.write, progressFile, .notReadBack(Self.reason(error)))
        }
        try FileSystem.createDirectory(memory, synced: true)
        let fresh = memory.appending(".autostart.json.new")
        try FileSystem.write(bytes, to: fresh, synced: true)
        try FileSystem.rename(fresh, to: progressFile, synced: true)
    }

    private var progressFile: FilePath { memory.appending("autostart.json") }
}

/// How far domains were started with the host in a boot of its kernel: the content of `autostart.json`.
struct AutostartProgress: Hashable, Sendable, Codable {
    static let current = 1
    var version = Self.current
    /// What names the boot.
    var boot: String
    /// The domains that were started, or could not be.
    var done: Set<DomainUUID> = []
    /// Whether that is all.
    var isComplete = false

    init(boot: String) {
        self.boot = boot
    }
}

/// The content of `order.json`.
private struct AutostartOrders: Codable {
    static let current = 1
    var version = Self.current
    var orders: [String: Int]

    init(orders: [String: Int]) {
        self.orders = orders
    }
}
