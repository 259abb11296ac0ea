import XenModel
import XenUnits

/// What others have to know of a running domain, so that its status need not be read: what of the host it has.
///
/// It stands in a file of its own and counts only for the very status file that it names. What it tells of is looked up in
/// the status.
struct StatusDigest: Sendable {
    /// nil while the domain is being made.
    var domid: DomainID?
    var isForeign = false
    /// The ports of its displays.
    var ports: Set<UInt16> = []
    /// The disks and NICs that it has in Xen.
    var identities: Set<DeviceIdentity> = []
    private var claims: Set<[UInt8]> = []

    /// The form of the file that this program writes; another one is none.
    private static let title = "xenkeeper digest 1 "
    private static let end = "end"

    init(_ status: DomainStatus) {
        domid = status.domid
        isForeign = status.isForeign == true
        ports = Holder(name: "", devices: status.takenDevices).ports
        identities = Set(
            status.bindings.map(\.identity).filter { identity in
                switch identity {
                case .nic, .disk: true
                default: false
                }
            })
        claims = Set(status.takenDevices.flatMap { $0.claims(.hvm) }.map { Array($0.key.text.utf8) })
    }

    /// Whether the domain has, or is about to have, anything of `keys`.
    func has(_ keys: Set<HostClaim.Key>) -> Bool {
        keys.contains { claims.contains(Array($0.text.utf8)) }
    }

    // MARK: The file

    /// The file of the digest of the status that `stamp` tells from others.
    func file(_ stamp: FileStamp) -> [UInt8] {
        var words = [domid.map(\.description) ?? "-", isForeign ? "foreign" : "own"]
        words += ports.sorted().map { "port=\($0)" }
        for identity in identities.sorted(by: { ($0.xenstoreKind, $0.devid) < ($1.xenstoreKind, $1.devid) }) {
            switch identity {
            case .nic(let devid): words.append("vif=\(devid.rawValue)")
            case .disk(let vdev): words.append("vbd=\(vdev.rawValue)")
            default: break
            }
        }
        let lines = [Self.title + Self.text(stamp), words.joined(separator: " ")]
        return Array(lines.joined(separator: "\n").utf8) + [0x0a]
            + claims.map { String(decoding: $0, as: UTF8.self) }.sorted().flatMap { Array($0.utf8) + [0x0a] }
            + Array(Self.end.utf8)
    }

    /// Reads the file of a digest; nil for what is none of this version, or of another status than `stamp` tells of.
    init?(file: [UInt8], of stamp: FileStamp) {
        let lines = file.split(separator: 0x0a)
        guard lines.count >= 3, lines[0].elementsEqual((Self.title + Self.text(stamp)).utf8),
            lines[lines.count - 1].elementsEqual(Self.end.utf8)
        else { return nil }
        let words = String(decoding: lines[1], as: UTF8.self).split(separator: " ")
        guard words.count >= 2 else { return nil }
        if words[0] != "-" {
            guard let number = UInt32(words[0]) else { return nil }
            domid = DomainID(rawValue: number)
        }
        isForeign = words[1] != "own"
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let number = Int32(parts[1]) else { return nil }
            switch parts[0] {
            case "port":
                guard let port = UInt16(exactly: number) else { return nil }
                ports.insert(port)
            case "vif": identities.insert(.nic(devid: DeviceID(rawValue: number)))
            case "vbd": identities.insert(.disk(vdev: BlockDeviceNumber(rawValue: number)))
            default: return nil
            }
        }
        claims = Set(lines[2..<(lines.count - 1)].map(Array.init))
    }

    private static func text(_ stamp: FileStamp) -> String { "\(stamp.number) \(stamp.size) \(stamp.time)" }
}

extension HostClaim.Key {
    /// The key as a text that no other has, in one line.
    fileprivate var text: String {
        func escaped(_ bytes: [UInt8]) -> String { DefinitionIndex.Row.escaped(bytes) }
        switch self {
        case .device(let place): return "device " + escaped(Array("\(place)".utf8))
        case .port(let port): return "port \(port)"
        case .link(let name): return "link " + escaped(name)
        case .path(let server, let path):
            return "path " + (server.map { escaped(Array($0.utf8)) } ?? "") + " " + escaped(path)
        case .file(.file(let device, let number)): return "file \(device) \(number)"
        case .file(.blockDevice(let device)): return "block \(device)"
        case .image(let name): return "image " + escaped(Array(name.utf8))
        }
    }
}
