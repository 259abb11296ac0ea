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
        claims = ClaimHashes(status.takenDevices.claimKeys)
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

/// The digests of all statuses.
struct StatusDigests: Sendable {
    /// In order of UUID.
    let rows: [StatusDigest.Row]

    init(_ rows: [StatusDigest.Row]) {
        self.rows = rows.sorted { $0.uuid < $1.uuid }
    }

    /// Where the row of a domain is; nil if it has no status.
    func place(of uuid: DomainUUID) -> Int? {
        let place = rows.firstPlace { $0.uuid >= uuid }
        return place < rows.count && rows[place].uuid == uuid ? place : nil
    }
}

extension StatusDigest.Row {
    init(uuid: DomainUUID, stamp: FileStamp, digest: StatusDigest? = nil) {
        self.init(uuid: uuid, stamp: Array(stamp.text.utf8)[...], digest: digest)
    }

    /// Whether the domain has nothing of these, as far as its status is to be believed.
    func hasNothing(of wanted: ClaimHashes) -> Bool { digest.map { !$0.claims.mayMeet(wanted) } ?? false }

    /// Whether it says what the domain `domid`, which has its UUID, has: not of another toolstack's, or of an earlier
    /// one.
    func isOurs(_ domid: DomainID) -> Bool {
        guard let digest, !digest.isForeign else { return false }
        return digest.domid == nil || digest.domid == domid
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
        var words = LineWords(line)
        guard let file = words.next(), file.first == UInt8(ascii: "/"), file.count > DomainUUID.textLength,
            let uuid = file.dropFirst().withUnsafeBytes({
                DomainUUID(canonical: UnsafeRawBufferPointer(rebasing: $0[..<DomainUUID.textLength]))
            }), let stamp = words.next()
        else { return nil }
        self.init(uuid: uuid, stamp: stamp)
        if words.takeNone() {
            for _ in 0..<4 { guard words.next() != nil else { return nil } }
            guard words.next() == nil else { return nil }
            return
        }
        guard let whose = words.next() else { return nil }
        var domid: DomainID?
        if !words.takeNone() {
            guard let number = words.takeNumber32() else { return nil }
            domid = DomainID(rawValue: number)
        }
        guard let ports = words.next(), let devices = words.next(), let claims = words.next(), words.next() == nil
        else {
            return nil
        }
        var digest = StatusDigest(
            uuid: uuid, domid: domid, isForeign: !whose.isExactly("own"), devices: XenDevices(text: devices),
            claims: ClaimHashes(text: claims))
        if !ports.isEmpty {
            for word in ports.split(separator: UInt8(ascii: " ")) {
                guard let port = word.number.flatMap(UInt16.init(exactly:)) else { return nil }
                digest.ports.insert(port)
            }
        }
        self.digest = digest
    }
}

extension StatusDigest {
    fileprivate init(
        uuid: DomainUUID, domid: DomainID?, isForeign: Bool, devices: XenDevices, claims: ClaimHashes
    ) {
        self.uuid = uuid
        self.domid = domid
        self.isForeign = isForeign
        self.devices = devices
        self.claims = claims
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

/// What tells things of the host from others in a line of an index: two have the same hash so seldom that whoever finds
/// one looks at what it is of.
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

    /// Whether something may be in both, each of which is in order.
    func mayMeet(_ other: ClaimHashes) -> Bool {
        bytes.withUnsafeBytes { mine in
            other.bytes.withUnsafeBytes { theirs in
                func hash(_ text: UnsafeRawBufferPointer, _ place: Int) -> (UInt64, UInt64)? {
                    guard place + Self.length <= text.count else { return nil }
                    func half(_ place: Int) -> UInt64 {
                        UInt64(bigEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    }
                    return (half(place), half(place + 8))
                }
                var (place, othersPlace) = (0, 0)
                while let one = hash(mine, place), let another = hash(theirs, othersPlace) {
                    if one == another { return true }
                    if one < another { place += Self.length } else { othersPlace += Self.length }
                }
                return false
            }
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
