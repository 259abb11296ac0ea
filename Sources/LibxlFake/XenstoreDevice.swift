import LibxlAPI
import XenUnits

/// Which device: everything that its three places in xenstore are made of. Source: libxl's `libxl__device`.
struct XenstoreDevice: Hashable, Sendable, Codable {
    let domid: DomainID
    let identity: DeviceIdentity
    let backendDomainID: DomainID
    /// `vif`, `vbd`, `qdisk` …; `none` for one that is emulated, of which there is libxl's record alone. Source:
    /// `libxl__device_kind`.
    let backendKind: String

    init(domid: DomainID, identity: DeviceIdentity, backendDomainID: DomainID, backendKind: String) {
        self.domid = domid
        self.identity = identity
        self.backendDomainID = backendDomainID
        self.backendKind = backendKind
    }

    /// The device whose backend is at `path`; nil for a path of another form, and for that of PCI devices, which is
    /// no single device's (`PCIBus`).
    init?(backendPath path: String) {
        let parts = path.split(separator: "/")
        guard parts.count == 7, let backend = XenstoreBackendPath(path), let domid = UInt32(parts[5]),
            let devid = Int32(parts[6])
        else { return nil }
        let identity: DeviceIdentity
        switch backend.kind {
        case "vif": identity = .nic(devid: DeviceID(rawValue: devid))
        case "vbd", "qdisk": identity = .disk(vdev: BlockDeviceNumber(rawValue: devid))
        case "qusb": identity = .usbController(devid: DeviceID(rawValue: devid))
        case "vinput": identity = .vkb(devid: DeviceID(rawValue: devid))
        default:
            guard let other = DeviceIdentity("\(backend.kind)/\(devid)") else { return nil }
            identity = other
        }
        self.init(
            domid: DomainID(rawValue: domid), identity: identity, backendDomainID: backend.backendDomainID,
            backendKind: backend.kind)
    }

    /// libxl's own record.
    var record: String { XenstorePath.libxlDevice(identity, of: domid).text }
    /// The guest's end.
    var frontend: String { XenstorePath.frontend(identity, of: domid).text }
    /// The serving domain's end.
    var backend: String {
        "/local/domain/\(backendDomainID)/backend/\(backendKind)/\(domid)/\(identity.devid)"
    }

    /// Whether it has two ends; one that QEMU emulates has none.
    var hasBackend: Bool { backendKind != Self.none }
    /// The backend's kind where there is none.
    static let none = "none"

    /// Whether a QEMU serves it, which needs no hotplug script. Source: libxl's `QEMU_BACKEND`.
    var isServedByQEMU: Bool { ["qdisk", "qusb", "vfb", "vkbd", "9pfs"].contains(backendKind) }
    /// Whether only the guest's own QEMU can serve it. Disks are thought to have one always.
    var needsOwnQEMU: Bool { isServedByQEMU && backendKind != "qdisk" && backendDomainID == .domain0 }
    /// Whether a hotplug script readies it, ours or its backend domain's.
    var needsScript: Bool { ["vif", "vbd"].contains(backendKind) }
    /// Whether libxl itself runs the hotplug script; in a domain of its own the backend does.
    var hasScript: Bool { needsScript && backendDomainID == .domain0 }
}
