/// Whether a NIC's cable is in. Source: `/domain/devices/interface/link/@state`.
public enum LinkState: String, Hashable, Sendable, Codable, CaseIterable {
    case up
    case down
}

/// What serves a disk to its guest. The raw value is libxl's name. Source: `libxl_disk_backend`.
public enum DiskBackend: String, Hashable, Sendable, Codable, CaseIterable {
    /// Left to libxl, which chooses by source and format.
    case unknown
    /// The kernel's block backend.
    case phy
    /// blktap.
    case tap
    /// QEMU.
    case qdisk
}

/// How a disk's bytes are laid out in its source. The raw value is libxl's name. Source: `libxl_disk_format`.
public enum DiskFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case unknown
    case qcow
    case qcow2
    case vhd
    case raw
    /// A CD-ROM drive with no medium.
    case empty
    case qed
}

/// What emulated disks hang on. The raw value is libxl's word. Source: `libxl_hdtype`.
public enum DiskControllerType: String, Hashable, Sendable, Codable, CaseIterable {
    case ide
    case ahci
}

/// What a USB controller is to Xen. The raw value is libxl's word. Source: `libxl_usbctrl_type`.
public enum USBControllerType: String, Hashable, Sendable, Codable, CaseIterable {
    /// libxl chooses by the guest's type and what the host's kernel can serve.
    case auto
    /// Xen's own, served by the kernel of the backend's domain.
    case pv
    /// Xen's own, served by QEMU.
    case qusb
    /// An emulated one of the device model, which needs no Xen driver in the guest.
    case deviceModel = "devicemodel"
}

/// Which way a stream goes. The raw value is libxl's word. Source: `libxl_vsnd_stream_type`.
public enum SoundDirection: String, Hashable, Sendable, Codable, CaseIterable {
    case playback = "p"
    case capture = "c"
}

/// How a guest is prepared for devices of the host. The raw value is libxl's word. Source:
/// `/domain/features/xen/passthrough/@state` and `@mode`, `libxl_passthrough`.
public enum PassthroughMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// `state='off'`.
    case disabled
    /// `state='on'` without a mode.
    case enabled
    /// `state='on' mode='sync_pt'`.
    case syncPageTables = "sync_pt"
    /// `state='on' mode='share_pt'`.
    case sharePageTables = "share_pt"
}

/// How strictly memory that firmware reserved for a device is kept. The raw value is libxl's word. Source:
/// `libxl_rdm_reserve_policy`.
public enum ReservedMemoryPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case strict
    case relaxed
}
