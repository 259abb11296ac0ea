import LibxlAPI
import XenUnits

/// A kind of device of which libxl writes into xenstore more than it does of every device. Source: the
/// `libxl__set_xenstore_KIND` and `libxl__KIND_from_xenstore` of each kind, and the field names of xen/io/kbdif.h,
/// displif.h and sndif.h.
protocol RecordedDevice: LibxlDeviceStructure {
    /// For the backend, and for libxl's own record.
    var backendNodes: [String: String] { get }

    /// For the guest.
    var frontendNodes: [String: String] { get }

    /// The device that libxl's record at `record` is of, as libxl reads it; nil for a record that is not complete, and for
    /// a kind that libxl lists in another way, or not at all.
    init?(devid: DeviceID, record: String, in state: HostState)
}

extension RecordedDevice {
    var backendNodes: [String: String] { [:] }
    var frontendNodes: [String: String] { [:] }
}

extension LibxlDevice {
    var backendNodes: [String: String] { recorded?.backendNodes ?? [:] }

    var frontendNodes: [String: String] { recorded?.frontendNodes ?? [:] }

    private var recorded: (any RecordedDevice)? { structure as? any RecordedDevice }

    /// The device of a kind that libxl's record at `record` is of, as libxl reads it.
    init?(_ kind: Kind, _ devid: DeviceID, at record: String, in state: HostState) {
        guard let kind = kind.structure as? any RecordedDevice.Type,
            let device = kind.init(devid: devid, record: record, in: state)
        else { return nil }
        self = device.asDevice
    }
}

extension HostState {
    /// The two ends of the device whose record is at `record`; nil unless both are there.
    fileprivate func ends(of record: String) -> (backend: XenstoreBackendPath, frontend: String)? {
        guard let backend = read(record + "/backend").flatMap(XenstoreBackendPath.init),
            let frontend = read(record + "/frontend")
        else { return nil }
        return (backend, frontend)
    }
}

extension LibxlDeviceP9: RecordedDevice {
    var backendNodes: [String: String] { ["path": path, "security_model": securityModel] }
    var frontendNodes: [String: String] { ["tag": tag] }

    init?(devid: DeviceID, record: String, in state: HostState) { return nil }
}

extension LibxlDeviceVTPM: RecordedDevice {
    var backendNodes: [String: String] { ["handle": "\(devid)", "uuid": "\(uuid)", "resume": "False"] }
    var frontendNodes: [String: String] { ["handle": "\(devid)"] }

    init?(devid: DeviceID, record: String, in state: HostState) {
        guard let (backend, _) = state.ends(of: record) else { return nil }
        self.init(devid: devid)
        backendDomainID = backend.backendDomainID
        uuid = state.read(backend.path.text + "/uuid").flatMap(DomainUUID.init) ?? .zero
    }
}

extension LibxlDeviceUSBCtrl: RecordedDevice {
    var backendNodes: [String: String] {
        var nodes = ["type": type.rawValue, "usb-ver": "\(version)", "num-ports": "\(ports)", "port": ""]
        for port in stride(from: 1, through: ports, by: 1) { nodes["port/\(port)"] = "" }
        return nodes
    }

    init?(devid: DeviceID, record: String, in state: HostState) {
        guard let type = state.read(record + "/type").flatMap(USBControllerType.init(rawValue:)) else { return nil }
        self.init(devid: devid)
        self.type = type
        var home = record
        if type != .deviceModel {
            guard let backend = state.read(record + "/backend").flatMap(XenstoreBackendPath.init) else { return nil }
            backendDomainID = backend.backendDomainID
            home = backend.path.text
        }
        version = state.read(home + "/usb-ver").flatMap { Int32($0) } ?? -1
        ports = state.read(home + "/num-ports").flatMap { Int32($0) } ?? -1
    }
}

extension LibxlDeviceVKB: RecordedDevice {
    private static var flags: [(String, WritableKeyPath<Self, Bool>)] {
        [
            ("feature-disable-keyboard", \.disableKeyboard), ("feature-disable-pointer", \.disablePointer),
            ("feature-abs-pointer", \.absolutePointer), ("feature-raw-pointer", \.rawPointer),
            ("feature-multi-touch", \.multiTouch),
        ]
    }
    private static var touch: [(String, WritableKeyPath<Self, UInt32>)] {
        [
            ("multi-touch-width", \.multiTouchWidth), ("multi-touch-height", \.multiTouchHeight),
            ("multi-touch-num-contacts", \.multiTouchContacts),
        ]
    }
    private static var size: [(String, WritableKeyPath<Self, UInt32>)] {
        [
            ("width", \.width), ("height", \.height),
        ]
    }

    var backendNodes: [String: String] {
        var nodes: [String: String] = [:]
        nodes["unique-id"] = uniqueID
        for (name, path) in Self.flags where self[keyPath: path] { nodes[name] = "1" }
        if multiTouch { for (name, path) in Self.touch { nodes[name] = "\(self[keyPath: path])" } }
        for (name, path) in Self.size where self[keyPath: path] > 0 { nodes[name] = "\(self[keyPath: path])" }
        return nodes
    }

