import LibXML
import XenModel
import XenUnits

// `/domain/devices/disk/source`.
extension DiskSource {
    /// Reads the source of a disk of type `kind`; an empty one where there is none.
    static func read(_ kind: DiskSourceKind, in disk: ElementReader) throws(DomainXMLError) -> DiskSource {
        guard kind == .network else {
            let path = try disk.child("source") { reader throws(DomainXMLError) in
                try reader.plainAttribute(kind.sourceAttribute)
            }
            return DiskSource(kind: kind, path: path ?? nil)
        }
        let network = try disk.child("source", NetworkDiskSource.read)
        // Where libvirt had it at first.
        let authentication = try disk.child("auth", NetworkDiskSource.readAuthentication)
        guard var network else { return DiskSource(kind: kind, path: nil) }
        if let authentication {
            network.user = authentication.user
            network.secret = authentication.secret
        }
        return DiskSource(network: network)
    }

    /// Whether the source of `disk` is reached otherwise than over TCP, which libxl cannot express.
    static func isForeign(_ disk: ElementReader) -> Bool {
        disk.element.children.filter { $0.name == "source" }.flatMap(\.children).contains { host in
            host.name == "host" && !["tcp", "", nil].contains(host.attribute("transport"))
        }
    }

    /// Whether there is nothing, as in a drive without a medium.
    var isEmpty: Bool { path == nil && network == nil }

    /// Nil for an empty one.
    var element: XMLElement? {
        if let network { return network.element }
        guard let path else { return nil }
        var source = XMLElement("source")
        source.set(kind.sourceAttribute, path)
        return source
    }
}

extension NetworkDiskSource {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> NetworkDiskSource {
        var source = NetworkDiskSource(
            networkProtocol: try reader.requiredWord("protocol", of: protocols), name: try reader.plainAttribute("name")
        )
        source.hosts = try reader.children("host") { reader throws(DomainXMLError) in
            reader.ignore("transport", "tcp")
            let port = try reader.number(attribute: "port", in: 0...UInt16.max)
            return NetworkDiskHost(name: try reader.requiredPlain("name"), port: port == 0 ? nil : port)
        }
        source.snapshot = try reader.plain(child: "snapshot", attribute: "name")
        source.configurationFile = try reader.plain(child: "config", attribute: "file")
        if let authentication = try reader.child("auth", readAuthentication) {
            source.user = authentication.user
            source.secret = authentication.secret
        }
        return source
    }

    fileprivate static func readAuthentication(
        _ reader: ElementReader
    ) throws(DomainXMLError) -> (user: String, secret: NetworkDiskSecret?) {
        let secret = try reader.child("secret") { reader throws(DomainXMLError) -> NetworkDiskSecret in
            _ = try reader.word("type", of: ["ceph", "iscsi"])
            if let usage = try reader.plainAttribute("usage") { return .usage(usage) }
            let text = try reader.required("uuid")
            guard let uuid = DomainUUID(text) else { throw reader.error(.badUUID(text), at: "@uuid") }
            return .uuid(uuid)
        }
        return (try reader.requiredPlain("username"), secret)
    }

    /// What libvirt knows; libxl has a word for rbd alone.
    private static let protocols = [
        "rbd", "nbd", "sheepdog", "gluster", "iscsi", "http", "https", "ftp", "ftps", "tftp", "ssh", "nfs", "vxhs",
    ]

    fileprivate var element: XMLElement {
        var source = XMLElement("source")
        source.set("protocol", networkProtocol)
        source.set("name", name)
        for host in hosts { source.add("host", ["name": host.name, "port": host.port?.description]) }
        source.add("snapshot", only: "name", snapshot)
        source.add("config", only: "file", configurationFile)
        if let user {
            var authentication = XMLElement("auth")
            authentication.set("username", user)
            let type = networkProtocol == "rbd" ? "ceph" : "iscsi"
            switch secret {
            case nil: break
            case .uuid(let uuid): authentication.add("secret", ["type": type, "uuid": uuid.description])
            case .usage(let usage): authentication.add("secret", ["type": type, "usage": usage])
            }
            source.add(authentication)
        }
        return source
    }
}

extension DiskSourceKind {
    /// The attribute of `source` that says where the bytes are.
    var sourceAttribute: String {
        switch self {
        case .file: "file"
        case .block: "dev"
        case .network: "protocol"
        }
    }
}
