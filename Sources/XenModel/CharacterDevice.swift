public import XenUnits

/// A serial or parallel port, a console or a channel. Source: `/domain/devices/serial`, `parallel`, `console`, `channel`.
package struct CharacterDevice: Hashable, Sendable {
    /// What the guest sees. The element's name, and `target`.
    package var kind: CharacterDeviceKind
    /// What it is connected to on the host. `@type` and `source`.
    package var backend: CharacterBackend
    package var handle: DeviceHandle

    /// A device of `kind` that is connected to `backend`.
    package init(kind: CharacterDeviceKind, backend: CharacterBackend, alias: DeviceAlias? = nil) {
        self.kind = kind
        self.backend = backend
        handle = DeviceHandle(alias: alias)
    }
}

extension CharacterDevice: DeviceModel {
    package static var classes: [DeviceClass] { [.serial, .parallel, .console, .channel] }
    package var asDevice: Device { .character(self) }
    package var deviceClass: DeviceClass { kind.deviceClass }
    /// A channel's name, else its port.
    package var familiarName: String { kind.description }
    package var uniquePlace: DevicePlace? { kind == .channel(name: nil) ? nil : .character(kind) }
}

/// What a guest sees of a character device.
public enum CharacterDeviceKind: Hashable, Sendable, CustomStringConvertible {
    /// `serial/target/@port`, counted from 0.
    case serial(port: UInt32)
    /// `parallel/target/@port`, counted from 0; kept, but libxl cannot express it.
    case parallel(port: UInt32)
    /// `console/target`.
    case console(ConsoleTarget)
    /// `channel/target[@type='xen']/@name`; libxl needs one.
    case channel(name: String?)

    public var deviceClass: DeviceClass {
        switch self {
        case .serial: .serial
        case .parallel: .parallel
        case .console: .console
        case .channel: .channel
        }
    }

    /// What a user who gave no alias knows the device by.
    public var description: String {
        switch self {
        case .serial(let port), .parallel(let port): "port \(port)"
        case .console(let target): "\(target.type.rawValue) \(target.port)"
        case .channel(let name): name ?? "channel"
        }
    }
}

/// What a guest sees of a console. Source: `/domain/devices/console/target`.
public struct ConsoleTarget: Hashable, Sendable {
    /// `@type`.
    public var type: ConsoleTargetType
    /// `@port`, counted from 0.
    public var port: UInt32

    /// The console `port` of `type`.
    public init(type: ConsoleTargetType, port: UInt32) {
        self.type = type
        self.port = port
    }
}

/// The kinds of console. Source: `/domain/devices/console/target/@type`.
public enum ConsoleTargetType: String, Hashable, Sendable, CaseIterable {
    /// Xen's own.
    case xen
    /// The serial port of the same number, shown a second time.
    case serial
}

/// What a character device is connected to on the host. Source: `@type` and `source` of the device.
package enum CharacterBackend: Hashable, Sendable {
    case null
    case stdio
    case vc
    /// A pseudo-terminal; `path` is what the host calls it while the guest runs. `source/@path`.
    case pty(path: String?)
    /// `source/@path`, and `@append`.
    case file(path: String, append: Bool?)
    /// `source/@path`.
    case pipe(path: String)
    /// A device of the host. `source/@path`.
    case device(path: String)
    case udp(UDPEndpoints)
    case tcp(TCPEndpoint)
    case unix(UnixEndpoint)

    /// The value of `@type`.
    package var kind: CharacterBackendKind {
        switch self {
        case .null: .null
        case .stdio: .stdio
        case .vc: .vc
        case .pty: .pty
        case .file: .file
        case .pipe: .pipe
        case .device: .dev
        case .udp: .udp
        case .tcp: .tcp
        case .unix: .unix
        }
    }
}

/// The kinds of backend that this driver knows. The raw value is libvirt's word. Source: `@type` of the device.
package enum CharacterBackendKind: String, Hashable, Sendable, CaseIterable {
    case null
    case stdio
    case vc
    case pty
    case file
    case pipe
    case dev
    case udp
    case tcp
    case unix
}

/// Both ends of a connection over UDP. Source: `source[@mode='connect']` and `source[@mode='bind']`.
package struct UDPEndpoints: Hashable, Sendable {
    package var connectHost: String?
    /// A port's number or name.
    package var connectService: String?
    package var bindHost: String?
    /// A port's number or name.
    package var bindService: String?

    /// A connection to the service of this name, and nothing else said.
    package init(connectService: String?) {
        self.connectService = connectService
    }
}

/// One end of a connection over TCP. Source: `source` and `protocol`.
package struct TCPEndpoint: Hashable, Sendable {
    /// Whether it waits to be called, else it calls. `source/@mode='bind'`.
    package var isListening: Bool
    /// `source/@host`.
    package var host: String
    /// A port's number or name. `source/@service`.
    package var service: String
    /// Whether it speaks telnet, else bytes as they are. `protocol/@type`.
    package var isTelnet: Bool

    /// The service at a host, to be called and sent bytes as they are.
    package init(host: String, service: String, isListening: Bool = false, isTelnet: Bool = false) {
        self.host = host
        self.service = service
        self.isListening = isListening
        self.isTelnet = isTelnet
    }
}

/// One end of a connection over a socket of the host. Source: `source`.
package struct UnixEndpoint: Hashable, Sendable {
    /// Whether it waits to be called, else it calls; nil is not said. `@mode`.
    package var isListening: Bool?
    /// Nil lets the driver choose. `@path`.
    package var path: String?

    /// The socket at `path`.
    package init(path: String?, isListening: Bool? = nil) {
        self.path = path
        self.isListening = isListening
    }
}

extension DomainDefinition {
    /// The serial ports of an hvm guest, by their numbers; without any, its first console is serial port 0, as it is in
    /// libvirt, whose documents once knew no other word for it.
    package var serialPorts: [CharacterDevice] {
        let ports = characterDevices(.serial).sorted { $0.serialPort < $1.serialPort }
        let hasOpaque = devices.contains { device in
            if case .opaque = device { device.deviceClass == .serial } else { false }
        }
        guard ports.isEmpty, !hasOpaque, let console = characterDevices(.console).first,
            case .console(let target) = console.kind, target.type == .serial
        else { return ports }
        return [console]
    }
}

extension CharacterDevice {
    /// Which serial port it is; 0 for what is none.
    package var serialPort: UInt32 {
        if case .serial(let port) = kind { port } else { 0 }
    }
}
