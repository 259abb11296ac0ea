import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// Devices that Xen has and no binding knows, made into values that a plan can be about.
extension Driver {
    /// The devices of a domain that are nobody's of ours, in Xen's order.
    func foreignDevices(of live: LiveDomain) async throws(DriverError) -> [Candidate] {
        let inventory = try await initialInventory(of: live)
        let known = Set(live.status.bindings.map(\.identity))
        var found: [Candidate] = []
        for device in inventory.devices where !known.contains(device.identity) {
            if let device = try await foreignDevice(device, in: live.domid, guestType: live.guestType) {
                found.append(device)
            }
        }
        return found
    }

    /// What Xen says of a device that it lists, as a document would; nil if no document could.
    func foreignDevice(_ listed: SentDevice, in domid: DomainID, guestType: GuestType) async throws(DriverError)
        -> Candidate?
    {
        let record = XenstorePath.libxlDevice(listed.identity, of: domid)
        let nodes = try await xenstore { () throws(XenstoreError) in
            let values = try await host.xenstore.read(["vifname", "rate", "params"].map(record.appending))
            return DeviceNodes(ifname: values[0], rate: values[1], parameters: values[2])
        }
        var backendDomain: String?
        if listed.backendDomainID != .domain0 {
            backendDomain = try await name(of: listed.backendDomainID) ?? "\(listed.backendDomainID)"
        }
        let sent = listed.completed(by: nodes)
        guard var device = Device(sent, backendDomain: backendDomain) else { return nil }
        var unread: [String] = []
        switch (device, sent) {
        case (.interface(var interface), .nic(let nic)):
            // A link that is not on this host is its backend domain's.
            let link = try await network { () throws(HostNetworkError) in
                try await host.network.linkState(of: nic.hostInterfaceName(in: domid))
            }
            if link == .down { interface.link = .down }
            if guestType == .hvm {
                // An emulated card's model is nowhere to be read.
                if nic.nictype == .vif { interface.model = "netfront" } else { unread.append("model") }
            }
            device = .interface(interface)
        case (.disk, .disk(let disk, _)):
            if disk.format == .unknown { unread.append("driver type") }
        case (.vdispl(var display), _):
            display.connectors = try await connectors(of: sent.identity, in: domid)
            device = .vdispl(display)
        case (.vsnd(var card), _):
            let frontend = XenstorePath.frontend(sent.identity, of: domid)
            (card.shortName, card.longName) = try await xenstore { () throws(XenstoreError) in
                (
                    try await host.xenstore.read(frontend.appending("short-name")),
                    try await host.xenstore.read(frontend.appending("long-name"))
                )
            }
            unread.append("streams")
            device = .vsnd(card)
        default: break
        }
        let backend = try await backend(of: sent.identity, in: domid)
        let binding = Binding(
            key: "", identity: sent.identity, backendDomainID: backend?.backendDomainID, sent: sent)
        var candidate = Candidate(device, binding, in: domid)
        candidate.unread = unread
        return candidate
    }

    /// The screens of a paravirtual display, which libxl's list leaves out.
    private func connectors(of identity: DeviceIdentity, in domid: DomainID) async throws(DriverError)
        -> [VirtualDisplay.Connector]
    {
        let frontend = XenstorePath.frontend(identity, of: domid)
        return try await xenstore { () throws(XenstoreError) in
            var found: [VirtualDisplay.Connector] = []
            while let id = try await host.xenstore.read(frontend.appending("\(found.count)/unique-id")),
                let resolution = try await host.xenstore.read(frontend.appending("\(found.count)/resolution"))
            {
                let sides = resolution.split(separator: "x").map { UInt32($0) ?? 0 }
                found.append(VirtualDisplay.Connector(id: id, width: sides.first ?? 0, height: sides.last ?? 0))
            }
            return found
        }
    }

    /// Throws unless what Xen says of a foreign device can be written down: names in xenstore follow no rule of ours.
    func requireReadable(_ candidate: Candidate, in domain: LockedDomain) throws(DriverError) {
        guard candidate.binding?.isForeign == true else { return }
        let document = Array(candidate.device.xml().utf8)
        let again: Device
        do throws(DomainXMLError) {
            again = try Device.parse(document, options: StateStore.ownDocuments).value
        } catch {
            throw .unreadable(device: candidate.title, domain: domain.name, reason: "\(error)")
        }
        guard again == candidate.device else {
            throw .unreadable(
                device: candidate.title, domain: domain.name, reason: "a name in it has characters that XML has not")
        }
    }
}

