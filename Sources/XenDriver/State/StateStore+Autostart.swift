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
            if FileSystem.isLink(autostart.appending(entry.name)) {
                names.insert(ExactText(String(entry.name.dropLast(4))))
            }
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
        try read(AutostartOrders.self, from: ordersFile)?.orders ?? [:]
    }

    /// Gives a domain a number, or takes it away; for the holder of the host's lock.
    func setAutostartOrder(_ name: DomainName, _ order: Int?) throws(StateError) {
        var orders = try autostartOrders()
        guard orders[name.text] != order else { return }
        orders[name.text] = order
        try write(AutostartOrders(orders: orders), to: ordersFile)
    }

    private var ordersFile: FilePath { autostart.appending("order.json") }

    // MARK: Boots

    /// How far domains were last started with the host; nil if that was never begun.
    func autostartProgress() throws(StateError) -> AutostartProgress? {
        try read(AutostartProgress.self, from: progressFile)
    }

    /// Records how far that has come.
    func write(_ progress: AutostartProgress) throws(StateError) { try write(progress, to: progressFile) }

    private var progressFile: FilePath { memory.appending("autostart.json") }

    // MARK: -

    /// In bytes.
    private static let largestFile = 16 << 20

    /// The content of a file with a version; nil if there is none.
    private func read<Content: VersionedContent>(
        _ type: Content.Type, from path: FilePath
    ) throws(StateError) -> Content? {
        guard let bytes = try FileSystem.read(path, atMost: Self.largestFile) else { return nil }
        let content: Content
        do { content = try JSONDecoder().decode(type, from: Data(bytes)) } catch {
            throw StateError(.read, path, .notOurs(Self.reason(error)))
        }
        guard content.version <= type.current else {
            throw StateError(.read, path, .newer(version: content.version, known: type.current))
        }
        return content
    }

    private func write(_ content: some VersionedContent, to path: FilePath) throws(StateError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(content)) } catch {
            throw StateError(.write, path, .notReadBack(Self.reason(error)))
        }
        try FileSystem.createDirectory(path.removingLastComponent(), synced: true)
        try FileSystem.replace(path, with: bytes, synced: true)
    }
}

/// What a file with a schema version holds.
private protocol VersionedContent: Codable {
    /// The version that this program writes.
    static var current: Int { get }
    var version: Int { get }
}

extension AutostartProgress: VersionedContent {}

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
private struct AutostartOrders: VersionedContent {
    static let current = 1
    var version = Self.current
    var orders: [String: Int]

    init(orders: [String: Int]) {
        self.orders = orders
    }
}
