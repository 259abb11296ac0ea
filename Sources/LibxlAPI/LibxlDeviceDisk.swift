public import XenUnits

/// A disk, as it is passed to libxl. Source: `libxl_device_disk`; JSON as libxl prints it, defaults left out.
public struct LibxlDeviceDisk: Hashable, Sendable {
    /// Who serves it. `backend_domid`.
    public var backendDomainID: DomainID
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// nil in a drive without a medium. `pdev_path`.
    public var pdevPath: String?
    /// What the guest calls it, in one of the texts that `BlockDeviceNumber` reads. `vdev`.
    public var vdev: String
    public var backend: DiskBackend
    public var format: DiskFormat
    /// nil is libxl's `block`. `script`.
    public var script: String?
    public var removable: Bool
    public var readwrite: Bool
    /// `is_cdrom`.
    public var isCDROM: Bool
    /// Let the backend bypass the host's cache though the medium is no block device. `direct_io_safe`.
    public var directIOSafe: Bool
    /// Whether the guest may give blocks back. `discard_enable`.
    public var discardEnable: Bool?
    /// Whether the guest is to trust the backend. `trusted`.
    public var trusted: Bool?

    /// A writable, removable disk of a format, with everything else at libxl's default.
    public init(vdev: String, pdevPath: String?, format: DiskFormat, backendDomainID: DomainID = .domain0) {
        self.vdev = vdev
        self.pdevPath = pdevPath
        self.format = format
        self.backendDomainID = backendDomainID
        backend = .unknown
        removable = true
        readwrite = true
        isCDROM = false
        directIOSafe = false
    }

    /// What the disk is called in xenstore; nil if `vdev` is no vdev, which libxl refuses.
    public var number: BlockDeviceNumber? { BlockDeviceNumber(vdev: vdev) }
}

extension LibxlDeviceDisk: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.disk
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.disks }
    public var asDevice: LibxlDevice { .disk(self) }
    public var identity: DeviceIdentity? { number.map { .disk(vdev: $0) } }
}

extension LibxlDeviceDisk: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case pdevPath = "pdev_path"
        case vdev, backend, format, script, removable, readwrite
        case isCDROM = "is_cdrom"
        case directIOSafe = "direct_io_safe"
        case discardEnable = "discard_enable"
        case trusted
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decodeIfPresent(DomainID.self, forKey: .backendDomainID) ?? .domain0
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        pdevPath = try values.decodeIfPresent(String.self, forKey: .pdevPath)
        vdev = try values.decode(String.self, forKey: .vdev)
        backend = try values.decode(
            wordForKey: .backend, default: .unknown, listed: decoder.isListedByLibxl)
        format = try values.decode(
            wordForKey: .format, default: .unknown, listed: decoder.isListedByLibxl)
        script = try values.decodeIfPresent(String.self, forKey: .script)
        removable = try values.decodeIfPresent(Int.self, forKey: .removable) ?? 0 != 0
        readwrite = try values.decodeIfPresent(Int.self, forKey: .readwrite) ?? 0 != 0
        isCDROM = try values.decodeIfPresent(Int.self, forKey: .isCDROM) ?? 0 != 0
        directIOSafe = try values.decode(forKey: .directIOSafe, default: false)
        discardEnable = try values.decode(defboolForKey: .discardEnable)
        trusted = try values.decode(defboolForKey: .trusted)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        if backendDomainID != .domain0 { try values.encode(backendDomainID, forKey: .backendDomainID) }
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encodeIfPresent(pdevPath, forKey: .pdevPath)
        try values.encode(vdev, forKey: .vdev)
        if backend != .unknown { try values.encode(backend, forKey: .backend) }
        if format != .unknown { try values.encode(format, forKey: .format) }
        try values.encodeIfPresent(script, forKey: .script)
        if removable { try values.encode(1, forKey: .removable) }
        if readwrite { try values.encode(1, forKey: .readwrite) }
        if isCDROM { try values.encode(1, forKey: .isCDROM) }
        try values.encode(directIOSafe, unless: false, forKey: .directIOSafe)
        try values.encode(defbool: discardEnable, forKey: .discardEnable)
        try values.encode(defbool: trusted, forKey: .trusted)
    }
}
