import LibxlAPI
import XenModel
public import XenUnits

/// A console of a running domain, and the terminal on which the host serves it.
public struct ConsoleLine: Hashable, Sendable {
    /// The domain's name.
    public var domain: String
    public var uuid: DomainUUID
    public var domid: DomainID
    /// The terminal.
    public var path: String
    /// Whether another toolstack made the domain.
    public var isForeign: Bool
    let port: ConsolePort
}

/// What has become of a console.
public enum ConsoleNews: Hashable, Sendable {
    /// It is where it was.
    case same
    /// It is on another terminal: of the domain's next run, or because it is served anew.
    case moved(ConsoleLine)
    /// The domain is being started anew, or has been and its console is not served yet.
    case comingBack
    /// The domain is gone.
    case gone
}

/// A program that has a terminal open.
public struct ConsoleUser: Hashable, Sendable {
    /// The program's name, as the kernel has it.
    public var name: String
    public var pid: Int32
}

extension [ConsoleUser] {
    /// All of them, for a sentence.
    package var list: String { map { "'\($0.name)' (process \($0.pid))" }.joined(separator: " and ") }
}

/// Which of a domain's consoles it is, by the node of xenstore that names its terminal. Source: libxl's
/// `libxl__console_tty_path`, `libxl_device_channel_getinfo`.
enum ConsolePort: Hashable, Sendable {
    /// Xen's own: 0 is the domain's first, which xenconsoled serves; channels are counted on from 1.
    case xen(UInt32)
    /// A serial port of QEMU's.
    case serial(UInt32)

    /// The node, below which `tty` has the path; relative to the domain's.
    private var node: String {
        switch self {
        case .xen(0): "console"
        case .xen(let number): "device/console/\(number)"
        case .serial(let number): "serial/\(number)"
        }
    }

    func node(in domid: DomainID) -> XenstorePath { XenstorePath("/local/domain/\(domid)/\(node)/tty") }

    /// What files are named after that are about it.
    var fileName: String {
        switch self {
        case .xen(let number): "console-\(number)"
        case .serial(let number): "serial-\(number)"
        }
    }
}

extension DomainDefinition {
    /// The console that is meant where none is named: an hvm guest's first serial port, if it has one, else Xen's own.
    /// Source: libxl's `libxl__primary_console_find`.
    var primaryConsole: ConsolePort {
        guard operatingSystem.guestType == .hvm, let port = serialPorts.first else { return .xen(0) }
        return .serial(port.serialPort)
    }

    /// The console, serial port or channel that `alias` names; nil if there is none.
    func console(named alias: String) -> (port: ConsolePort, backend: CharacterBackendKind)? {
        var channels: UInt32 = 0
        for device in devices {
            guard case .character(let character) = device else { continue }
            let port: ConsolePort?
            switch character.kind {
            case .serial(let number): port = operatingSystem.guestType == .hvm ? .serial(number) : nil
            case .console(let target) where target.type == .serial: port = .serial(target.port)
            // libxl is passed the first alone.
            case .console(let target): port = target.port == 0 ? .xen(0) : nil
            case .channel:
                channels += 1
                port = .xen(channels)
            case .parallel: port = nil
            }
            guard let port, let name = character.handle.alias?.description, name.isExactly(alias) else { continue }
            return (port, character.backend.kind)
        }
        return nil
    }
}
