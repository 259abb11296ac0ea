public import XenUnits

/// What of the machine is switched on or off. Each nil leaves it to libxl. Source: `/domain/features`.
public struct Features: Hashable, Sendable {
    /// True by the element's presence. `acpi`.
    public var acpi: Bool?
    /// True by the element's presence. `apic`.
    public var apic: Bool?
    /// True by the element's presence. `pae`.
    public var pae: Bool?
    /// `hap`, `hap/@state`.
    public var hap: Bool?
    /// All of Xen's interfaces for Windows that libxl holds to be good, by the element's presence. `viridian`.
    public var viridian: Bool?
    /// Xen's interfaces for Windows, one by one; nil says nothing of them. `hyperv`.
    public var hyperV: HyperVFeatures?
    /// `xen/e820_host/@state`.
    public var e820Host: Bool?
    /// `xen/passthrough`.
    public var passthrough: PassthroughMode?

    /// Nothing said.
    public init() {}
}

/// Xen's interfaces for Windows. Source: `/domain/features/hyperv`.
public struct HyperVFeatures: Hashable, Sendable {
    /// `@mode`.
    public var mode: HyperVMode
    /// What is said of each, in no order; one that is absent is not said. The element's name, and `@state`.
    public var states: [HyperVFeature: Bool]
    /// How often a lock is tried; `spinlocks/@retries`.
    public var spinlockRetries: UInt32?
    /// `vendor_id/@value`.
    public var vendorID: String?

    /// Nothing switched yet.
    public init(mode: HyperVMode = .custom) {
        self.mode = mode
        states = [:]
    }
}

/// Whether each interface is named, or all are given. Source: `/domain/features/hyperv/@mode`.
public enum HyperVMode: String, Hashable, Sendable, CaseIterable {
    case custom
    case passthrough
}

/// One of the interfaces for Windows. The raw value is the element's name. Source: `/domain/features/hyperv/*`.
public enum HyperVFeature: String, Hashable, Sendable, CaseIterable {
    case relaxed
    case vapic
    case spinlocks
    case vpindex
    case runtime
    case synic
    case stimer
    /// A refinement of `stimer`: `stimer/direct/@state`.
    case stimerDirect = "direct"
    case reset
    case vendorID = "vendor_id"
    case frequencies
    case reenlightenment
    case tlbflush
    case ipi
    case evmcs
    case avic
    case emsrBitmap = "emsr_bitmap"
    case xmmInput = "xmm_input"
}
