public import XenUnits

/// A console of a guest's own name, for talk between it and the host; only from its start. Source: `libxl_device_channel`.
public struct LibxlDeviceChannel: Hashable, Sendable {
    /// Who serves it. `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// What the guest finds it by.
    public var name: String
    public var connection: Connection

    /// The host's end. Source: `libxl_channel_connection`.
    public enum Connection: Hashable, Sendable {
        /// A terminal, whose path libxl tells.
        case pty
        /// A Unix socket that is listened on.
        case socket(path: String)
    }

    /// One that Domain-0 serves.
    public init(devid: DeviceID, name: String, connection: Connection) {
        self.devid = devid
        self.name = name
        self.connection = connection
    }
}

extension LibxlDeviceChannel: LibxlConfigElement {
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.channels }
    public static var listName: String { "channels" }
}

extension LibxlDeviceChannel: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid, name
        case pty = "connection.pty"
        case socket = "connection.socket"
    }

    enum SocketKeys: String, CodingKey {
        case path
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        name = try values.decode(String.self, forKey: .name)
        if values.contains(.pty) {
            connection = .pty
        } else {
            let socket = try values.nestedContainer(keyedBy: SocketKeys.self, forKey: .socket)
            connection = .socket(path: try socket.decode(String.self, forKey: .path))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encode(name, forKey: .name)
        switch connection {
        case .pty: _ = values.nestedContainer(keyedBy: SocketKeys.self, forKey: .pty)
        case .socket(let path):
            var socket = values.nestedContainer(keyedBy: SocketKeys.self, forKey: .socket)
            try socket.encode(path, forKey: .path)
        }
    }
}
