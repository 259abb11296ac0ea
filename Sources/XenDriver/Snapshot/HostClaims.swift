import LibxlAPI
import XenModel
import XenUnits

/// Something of the host that a running domain has for itself, or shares with those that agree to it.
struct HostClaim: Hashable {
    /// What it is. A disk has several, for a file can be named in many ways.
    var key: Key
    var use: Use
    /// What it is called: a disk's source, a port's number.
    var name: String
    /// The device of the domain that has it.
    var device: String

    /// What it is, as an error names it.
    var what: String {
        switch key {
        case .device: "the host's device \(name)"
        case .port: "the port \(name)"
        case .link: "the network device '\(name)'"
        case .path, .file, .image: "the disk '\(name)'"
        }
    }

    enum Key: Hashable {
        /// A PCI or USB device.
        case device(DevicePlace)
        /// A port of the host, for a display.
        case port(UInt16)
        /// The name of a network device of the host, byte for byte.
        case link([UInt8])
        /// A disk's source, byte for byte, in the domain of this name that serves it; nil is Domain-0.
        case path(servedBy: String?, [UInt8])
        case file(FileIdentity)
        /// An image that is served over the network.
        case image(String)
    }

    enum Use: Hashable {
        case alone
        case disk(isWritable: Bool, isShareable: Bool)
        /// A display that listens at this address; nil is the default, 127.0.0.1.
        case listener(address: String?)
    }

    /// Whether two devices, of domains that both run, cannot have what they both claim. `ofOneDomain`: a guest may have
    /// a disk a second time to read.
    func excludes(_ other: HostClaim, ofOneDomain: Bool = false) -> Bool {
        guard key == other.key else { return false }
        switch (use, other.use) {
        case (.disk(let writes, let shares), .disk(let othersWrite, let othersShare)):
            let isWritten = ofOneDomain ? writes && othersWrite : writes || othersWrite
            return isWritten && !(shares && othersShare)
        case (.listener(let address), .listener(let other)):
            let (address, other) = (Self.address(address), Self.address(other))
            return address == other || Self.everywhere.contains(address) || Self.everywhere.contains(other)
        default: return true
        }
    }

    private static let everywhere: Set<String> = ["0.0.0.0", "::", "*"]

    private static func address(_ text: String?) -> String {
        guard let text, !text.isEmpty, text != "localhost" else { return "127.0.0.1" }
        return text
    }
}

extension HostDeviceSource {
    /// What of the host a device has that is this one.
    func claims(title: String) -> [HostClaim] {
        guard let place else { return [] }
        return [HostClaim(key: .device(place), use: .alone, name: "\(self)", device: title)]
    }
}

extension String? {
    /// The name of a backend's domain; nil for Domain-0, however it is called.
    var servingDomain: String? { self == "Domain-0" || self == "0" ? nil : self }
}

extension HostClaim {
    /// What a disk has whose source is this text.
    static func disk(_ text: String, servedBy domain: String?, _ use: Use, _ device: String) -> [HostClaim] {
        func claim(_ key: Key) -> HostClaim { HostClaim(key: key, use: use, name: text, device: device) }
        if let image = NetworkDiskSource.image(text) { return [claim(.image(image))] }
        let path = plain(text)
        let spelling = claim(.path(servedBy: domain, Array(path.utf8)))
        guard domain == nil, let identity = FileSystem.identity(path) else { return [spelling] }
        return [spelling, claim(.file(identity))]
    }

    /// The path in its shortest spelling, without the words that old tools put before one.
    private static func plain(_ text: String) -> String {
        var path = text[...]
        while let word = ["phy:", "file:", "tap:", "tap2:", "aio:", "raw:"].first(where: { path.hasPrefix($0) }) {
            path = path.dropFirst(word.count)
        }
        // libxl looks for a device below /dev.
        var parts: [Substring] = path.hasPrefix("/") ? [] : ["dev"]
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension NetworkDiskSource {
    /// Which image it is: an rbd one by its pool and name, another one by each of the hosts that serve it.
    var images: [String] {
        let name = (name ?? "") + (snapshot.map { "@\($0)" } ?? "")
        guard networkProtocol != "rbd", !hosts.isEmpty else { return ["\(networkProtocol):\(name)"] }
        return hosts.map { host in
            let port = host.port.map(String.init) ?? Self.defaultPorts[networkProtocol] ?? ""
            return "\(networkProtocol)://\(host.name):\(port)/\(name)"
        }
    }

    private static let defaultPorts = ["nbd": "10809", "iscsi": "3260", "http": "80", "https": "443", "ssh": "22"]

    /// Which image a source names that is QEMU's word for one on the network, in the same form; nil for a path.
    fileprivate static func image(_ text: String) -> String? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let word = String(text[..<colon])
        let rest = text[text.index(after: colon)...]
        if word == "rbd" {
            // POOL/IMAGE@SNAPSHOT, then options, each after a colon.
            return "rbd:" + (rest.split(separator: ":", maxSplits: 1).first ?? "")
        }
        guard rest.hasPrefix("//") else {
            guard word == "nbd" else { return nil }
            // HOST:PORT:exportname=NAME
            let parts = rest.split(separator: ":", maxSplits: 2)
            let export = parts.dropFirst(2).first.map { $0.replacing("exportname=", with: "") } ?? ""
            return "nbd://\(parts.first ?? ""):\(parts.dropFirst().first ?? "")/\(export)"
        }
        let parts = rest.dropFirst(2).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var host = String(parts.first ?? "")
        if !host.contains(":"), let port = defaultPorts[word] { host += ":\(port)" }
        return "\(word)://\(host)/\(parts.dropFirst().first ?? "")"
    }
}

extension DomainDefinition {
    /// What two devices of the domain cannot both have of the host; nil if there is nothing.
    var claimedTwice: DriverError? {
        devices.claimedTwice(name.text, operatingSystem.guestType)
    }
}

extension [Device] {
    /// What of the host they need, or may need if the guest has emulated NICs.
    var claimKeys: Set<HostClaim.Key> { Set(flatMap { $0.claims(.hvm) }.map(\.key)) }

    /// What two of the devices of a domain cannot both have of the host; nil if there is nothing.
    func claimedTwice(_ domain: String, _ guestType: GuestType) -> DriverError? {
        var claims: [HostClaim.Key: [(position: Int, claim: HostClaim)]] = [:]
        for (position, device) in enumerated() {
            for claim in device.claims(guestType) {
                let earlier = claims[claim.key]?.first {
                    $0.position != position && $0.claim.excludes(claim, ofOneDomain: true)
                }
                if let earlier {
                    return .claimedTwice(
                        what: claim.what, by: claim.device, and: earlier.claim.device, domain: domain)
                }
                claims[claim.key, default: []].append((position, claim))
            }
            if case .graphics(let graphics) = device, let port = graphics.port, port == graphics.spice.tlsPort {
                return .claimedTwice(
                    what: "the port \(port)", by: device.title, and: "its own TLS port", domain: domain)
            }
        }
        return nil
    }
}

extension DomainStatus {
    /// The devices that the domain has, or is about to have.
    var takenDevices: [Device] {
        definition.value.devices + (change?.gains.map(\.target.device.value) ?? [])
    }

    /// What of the host the domain has, or is about to have.
    var claims: [HostClaim] {
        let guestType = definition.value.operatingSystem.guestType
        return takenDevices.flatMap { $0.claims(guestType) }
    }
}
