import LibxlAPI
import Logging
import XenModel
import XenUnits

/// The devices that libxl lists for a domain, at one moment.
struct Inventory: Sendable {
    let domid: DomainID
    /// Every device listed, disks first; one without a place in Xen is none.
    let devices: [PlacedDevice]
    private let byIdentity: [DeviceIdentity: PlacedDevice]

    init(domid: DomainID, _ devices: [LibxlDevice]) {
        self.domid = domid
        self.devices = devices.compactMap { PlacedDevice($0) }
        byIdentity = Dictionary(self.devices.map { ($0.identity, $0) }) { first, _ in first }
    }

    /// The device that has this identity.
    func device(_ identity: DeviceIdentity) -> PlacedDevice? { byIdentity[identity] }

    func disk(_ number: BlockDeviceNumber) -> LibxlDeviceDisk? {
        device(.disk(vdev: number))?.device.disk
    }

    /// The first device that as a document has it is what no other of its domain can be; nil if there is none.
    func device(at place: DevicePlace?) -> PlacedDevice? {
        guard let place else { return nil }
        return devices.first { Device($0.device, backendDomain: nil)?.place == place }
    }

    var nics: [LibxlDeviceNIC] { devices.compactMap(\.device.nic) }

    /// The identity of every device listed.
    var identities: [DeviceIdentity] { devices.map(\.identity) }
}

/// What Xen has where a device of ours should be.
enum Presence: Hashable, Sendable {
    case absent
    /// A device that we did not plug.
    case different
    /// Ours. `backend` is nil where xenstore names none.
    case ours(Condition, backend: XenstoreBackendPath?)

    enum Condition: Hashable, Sendable {
        /// Plugged, and its script has done its work.
        case connected
        /// Its script may still run, or never did.
        case incomplete
        /// Somebody has asked for its removal, and the guest has not let go.
        case leaving
        /// Somebody has taken its backend's nodes away; libxl's own record of it is still there.
        case broken
    }

    var isOurs: Bool {
        if case .ours = self { true } else { false }
    }

    var backend: XenstoreBackendPath? {
        if case .ours(_, let backend) = self { backend } else { nil }
    }
}

extension Driver {
    /// The devices of a domain. A NIC of `bindings` is what we sent if libxl's record says the same of it.
    ///
    /// libxl reads some fifty nodes of xenstore for each NIC that it lists, most of them COLO's, so it is asked for
    /// them only if there is one that we do not know. Source: `libxl__nic_from_xenstore`.
    func inventory(of domid: DomainID, knowing bindings: [Binding] = []) async throws(DriverError) -> Inventory {
        let (kinds, known, devids) = try await xenstore { () throws(XenstoreError) in
            var kinds = try await host.xenstore.list(.libxlDevices(of: domid)) ?? []
            if try await host.xenstore.read(.pciBackend(of: domid)) != nil { kinds.append("pci") }
            guard kinds.contains("vif") else { return (kinds, [LibxlDeviceNIC](), [String]()) }
            var known: [LibxlDeviceNIC] = []
            for case .nic(let nic) in bindings.map(\.sent.device) where try await isRecorded(nic, in: domid) {
                known.append(nic)
            }
            return (kinds, known, try await host.xenstore.list(.libxlDevices(kind: "vif", of: domid)) ?? [])
        }
        return try await libxl("list the devices of domain \(domid)") { () throws(LibxlError) in
            let nics =
                known.count < devids.count
                ? try await host.libxl.listDevices(.nic, of: domid) : known.map(LibxlDevice.nic)
            var devices = try await host.libxl.listDevices(.disk, of: domid) + nics
            for kind in Self.pluggedKinds where kinds.contains(kind.xenstoreKind) {
                devices += try await host.libxl.listDevices(kind, of: domid)
            }
            return Inventory(domid: domid, devices)
        }
    }

    /// The kinds besides NICs and disks that a user can see come and go.
    private static let pluggedKinds = LibxlDevice.Kind.allCases.filter {
        !$0.hasHotplugScript && $0.structure is any ListedDevice.Type
    }

