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
    func autostarted() throws(StateError) -> Set<String> {
        var names: Set<String> = []
        for entry in try FileSystem.list(autostart) where entry.isText && entry.name.hasSuffix(".xml") {
            if FileSystem.isLink(autostart.appending(entry.name)) { names.insert(String(entry.name.dropLast(4))) }
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

    /// The boot of the kernel in which domains were last started with the host; nil for none.
    func lastAutostart() throws(StateError) -> String? {
        try FileSystem.read(autostartedFile, atMost: 4096).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        }
    }

    /// Records that boot.
    func setLastAutostart(_ boot: String) throws(StateError) {
        try FileSystem.createDirectory(memory, synced: true)
        let fresh = memory.appending(".autostarted.new")
        try FileSystem.write(Array("\(boot)\n".utf8), to: fresh, synced: true)
        try FileSystem.rename(fresh, to: autostartedFile, synced: true)
    }

    private var autostartedFile: FilePath { memory.appending("autostarted") }
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
