package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDeviceDisk {
    /// What libxl is given for a disk of a guest of `guestType`; every type of guest takes every kind of drive.
    ///
    /// Its name, bus, guest address and whether it is shareable stay behind: libxl has no field for them.
    /// Source: `/domain/devices/disk`.
    package init(
        _ disk: Disk, guestType: GuestType, plug: PlugTime, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        if plug == .hot { try Self.checkHotPlug(disk) }
        guard disk.device != .floppy else {
            throw disk.untranslatable("@device", .unsupported(.diskDevice, disk.device.rawValue))
        }
        guard disk.vdev != nil else { throw disk.untranslatable("target/@dev", .notAVdev(target: disk.target)) }
        guard !disk.isTransient else { throw disk.untranslatable("transient", .transientDisk) }
        let service = try Self.service(of: disk)
        let path = try disk.libxlPath(context)
        self.init(vdev: disk.target, pdevPath: path, format: service.format)
        if path == nil {
            guard disk.device == .cdrom else { throw disk.untranslatable("source", .sourceMissing) }
            format = .empty
        }
        backend = service.backend
        backendDomainName = disk.backendDomain
        readwrite = disk.isWritable
        isCDROM = disk.device == .cdrom
        script = disk.script
        if disk.script != nil, let driver = disk.driverName, driver != "phy" {
            throw disk.untranslatable("xenkeeper:script/@path", .scriptNotForDriver(driver))
        }
        directIOSafe = disk.directIOSafe ?? false
        removable = disk.removable ?? true
        if disk.isWritable { discardEnable = disk.discard.map { $0 == .unmap } }
    }

    /// The medium that a CD-ROM drive of an hvm guest is given while the guest runs; without a source it is emptied.
    ///
    /// Source: libxl's `libxl_cdrom_insert`.
    package init(
        medium disk: Disk, guestType: GuestType, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        guard disk.device == .cdrom else {
            throw disk.untranslatable("@device", .notACDROM(device: disk.device.rawValue))
        }
        try guestType.require([.hvm], at: "/domain/devices/disk/@device", device: disk.target)
        try self.init(disk, guestType: guestType, plug: .atStart, context: context)
    }

    private static func checkHotPlug(_ disk: Disk) throws(Untranslatable) {
        guard disk.device == .disk else {
            throw disk.untranslatable("@device", .deviceNotHotPluggable(device: disk.device.rawValue))
        }
        let bus = disk.busToBe
        guard bus == "xen" else { throw disk.untranslatable("target/@bus", .busNotHotPluggable(bus: bus)) }
    }

    /// Who serves the disk in which format, by the driver that the document names.
    private static func service(of disk: Disk) throws(Untranslatable) -> (backend: DiskBackend, format: DiskFormat) {
        let format = try format(of: disk)
        if disk.source.kind == .network {
            guard disk.driverName == nil || disk.driverName == "qemu" else {
                throw disk.untranslatable("driver/@name", .networkDiskNeedsQEMU(driver: disk.driverName ?? ""))
            }
            return (.qdisk, format)
        }
        let backend: DiskBackend? =
            switch (disk.driverName, format) {
            case (nil, _): .unknown
            case ("qemu", _): .qdisk
            case ("tap", .raw), ("tap", .vhd), ("tap2", .raw), ("tap2", .vhd): .tap
            case ("tap", _), ("tap2", _): .qdisk
            case ("file", .raw): .qdisk
            case ("phy", .raw): .phy
            case ("file", _), ("phy", _): nil
            case (let driver?, _): throw disk.untranslatable("driver/@name", .unknownDiskDriver(driver))
            }
        guard let backend else {
            throw disk.untranslatable(
                "driver/@type", .formatNotForDriver(format: format.rawValue, driver: disk.driverName ?? ""))
        }
        return (backend, format)
    }

    private static func format(of disk: Disk) throws(Untranslatable) -> DiskFormat {
        switch disk.driverType {
        // `aio` is how old Xen tools named raw files that are served asynchronously.
        case nil, "raw", "aio": return .raw
        case "qcow": return .qcow
        case "qcow2": return .qcow2
        case "qed": return .qed
        case "vhd": return .vhd
        case let type?: throw disk.untranslatable("driver/@type", .unknownDiskFormat(type))
        }
    }
}

extension Disk {
    /// A disk as far as libxl and xenstore tell. `backendDomain` is the name of who serves it; nil for Domain-0.
    package init(_ disk: LibxlDeviceDisk, backendDomain: String?) {
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

extension DiskBackend {
    /// What a document calls it. Source: `/domain/devices/disk/driver/@name`.
    package var driverName: String? {
        switch self {
        case .phy: "phy"
        case .tap: "tap"
        case .qdisk: "qemu"
        case .unknown: nil
        }
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

extension Disk: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Disk>()
        return [
            of.always("@device") { $0.device = $0.device == .disk ? .cdrom : .disk },
            of.when("source", { $0.source.path != nil }) { $0.source.path? += "x" },
            of.when("source", { $0.source.network != nil }) { $0.source.network?.name? += "x" },
            of.always("target/@dev") { $0.target = $0.target == "xvdz" ? "xvdy" : "xvdz" },
            of.optional("target/@bus", \.bus), of.optional("driver/@name", \.driverName),
            of.optional("driver/@type", \.driverType), of.optional("driver/@discard", \.discard),
            of.flag("readonly", \.isReadOnly), of.flag("shareable", \.isShareable),
            of.optional("backenddomain/@name", \.backendDomain), of.optional("xenkeeper:script/@path", \.script),
            of.optional("xenkeeper:options/@directIOSafe", \.directIOSafe),
            of.optional("xenkeeper:options/@removable", \.removable),
            of.when("xenkeeper:options/@authentication", { $0.source.network?.authenticatesAsConfigured == true }) {
                $0.source.network?.authenticatesAsConfigured = false
            },
            of.optional("boot/@order", \.bootOrder, for: GuestType.hvmAlone),
        ]
    }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(try LibxlDeviceDisk(self, guestType: guest.type, plug: .atStart, context: guest.context))
    }

    func untranslatable(_ part: String, _ reason: Untranslatable.Reason) -> Untranslatable {
        Untranslatable(path: "/domain/devices/disk/\(part)", device: target, reason: reason)
    }
}