/// What libxl keeps of a device in its own record, and does not return when it lists the device.
private struct DeviceNodes {
    var ifname: String?
    /// `BYTES,MICROSECONDS`.
    var rate: String?
    /// A disk's source, before it `FORMAT:` where QEMU serves it.
    var parameters: String?
}

extension SentDevice {
    /// The device with what libxl's list leaves out.
    fileprivate func completed(by nodes: DeviceNodes) -> SentDevice {
        switch self {
        case .nic(var nic):
            nic.ifname = nodes.ifname.flatMap { $0.isEmpty ? nil : $0 }
            let rate = nodes.rate?.split(separator: ",", omittingEmptySubsequences: false) ?? []
            if rate.count == 2, let bytes = UInt64(rate[0]), let interval = UInt32(rate[1]), bytes > 0, interval > 0 {
                nic.rateBytesPerInterval = bytes
                nic.rateIntervalMicroseconds = interval
            }
            return .nic(nic)
        case .disk(var disk, let number):
            guard disk.format == .unknown else { return self }
            if disk.isCDROM, disk.pdevPath?.isEmpty ?? true {
                disk.format = .empty
            } else if disk.backend == .phy {
                disk.format = .raw
            } else if let word = nodes.parameters?.split(separator: ":").first {
                disk.format = word == "aio" ? .raw : DiskFormat(rawValue: String(word)) ?? .unknown
            }
            return .disk(disk, number: number)
        case .other: return self
        }
    }
}

extension Device {
    /// A device as far as Xen tells, nil for one that no document can describe; `backendDomain` is the name of who serves
    /// it, nil for Domain-0.
    init?(_ listed: SentDevice, backendDomain: String?) {
        switch listed {
        case .nic(let nic): self = .interface(Interface(nic, backendDomain: backendDomain))
        case .disk(let disk, _): self = .disk(Disk(disk, backendDomain: backendDomain))
        case .other(let device, _): self.init(device, backendDomain: backendDomain)
        }
    }
}

extension Interface {
    /// The script that libxl runs where none is named.
    private static let defaultScript = "/etc/xen/scripts/vif-bridge"
    /// What libxl lists for a NIC that was given none.
    private static let defaultMTU: UInt32 = 1500

    fileprivate init(_ nic: LibxlDeviceNIC, backendDomain: String?) {
        let bridge = nic.bridge.flatMap { $0.isEmpty ? nil : $0 }
        self.init(source: bridge.map(InterfaceSource.bridge) ?? .ethernet, mac: nic.mac)
        self.backendDomain = backendDomain
        target = nic.ifname
        script = nic.script == Self.defaultScript ? nil : nic.script
        ipAddresses = nic.ip?.split(separator: " ").map(String.init) ?? []
        mtu = nic.mtu == Self.defaultMTU ? nil : nic.mtu
        if let bytes = nic.rateBytesPerInterval, let interval = nic.rateIntervalMicroseconds, interval > 0 {
            // Rounded up, as the way back rounds down; a rate past what a document can say is none.
            let average = (Double(bytes) * 1e6 / (Double(interval) * 1024)).rounded(.up)
            if average <= Double(UInt32.max) { outboundAverage = KibibytesPerSecond(rawValue: UInt64(average)) }
        }
    }
}

extension Disk {
    fileprivate init(_ disk: LibxlDeviceDisk, backendDomain: String?) {
        let path = disk.pdevPath.flatMap { $0.isEmpty ? nil : $0 }
        // The kernel's backend serves files too, through loop devices.
        let isBlock = disk.backend == .phy && (path ?? "").hasPrefix("/dev/")
        self.init(
            device: disk.isCDROM ? .cdrom : .disk, source: DiskSource(kind: isBlock ? .block : .file, path: path),
            target: disk.vdev)
        isReadOnly = !disk.readwrite
        driverName = disk.backend.driverName
        driverType = disk.format.documentWord
        self.backendDomain = backendDomain
    }
}

extension DiskFormat {
    /// What a document calls it; nil where it says nothing. Source: `/domain/devices/disk/driver/@type`.
    fileprivate var documentWord: String? {
        switch self {
        case .raw, .qcow, .qcow2, .qed, .vhd: rawValue
        case .empty, .unknown: nil
        }
    }
}
