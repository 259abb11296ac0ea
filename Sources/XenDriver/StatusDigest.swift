import XenModel
import XenUnits

/// What others have to know of a running domain, so that its status need not be read: what of the host it has.
///
/// It is a line of the index of statuses. What it tells of is looked up in the status.
struct StatusDigest: Sendable {
    let uuid: DomainUUID
    /// nil while the domain is being made.
    var domid: DomainID?
    var isForeign = false
    /// The ports of its displays.
    var ports: Set<UInt16> = []
    /// The disks and NICs that it has in Xen.
    var devices: XenDevices
    /// What of the host it has, or is about to have.
    let claims: ClaimHashes

    init(_ status: DomainStatus) {
        uuid = status.uuid
        domid = status.domid
        isForeign = status.isForeign == true
        ports = Holder(name: "", devices: status.takenDevices).ports
        devices = XenDevices(status.bindings.map(\.identity))
        claims = ClaimHashes(Set(status.takenDevices.flatMap { $0.claims(.hvm) }.map(\.key)))
    }

    /// What a line of the index says: a digest, or that the status cannot be believed.
    struct Row: Sendable {
        let uuid: DomainUUID
        /// The text of what tells the file's content from a later one.
        let stamp: ArraySlice<UInt8>
        /// nil where the status cannot be believed.
        var digest: StatusDigest?
    }

    /// The file of a domain's status.
    static func file(_ uuid: DomainUUID) -> String { "\(uuid).json" }

    /// The form of the index that this program writes; another one is none.
    static let title = "xenkeeper statuses 1"
}

extension StatusDigest.Row {
    init(uuid: DomainUUID, stamp: FileStamp, digest: StatusDigest? = nil) {
        self.init(uuid: uuid, stamp: Array(stamp.text.utf8)[...], digest: digest)
    }

    /// Whether it is of the content that a stamp tells from others.
    func isOf(_ stamp: FileStamp?) -> Bool { stamp.map { self.stamp.elementsEqual($0.text.utf8) } ?? false }

    /// Its words: file, stamp, whose it is, domid, ports, devices, claims.
    var line: [UInt8] {
        var words = ["/" + StatusDigest.file(uuid), String(decoding: stamp, as: UTF8.self)]
        if let digest {
            words += [
                digest.isForeign ? "foreign" : "own", digest.domid.map(\.description) ?? "\(IndexLine.none)",
                digest.ports.sorted().map(\.description).joined(separator: " "), digest.devices.text,
                digest.claims.text,
            ]
        } else {
            words += ["\(IndexLine.none)", "", "", "", ""]
        }
        return IndexLine.bytes(words)
    }

    init?(line: ArraySlice<UInt8>) {
        let words = line.words
        guard words.count == 7, words[0].first == UInt8(ascii: "/"),
            let uuid = words[0].dropFirst().prefix(DomainUUID.textLength).withUnsafeBytes({ DomainUUID(canonical: $0) })
        else { return nil }
        self.init(uuid: uuid, stamp: words[1])
        guard !words[2].isExactly(IndexLine.none) else { return }
        guard let digest = StatusDigest(uuid, words[2...]) else { return nil }
        self.digest = digest
    }
}

extension StatusDigest {
    fileprivate init?(_ uuid: DomainUUID, _ words: ArraySlice<ArraySlice<UInt8>>) {
        let words = Array(words)
        self.uuid = uuid
        isForeign = !words[0].isExactly("own")
        if !words[1].isExactly(IndexLine.none) {
            guard let number = words[1].number32 else { return nil }
            domid = DomainID(rawValue: number)
        }
        if !words[2].isEmpty {
            for word in words[2].split(separator: UInt8(ascii: " ")) {
                guard let port = word.number.flatMap(UInt16.init(exactly:)) else { return nil }
                ports.insert(port)
            }
        }
        devices = XenDevices(text: words[3])
        claims = ClaimHashes(text: words[4])
    }
}

/// The disks and NICs of a domain in Xen, as a text that is the same for the same ones.
struct XenDevices: Equatable, Sendable {
    private let bytes: ArraySlice<UInt8>

    init(_ identities: some Sequence<DeviceIdentity>) {
        let words = identities.compactMap { identity -> String? in
            switch identity {
            case .nic(let devid): "vif/\(devid.rawValue)"
            case .disk(let vdev): "vbd/\(vdev.rawValue)"
            default: nil
            }
        }
        bytes = Array(words.sorted().joined(separator: " ").utf8)[...]
    }

    /// Takes the text form as it is.
    init(text: ArraySlice<UInt8>) {
        bytes = text
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Each by its class and number below `/libxl/DOMID/device`.
    var words: Set<Substring> { Set(text.split(separator: " ")) }

    static func == (left: XenDevices, right: XenDevices) -> Bool { left.bytes.isExactly(right.bytes) }
}

/// What tells things of the host from others in a line of an index: two have the same hash so seldom that whoever finds one
/// looks at what it is of.
struct ClaimHashes: Sendable {
    private let bytes: ArraySlice<UInt8>

    /// How many digits each hash has.
    private static let length = 16

    init(_ keys: Set<HostClaim.Key>) {
        bytes = Array(keys.map(\.hash).sorted().joined().utf8)[...]
    }

    /// Takes the text form as it is.
    init(text: ArraySlice<UInt8>) {
        bytes = text
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether something may be in both.
    func mayMeet(_ other: ClaimHashes) -> Bool {
        func places(_ hashes: ClaimHashes) -> StrideTo<Int> {
            stride(from: hashes.bytes.startIndex, to: hashes.bytes.endIndex, by: Self.length)
        }
        return places(self).contains { mine in
            let hash = bytes[mine...].prefix(Self.length)
            return places(other).contains { other.bytes[$0...].prefix(Self.length).isExactly(hash) }
        }
    }
}

extension HostClaim.Key {
    /// Sixteen digits.
    fileprivate var hash: String {
        var hash = FNV()
        for byte in text.utf8 { hash.add(byte) }
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The key as a text that no other has.
    private var text: String {
        func escaped(_ bytes: [UInt8]) -> String { IndexLine.escaped(bytes) }
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