    /// Whether libxl's record says that this very NIC is there.
    private func isRecorded(_ nic: LibxlDeviceNIC, in domid: DomainID) async throws(XenstoreError) -> Bool {
        let record = XenstorePath.libxlDevice(.nic(devid: nic.devid), of: domid)
        let nodes = try await host.xenstore.read(["mac", "bridge", "script"].map(record.appending))
        guard let mac = nodes[0].flatMap({ MACAddress($0) }) else { return false }
        var recorded = LibxlDeviceNIC(devid: nic.devid, mac: mac, nictype: nic.nictype)
        (recorded.bridge, recorded.script) = (nodes[1], nodes[2])
        return nic.isSameDevice(as: recorded)
    }

    /// The devices of a domain at the start of a change of it, which has done nothing to them yet: libxl is not asked
    /// for what it has just listed, since that takes it up to a quarter of a second.
    func initialInventory(of live: LiveDomain) async throws(DriverError) -> Inventory {
        if let inventory = live.recoveredInventory { return inventory }
        return try await inventory(of: live.domid)
    }

    /// Where Xen's records say that a device's backend is; nil if there is no such device.
    func backend(of identity: DeviceIdentity, in domid: DomainID) async throws(DriverError) -> XenstoreBackendPath? {
        try await xenstore { () throws(XenstoreError) in
            if case .pci = identity {
                let path = XenstorePath.pciBackend(of: domid)
                return try await host.xenstore.list(path) == nil ? nil : XenstoreBackendPath(path.text)
            }
            let node = XenstorePath.libxlDevice(identity, of: domid).appending("backend")
            return try await host.xenstore.read(node).flatMap(XenstoreBackendPath.init)
        }
    }

    /// What Xen has under the identity of `sent`, compared with what we sent there.
    func presence(of sent: PlacedDevice, in inventory: Inventory) async throws(DriverError) -> Presence {
        let backend = try await backend(of: sent.identity, in: inventory.domid)
        if let found = inventory.device(sent.identity) {
            guard sent.device.isSameDevice(as: found.device) else { return .different }
            return .ours(try await condition(sent, backend), backend: backend)
        }
        // Many devices share these records: that they are there says nothing of this one.
        guard !sent.identity.isPart else { return .absent }
        // libxl's list leaves out a device whose backend's nodes are gone, though its own record is still there.
        guard let backend else { return .absent }
        return .ours(try await condition(sent, backend) == .broken ? .broken : .incomplete, backend: backend)
    }

    private func condition(_ sent: PlacedDevice, _ backend: XenstoreBackendPath?) async throws(DriverError)
        -> Presence.Condition
    {
        guard let backend else {
            // What QEMU emulates for an hvm guest has no backend, only libxl's record.
            if [.usbController, .usbDevice].contains(sent.device.kind) {
                return .connected
            }
            return .incomplete
        }
        return try await xenstore { () throws(XenstoreError) in
            let nodes = try await host.xenstore.read(
                [backend.path] + ["online", "state", "hotplug-status"].map(backend.path.appending))
            if nodes[0] == nil { return .broken }
            if nodes[1] == "0" { return .leaving }
            let state = nodes[2].flatMap(Int.init)
            if backend.kind == Self.qemuBackendKind {
                return state == XenbusState.connected.rawValue ? .connected : .incomplete
            }
            if !sent.device.kind.hasHotplugScript {
                // Nothing but the backend has to be ready.
                return state == XenbusState.initialising.rawValue ? .incomplete : .connected
            }
            return nodes[3] == "connected" ? .connected : .incomplete
        }
    }

    /// QEMU's disk backend runs no script, so its state says whether it is connected.
    static let qemuBackendKind = "qdisk"

    /// What both ends of a device look like; nil if xenstore has no backend or does not answer, for this is only
    /// reported to people beside an error.
    func ends(of identity: DeviceIdentity, in domid: DomainID) async -> DeviceEnds? {
        do throws(DriverError) {
            guard let backend = try await backend(of: identity, in: domid) else { return nil }
            let frontend = XenstorePath.frontend(identity, of: domid)
            return try await xenstore { () throws(XenstoreError) in
                let nodes = try await host.xenstore.read([
                    backend.path.appending("state"), frontend.appending("state"),
                    backend.path.appending("hotplug-status"), backend.path.appending("hotplug-error"),
                ])
                return DeviceEnds(
                    backendPath: backend.path, backendState: nodes[0].flatMap(Int.init),
                    frontendState: nodes[1].flatMap(Int.init), hotplugStatus: nodes[2], hotplugError: nodes[3])
            }
        } catch {
            logger.here.debug("no diagnosis: \(error)", metadata: ["device": "\(identity)"])
            return nil
        }
    }
}
