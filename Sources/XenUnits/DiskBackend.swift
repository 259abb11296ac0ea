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
