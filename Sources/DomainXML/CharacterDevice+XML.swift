import LibXML
import XenModel
import XenUnits

// `/domain/devices/serial`, `parallel`, `console`, `channel`.
extension CharacterDevice: DeviceElement {
    /// Reads a complete device, as number 0 of its class if it has none; nil if Xen cannot express its type or target.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> CharacterDevice? {
        let deviceClass = Device.deviceClass(of: reader.element)
        guard let type = try backendKind(reader), let kind = try kind(reader, deviceClass) else { return nil }
        // The path of the pseudo-terminal once more, for programs of old.
        if deviceClass == .console, type == .pty { _ = reader.attribute("tty") }
        guard let backend = try CharacterBackend.read(type, in: reader) else { return nil }
        return CharacterDevice(kind: kind, backend: backend)
    }

    private static func backendKind(_ reader: ElementReader) throws(DomainXMLError) -> CharacterBackendKind? {
        // libvirt's default.
        try reader.wordUnlessForeign(
            "type", foreign: ["spicevmc", "spiceport", "nmdm", "qemu-vdagent", "dbus"], default: .pty)
    }

    /// Reads what the guest sees; nil if Xen cannot express it.
    private static func kind(
        _ reader: ElementReader, _ deviceClass: DeviceClass?
    ) throws(DomainXMLError) -> CharacterDeviceKind? {
        switch deviceClass {
        case .parallel:
            .parallel(
                port: try reader.child("target") { reader throws(DomainXMLError) in
                    try reader.port() ?? 0
                } ?? 0)
        case .console: try ConsoleTarget.read(reader).map(CharacterDeviceKind.console)
        case .channel: try channel(reader)
        default: try serial(reader)
        }
    }

    private static func serial(_ reader: ElementReader) throws(DomainXMLError) -> CharacterDeviceKind? {
        let target = reader.element.children.first { $0.name == "target" }
        // The model that every serial port of Xen's is.
        guard (target?.attribute("type") ?? isaSerial) == isaSerial else { return nil }
        let port = try reader.child("target") { reader throws(DomainXMLError) in
            reader.ignore("type", isaSerial)
            try reader.ignore(child: "model", "name", isaSerial)
            return try reader.port()
        }
        return .serial(port: (port ?? nil) ?? 0)
    }

    private static let isaSerial = "isa-serial"

    private static func channel(_ reader: ElementReader) throws(DomainXMLError) -> CharacterDeviceKind? {
        guard let target = reader.element.children.first(where: { $0.name == "target" }) else {
            throw reader.error(.missing("target"))
        }
        guard !["virtio", "guestfwd", "none"].contains(target.attribute("type")) else { return nil }
        let name = try reader.child("target") { reader throws(DomainXMLError) in
            _ = try reader.requiredWord("type", of: ChannelTarget.self)
            return try reader.plainAttribute("name")
        }
        return .channel(name: name ?? nil)
    }

    /// The numbers that a port can have.
    static let ports = 0...UInt32(Int32.max)

    var bareElement: XMLElement {
        var element = XMLElement(kind.deviceClass.rawValue)
        element.set("type", backend.kind.rawValue)
        if case .console = kind, case .pty(let path) = backend { element.set("tty", path) }
        backend.add(to: &element)
        switch kind {
        case .serial(let port), .parallel(let port): element.add("target", ["port": "\(port)"])
        case .console(let target): element.add("target", ["type": target.type.rawValue, "port": "\(target.port)"])
        case .channel(let name): element.add("target", ["type": ChannelTarget.xen.rawValue, "name": name])
        }
        return element
    }

    /// `channel/target/@type`.
    private enum ChannelTarget: String, CaseIterable {
        case xen
    }
}

extension ConsoleTarget {
    /// Reads the target of a console; nil if Xen cannot express its type.
    fileprivate static func read(_ device: ElementReader) throws(DomainXMLError) -> ConsoleTarget? {
        // libvirt's default.
        let usual: ConsoleTargetType = device.document.guestType == .hvm ? .serial : .xen
        let target = device.element.children.first { $0.name == "target" }
        let foreign = ["virtio", "sclp", "sclplm", "lxc", "openvz", "uml", "none"]
        guard !foreign.contains(target?.attribute("type") ?? "") else { return nil }
        return try device.child("target") { reader throws(DomainXMLError) in
            ConsoleTarget(
                type: try reader.word("type") ?? usual,
                port: try reader.port() ?? 0)
        } ?? ConsoleTarget(type: usual, port: 0)
    }
}

extension ElementReader {
    /// `target/@port` of a character device; nil if it is not there or is -1, which lets the reader choose.
    func port() throws(DomainXMLError) -> UInt32? {
        guard let text = attribute("port"), text != "-1" else { return nil }
        return try anyNumber("port", in: CharacterDevice.ports)
    }
}

extension XMLElement {
    /// Whether it is the target of a character device and says a port.
    var saysPort: Bool { name == "target" && !["", "-1", nil].contains(attribute("port")) }
}