    init?(devid: DeviceID, record: String, in state: HostState) {
        guard let (end, _) = state.ends(of: record) else { return nil }
        self.init(devid: devid)
        backendDomainID = end.backendDomainID
        self.backend = end.kind == "vinput" ? .linux : .qemu
        let backend = end.path.text
        uniqueID = state.read(backend + "/unique-id")
        for (name, path) in Self.flags { self[keyPath: path] = state.read("\(backend)/\(name)") == "1" }
        for (name, path) in Self.touch + Self.size {
            self[keyPath: path] = state.read("\(backend)/\(name)").flatMap { UInt32($0) } ?? 0
        }
    }
}

extension LibxlDeviceVFB: RecordedDevice {
    init?(devid: DeviceID, record: String, in state: HostState) { return nil }

    var backendNodes: [String: String] {
        func bit(_ value: Bool?, _ standard: Bool = false) -> String { value ?? standard ? "1" : "0" }
        var nodes = [
            "vnc": bit(vnc.enable, true), "vnclisten": vnc.listen ?? "127.0.0.1", "vncdisplay": "\(vnc.display)",
            "vncunused": bit(vnc.findUnused, vnc.enable ?? true), "sdl": bit(sdl.enable), "opengl": bit(sdl.opengl),
        ]
        nodes["vncpasswd"] = vnc.password
        nodes["keymap"] = keymap
        nodes["xauthority"] = sdl.xauthority
        nodes["display"] = sdl.display
        return nodes
    }
}

extension LibxlDeviceVDispl: RecordedDevice {
    /// libxl reads neither the connectors nor who allocates the buffers.
    init?(devid: DeviceID, record: String, in state: HostState) {
        guard let (backend, _) = state.ends(of: record) else { return nil }
        self.init(devid: devid)
        backendDomainID = backend.backendDomainID
    }

    var frontendNodes: [String: String] {
        var nodes = ["be-alloc": backendAllocates ? "1" : "0"]
        for (index, connector) in connectors.enumerated() {
            nodes["\(index)/resolution"] = "\(connector.width)x\(connector.height)"
            nodes["\(index)/unique-id"] = connector.uniqueID
        }
        return nodes
    }
}

extension LibxlDeviceVSnd: RecordedDevice {
    var frontendNodes: [String: String] {
        var nodes = parameters.nodes(below: "")
        nodes["short-name"] = shortName
        nodes["long-name"] = longName
        for (number, pcm) in pcms.enumerated() {
            nodes["\(number)/name"] = pcm.name
            nodes.merge(pcm.parameters.nodes(below: "\(number)/")) { $1 }
            for (index, stream) in pcm.streams.enumerated() {
                nodes["\(number)/\(index)/unique-id"] = stream.uniqueID
                nodes["\(number)/\(index)/type"] = stream.type?.rawValue
                nodes.merge(stream.parameters.nodes(below: "\(number)/\(index)/")) { $1 }
            }
        }
        return nodes
    }

    init?(devid: DeviceID, record: String, in state: HostState) {
        guard let (backend, frontend) = state.ends(of: record) else { return nil }
        self.init(devid: devid)
        backendDomainID = backend.backendDomainID
        shortName = state.read(frontend + "/short-name")
        longName = state.read(frontend + "/long-name")
        parameters = LibxlVSndParams(at: frontend, in: state)
        while state.read("\(frontend)/\(pcms.count)") != nil {
            let path = "\(frontend)/\(pcms.count)"
            var pcm = LibxlVSndPCM()
            pcm.name = state.read(path + "/name")
            pcm.parameters = LibxlVSndParams(at: path, in: state)
            while state.read("\(path)/\(pcm.streams.count)") != nil {
                let place = "\(path)/\(pcm.streams.count)"
                var stream = LibxlVSndStream()
                stream.uniqueID = state.read(place + "/unique-id")
                stream.type = state.read(place + "/type").flatMap(SoundDirection.init(rawValue:))
                stream.parameters = LibxlVSndParams(at: place, in: state)
                pcm.streams.append(stream)
            }
            pcms.append(pcm)
        }
    }
}

extension LibxlVSndParams {
    private static var numbers: [(String, WritableKeyPath<Self, UInt32>)] {
        [
            ("channels-min", \.channelsMinimum), ("channels-max", \.channelsMaximum), ("buffer-size", \.bufferSize),
        ]
    }

    fileprivate func nodes(below path: String) -> [String: String] {
        var nodes: [String: String] = [:]
        if !sampleRates.isEmpty { nodes[path + "sample-rates"] = sampleRates.map(String.init).joined(separator: ",") }
        if !sampleFormats.isEmpty {
            nodes[path + "sample-formats"] = sampleFormats.map(\.rawValue).joined(separator: ",")
        }
        for (name, key) in Self.numbers where self[keyPath: key] > 0 { nodes[path + name] = "\(self[keyPath: key])" }
        return nodes
    }

    fileprivate init(at path: String, in state: HostState) {
        self.init()
        func list(_ name: String) -> [Substring] { (state.read("\(path)/\(name)") ?? "").split(separator: ",") }
        sampleRates = list("sample-rates").compactMap { UInt32($0) }
        sampleFormats = list("sample-formats").compactMap { LibxlVSndPCMFormat(rawValue: String($0)) }
        for (name, key) in Self.numbers {
            self[keyPath: key] = state.read("\(path)/\(name)").flatMap { UInt32($0) } ?? 0
        }
    }
}
