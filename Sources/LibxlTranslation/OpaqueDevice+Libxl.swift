import XenModel
import XenUnits

extension OpaqueDevice: TranslatedDevice {
    static var probes: [DeviceProbe] { [] }

    /// Nothing. Refused is what a guest that was to have it cannot do without, which is what libvirt's driver refuses.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        guard let (part, reason) = refusal else { return nil }
        throw Untranslatable(
            path: "/domain/devices/\(deviceClass.rawValue)\(part)", device: familiarName,
            reason: reason)
    }

    private var refusal: (part: String, reason: Untranslatable.Reason)? {
        let type = element.attribute("type") ?? ""
        switch deviceClass {
        case .interface: return ("/@type", .unsupported(.interfaceType, type))
        case .graphics: return ("/@type", .unsupported(.graphicsType, type))
        case .serial: return characterRefusal(target: "isa-serial", .serialTarget, source: .characterDevice)
        case .channel:
            return characterRefusal(target: "xen", .channelTarget, source: .channelSource)
        case .disk:
            let device = element.attribute("device") ?? DiskDevice.disk.rawValue
            if DiskDevice(rawValue: device) == nil { return ("/@device", .unsupported(.diskDevice, device)) }
            if type == "network", let transport = foreignTransport {
                return ("/source/host/@transport", .unsupported(.hostTransport, transport))
            }
            return ("/@type", .unsupported(.diskSource, type))
        case .video:
            return ("/model/@type", .unsupported(.videoType, element.child("model")?.attribute("type") ?? ""))
        case .sound: return ("/@model", .unsupported(.audioModel, element.attribute("model") ?? ""))
        case .memballoon: return ("/@model", .unsupported(.balloonModel, element.attribute("model") ?? ""))
        case .hostdev:
            let mode = element.attribute("mode") ?? ""
            return mode == "subsystem" || mode.isEmpty ? nil : ("/@mode", .unsupported(.hostDevice, mode))
        case .parallel, .memory: return ("", .unsupportedDevice(deviceClass))
        default: return nil
        }
    }

    /// By what a network disk is reached, if not over TCP.
    private var foreignTransport: String? {
        guard let source = element.child("source") else { return nil }
        return source.children("host").compactMap { $0.attribute("transport") }.first { !["tcp", ""].contains($0) }
    }

    /// What of a serial port or a channel libxl cannot express: its target, where that is not the one that there is, the
    /// protocol that is spoken, or else the type of its source.
    private func characterRefusal(
        target usual: String, _ target: Untranslatable.Subject, source: Untranslatable.Subject
    ) -> (part: String, reason: Untranslatable.Reason) {
        let written = element.child("target")?.attribute("type")
        // A channel must say it, a serial port need not.
        if let word = written ?? (deviceClass == .channel ? "" : nil), word != usual {
            return ("/target/@type", .unsupported(target, word))
        }
        if let spoken = element.child("protocol")?.attribute("type"), !["raw", "telnet"].contains(spoken) {
            return ("/protocol/@type", .unsupported(.characterProtocol, spoken))
        }
        return ("/@type", .unsupported(source, element.attribute("type") ?? ""))
    }

    /// Whether no guest that it is for can be started with it.
    var isRefused: Bool { refusal != nil }

    /// That it is a description only, unless it is refused.
    var translationNotices: [TranslationNotice] {
        guard !isRefused else { return [] }
        return [
            TranslationNotice(
                path: "/domain/devices/\(deviceClass.rawValue)", device: familiarName,
                reason: .unknownToXen)
        ]
    }
}

extension OpaqueElement {
    fileprivate func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    fileprivate func child(_ name: String) -> OpaqueElement? { children(name).first }

    fileprivate func children(_ name: String) -> [OpaqueElement] {
        content.compactMap { node in
            guard case .element(let child) = node, child.name == name else { return nil }
            return child
        }
    }
}
