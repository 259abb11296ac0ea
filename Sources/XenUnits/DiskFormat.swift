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
