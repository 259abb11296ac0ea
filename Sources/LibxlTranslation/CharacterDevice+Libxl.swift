package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDomainBuildInfo {
    /// As many as QEMU has.
    private static let mostSerialPorts: UInt32 = 4

    /// Where an hvm guest's serial ports go; libxl has one member for one, another for several.
    mutating func setSerialPorts(_ definition: DomainDefinition, _ obstacles: inout Obstacles) {
        var passed: [String] = []
        for port in definition.serialPorts {
            // QEMU numbers them as they stand.
            while passed.count < min(port.serialPort, Self.mostSerialPorts) { passed.append("none") }
            if let text = obstacles.noting({ () throws(Untranslatable) in try port.qemuText() }) { passed.append(text) }
        }
        if passed.count == 1 {
            hvm.serial = passed[0]
        } else {
            hvm.serialList = passed
        }
    }
}

extension LibxlDeviceChannel {
    /// What libxl is given for a channel of the domain `domain`; a socket without a path lies in the context's directory.
    ///
    /// Source: `/domain/devices/channel`.
    package init(
        _ channel: CharacterDevice, devid: DeviceID, domain: DomainName,
        context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        guard case .channel(let name?) = channel.kind, !name.isEmpty else {
            throw channel.untranslatable("target/@name", .channelNameMissing)
        }
        let connection: Connection
        switch channel.backend {
        case .pty: connection = .pty
        case .unix(let socket):
            if socket.isListening == false { throw channel.untranslatable("source/@mode", .connectingChannel) }
            connection = .socket(path: socket.path ?? "\(context.channelDirectory)/\(domain.text)-\(name)")
        case .null, .stdio, .vc, .file, .pipe, .device, .udp, .tcp:
            throw channel.untranslatable("@type", .unsupported(.channelSource, channel.backend.kind.rawValue))
        }
        self.init(devid: devid, name: name, connection: connection)
    }
}

extension CharacterDevice: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<CharacterDevice>()
        return [
            of.always("@type") {
                $0.backend = $0.backend.kind == .pty ? .unix(UnixEndpoint(path: "/")) : .pty(path: nil)
            },
            of.when("target/@name", { $0.channelName != nil }) {
                $0.kind = .channel(name: "\($0.channelName ?? "")x")
            },
        ]
    }

    private var channelName: String? { if case .channel(let name) = kind { name } else { nil } }

    var numberedList: String? { deviceClass == .channel ? LibxlDeviceChannel.listName : nil }

    /// A channel; ports and consoles are passed together, and a parallel port cannot be passed to libxl.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        switch kind {
        case .channel:
            return PassedDevice(
                try LibxlDeviceChannel(self, devid: devid, domain: guest.name, context: guest.context))
        case .parallel:
            throw Untranslatable(
                path: "/domain/devices/parallel", device: familiarName, reason: .unsupportedDevice(.parallel))
        case .serial, .console: return nil
        }
    }

    var group: TranslationReport.Group? { deviceClass == .channel ? nil : .serial }

    fileprivate func untranslatable(_ part: String, _ reason: Untranslatable.Reason) -> Untranslatable {
        Untranslatable(
            path: "/domain/devices/\(kind.deviceClass.rawValue)/\(part)", device: familiarName, reason: reason)
    }

    /// The host's end in the words of QEMU's `-serial`.
    fileprivate func qemuText() throws(Untranslatable) -> String {
        switch backend {
        case .null, .stdio, .vc, .pty: return backend.kind.rawValue
        case .file(let path, _): return "file:\(path)"
        case .pipe(let path): return "pipe:\(path)"
        case .device(let path): return path
        case .udp(let ends):
            func host(_ text: String?) -> String { text.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "" }
            return "udp:\(host(ends.connectHost)):\(ends.connectService ?? "0")"
                + "@\(host(ends.bindHost)):\(ends.bindService ?? "0")"
        case .tcp(let end):
            let host = end.host.contains(":") ? "[\(end.host)]" : end.host
            return "\(end.isTelnet ? "telnet" : "tcp"):\(host):\(end.service)"
                + (end.isListening ? ",server,nowait" : "")
        case .unix(let end):
            guard let path = end.path else { throw untranslatable("source/@path", .pathMissing) }
            return "unix:\(path)" + (end.isListening == true ? ",server,nowait" : "")
        }
    }

    /// What of it has no effect on a guest that it is for.
    var translationNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ part: String, _ reason: TranslationNotice.Reason) {
            notices.append(
                TranslationNotice(
                    path: "/domain/devices/\(kind.deviceClass.rawValue)\(part)", device: familiarName, reason: reason))
        }
        switch kind {
        case .serial:
            if case .file(_, append: true?) = backend { note("/source/@append", .unknownToXen) }
        case .console(let target):
            guard target.type == .xen else { break }
            if target.port > 0 { note("", .onlyTheFirst) }
            if case .pty = backend { break }
            note("/@type", .always("the console is a pty"))
        case .parallel, .channel: break
        }
        return notices
    }
}
