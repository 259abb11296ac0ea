/// A kind of device, by its element's name in a domain document.
///
/// The raw value is that name. In the order in which a document lists its devices. Source: `/domain/devices/*`.
public enum DeviceClass: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case disk
    case controller
    case lease
    case filesystem
    case interface
    case smartcard
    case serial
    case parallel
    case console
    case channel
    case input
    case tpm
    case graphics
    case sound
    case audio
    case video
    case hostdev
    case redirdev
    case hub
    case watchdog
    case memballoon
    case rng
    case nvram
    case panic
    case shmem
    case memory
    case iommu
    case vsock
    case crypto
    case pstore
    /// Xen's virtual TPM, which libvirt cannot express.
    case vtpm
    /// Xen's paravirtual display, which libvirt cannot express.
    case vdispl
    /// Xen's paravirtual sound card, which libvirt cannot express.
    case vsnd
    /// A device of the host's device tree that a guest gets whole, which libvirt cannot express.
    case dtdev

    /// Whether libvirt has no element for such devices, so that a document has one of our namespace.
    public var isOurs: Bool { self >= .vtpm }

    /// The element's name with the prefix that documents are written with.
    public var qualifiedName: String { isOurs ? "xenkeeper:\(rawValue)" : rawValue }

    public static func < (left: DeviceClass, right: DeviceClass) -> Bool {
        left != right && left.order < right.order
    }

    /// Where the class stands among all.
    private var order: Int {
        Self.orders[self] ?? Self.allCases.count
    }

    private static let orders = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
