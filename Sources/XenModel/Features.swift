package import XenUnits

/// What of the machine is switched on or off. Each nil leaves it to libxl. Source: `/domain/features`.
package struct Features: Hashable, Sendable {
    /// True by the element's presence. `acpi`.
    package var acpi: Bool?
    /// True by the element's presence. `apic`.
    package var apic: Bool?
    /// True by the element's presence. `pae`.
    package var pae: Bool?
    /// `hap`, `hap/@state`.
    package var hap: Bool?
    /// All of Xen's interfaces for Windows that libxl holds to be good, by the element's presence. `viridian`.
    package var viridian: Bool?
    /// Xen's interfaces for Windows, one by one; nil says nothing of them. `hyperv`.
    package var hyperV: HyperVFeatures?
    /// `xen/e820_host/@state`.
    package var e820Host: Bool?
    /// `xen/passthrough`.
    package var passthrough: PassthroughMode?

    /// Nothing said.
    package init() {}
}

/// Xen's interfaces for Windows. Source: `/domain/features/hyperv`.
package struct HyperVFeatures: Hashable, Sendable {
    /// `@mode`.
    package var mode: HyperVMode
    /// What is said of each, in no order; one that is absent is not said. The element's name, and `@state`.
    package var states: [HyperVFeature: Bool]
    /// How often a lock is tried; `spinlocks/@retries`.
    package var spinlockRetries: UInt32?
    /// `vendor_id/@value`.
    package var vendorID: String?

    /// Nothing switched yet.
    package init(mode: HyperVMode = .custom) {
        self.mode = mode
        states = [:]
    }
}

/// Whether each interface is named, or all are given. Source: `/domain/features/hyperv/@mode`.
package enum HyperVMode: String, Hashable, Sendable, CaseIterable {
    case custom
    case passthrough
}

/// One of the interfaces for Windows. The raw value is the element's name. Source: `/domain/features/hyperv/*`.
package enum HyperVFeature: String, Hashable, Sendable, CaseIterable {
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
