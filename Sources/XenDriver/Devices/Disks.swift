import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

extension Disk: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { .disk }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        let disk = try LibxlDeviceDisk(self, guestType: guestType, plug: .hot, context: context)
        guard disk.number != nil else {
            throw Untranslatable(
                path: "/domain/devices/disk/target/@dev", device: disk.vdev, reason: .notAVdev(target: disk.vdev))
        }
        return .disk(disk)
    }

    func claims(_ guestType: GuestType, title: String) -> [HostClaim] {
        let use = HostClaim.Use.disk(isWritable: isWritable, isShareable: isShareable)
        if let network = source.network {
            return network.images.map {
                HostClaim(key: .image($0), use: use, name: network.name ?? $0, device: title)
            }
        }
        guard let path = source.path else { return [] }
        return HostClaim.disk(path, servedBy: backendDomain.servingDomain, use, title)
    }

    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? {
        vdev.flatMap { inventory.device(.disk(vdev: $0)) }
    }

    func identify(in criteria: inout DeviceCriteria) { criteria.target = target }

    func filled(from other: Disk, _ criteria: DeviceCriteria, isLive: Bool) -> Disk {
        var disk = self
        disk.target = other.target
        // The live document says which driver libxl chose; the choice may have been left to it.
        if isLive && driverName == nil || device == .cdrom && other.driverName == nil {
            disk.driverName = other.driverName
        }
        if driverType ?? "raw" == other.driverType ?? "raw" { disk.driverType = other.driverType }
        if removable ?? true == other.removable ?? true { disk.removable = other.removable }
        if directIOSafe ?? false == other.directIOSafe ?? false { disk.directIOSafe = other.directIOSafe }
        return disk
    }
}

extension Disk {
    func change(
        to requested: RequestedDevice, isWhole: Bool, isLive: Bool, domain: String
    ) throws(DriverError) -> DeviceChange? {
        guard case .disk(let requested) = requested else { return nil }
        let refused = differences(from: requested, isWhole: isWhole, isLive: isLive)
        guard refused.isEmpty else {
            throw .cannotChange(elements: refused, device: asDevice.title, domain: domain)
        }
        var changed = self
        var change = DeviceChange(device: asDevice, inPlace: [], replugged: [])
        if device == .cdrom {
            changed.source = requested.source ?? DiskSource(kind: requested.sourceKind ?? source.kind, path: nil)
            if let type = requested.driverType { changed.driverType = type }
            if changed.hasSameMedium(as: self) { changed = self } else { change.inPlace = ["source"] }
        }
        if let order = requested.bootOrder, order != bootOrder {
            changed.bootOrder = order
            change.atNextStart = ["boot order"]
        }
        change.device = changed.asDevice
        return change
    }

    private func hasSameMedium(as other: Disk) -> Bool {
        guard source.path != nil || source.network != nil else {
            return other.source.path == nil && other.source.network == nil
        }
        return source == other.source && driverType ?? "raw" == other.driverType ?? "raw"
    }

    /// The elements of `requested` that are not as this disk is; what it does not say does not differ.
    ///
    /// Of a network disk that a complete document describes, what differs is found in its elements.
    private func differences(from requested: RequestedDisk, isWhole: Bool, isLive: Bool) -> [String] {
        var names: [String] = []
        if let new = requested.device, new != device { names.append("device") }
        if device != .cdrom {
            if let new = requested.sourceKind, new != source.kind { names.append("type") }
            if let new = requested.source, new.path != source.path || !isWhole && new.network != source.network {
                names.append("source")
            }
            if let new = requested.driverType, new != driverType ?? "raw" { names.append("driver type") }
        }
        // A drive's live document says which driver libxl chose, and the persistent one need not.
        if let new = requested.driverName, new != driverName, device != .cdrom || driverName != nil {
            names.append("driver name")
        }
        if let new = requested.bus, new != bus { names.append("bus") }
        if let new = requested.backendDomain, new != backendDomain { names.append("backenddomain") }
        if requested.isReadOnly != isReadOnly, device != .cdrom { names.append("readonly") }
        if requested.isShareable != isShareable { names.append("shareable") }
        if requested.isTransient != isTransient { names.append("transient") }
        if let new = requested.discard, new != discard { names.append("discard") }
        if let new = requested.script, new != script { names.append("script") }
        if let new = requested.directIOSafe, new != directIOSafe ?? false { names.append("directIOSafe") }
        if let new = requested.removable, new != removable ?? true { names.append("removable") }
        if let new = requested.bootOrder, new != bootOrder, isLive { names.append("boot order") }
        return names
    }
}

extension LibxlDeviceDisk: ListedDevice {
    /// A CD-ROM drive is the same with any medium.
    func isSameDevice(as listed: LibxlDeviceDisk) -> Bool {
        number == listed.number
            && (isCDROM || [pdevPath ?? "", pdevPath?.behindColon ?? ""].contains(listed.pdevPath ?? ""))
            && readwrite == listed.readwrite && isCDROM == listed.isCDROM
    }

    /// The source, behind its format where QEMU serves it.
    static var unlistedNodes: (record: [String], frontend: [String]) { (["params"], []) }

    mutating func complete(by nodes: DeviceNodes) {
        guard format == .unknown else { return }
        if isCDROM, pdevPath?.isEmpty ?? true {
            format = .empty
        } else if backend == .phy {
            format = .raw
        } else if let word = nodes.record["params"]?.split(separator: ":").first {
            format = word == "aio" ? .raw : DiskFormat(rawValue: String(word)) ?? .unknown
        }
    }

    func described(backendDomain: String?) -> Device? { .disk(Disk(self, backendDomain: backendDomain)) }

    func supplement(
        _ device: inout Device, of guest: ListedGuest, by driver: Driver
    ) async throws(DriverError) -> [String] {
        format == .unknown ? ["driver type"] : []
    }
}

extension String {
    /// What libxl's list leaves of a disk's source with a colon in it, which it takes for the end of a format. Source:
    /// libxl's `libxl__disk_from_xenstore`.
    fileprivate var behindColon: String? { firstIndex(of: ":").map { String(self[index(after: $0)...]) } }
}
