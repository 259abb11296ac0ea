import XenModel
import XenUnits

extension OpaqueDevice {
    /// Refuses what a guest that was to have it cannot do without, which is what libvirt's driver refuses.
    func refuseIfNeeded() throws(Untranslatable) {
        guard let (part, reason) = refusal else { return }
        throw Untranslatable(
            path: "/domain/devices/\(deviceClass.rawValue)\(part)", device: Device.opaque(self).familiarName,
            reason: reason)
    }

    private var refusal: (part: String, reason: Untranslatable.Reason)? {
        let type = element.attribute("type") ?? ""
        switch deviceClass {
        case .interface: return ("/@type", .unsupported(.interfaceType, type))
        case .graphics: return ("/@type", .unsupported(.graphicsType, type))
        case .serial: return ("/@type", .unsupported(.characterDevice, type))
        case .channel:
            let target = element.child("target")?.attribute("type") ?? ""
            if target != "xen" { return ("/target/@type", .unsupported(.channelTarget, target)) }
            return ("/@type", .unsupported(.characterDevice, type))
        case .disk:
            let device = element.attribute("device") ?? DiskDevice.disk.rawValue
            if DiskDevice(rawValue: device) == nil { return ("/@device", .unsupported(.diskDevice, device)) }
            return ("/@type", .unsupported(.diskSource, type))
        case .video:
            return ("/model/@type", .unsupported(.videoType, element.child("model")?.attribute("type") ?? ""))
        case .sound: return ("/@model", .unsupported(.audioModel, element.attribute("model") ?? ""))
        case .memballoon: return ("/@model", .unsupported(.balloonModel, element.attribute("model") ?? ""))
        case .hostdev:
            let mode = element.attribute("mode") ?? ""
            return mode == "subsystem" || mode.isEmpty ? nil : ("/@mode", .unsupported(.hostDevice, mode))
        case .parallel, .redirdev, .memory: return ("", .unsupportedDevice(deviceClass))
        case .console, .controller, .lease, .filesystem, .smartcard, .input, .tpm, .audio, .hub, .watchdog, .rng,
            .nvram, .panic, .shmem, .iommu, .vsock, .crypto, .pstore, .vtpm, .vdispl, .vsnd:
            return nil
        }
    }

    /// That it is a description only.
    var translationNotice: TranslationNotice {
        TranslationNotice(
            path: "/domain/devices/\(deviceClass.rawValue)", device: Device.opaque(self).familiarName,
            reason: .unknownToXen)
    }
}

extension OpaqueElement {
    fileprivate func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    fileprivate func child(_ name: String) -> OpaqueElement? {
        for case .element(let child) in content where child.name == name { return child }
        return nil
    }
}
