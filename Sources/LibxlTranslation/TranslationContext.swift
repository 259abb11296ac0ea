package import LibxlAPI
package import XenModel

/// What a definition refers to and does not hold: the rest of it is in the connection's configuration and on the host.
///
/// A value, taken before the translation begins; nothing here is looked up while it runs.
package struct TranslationContext: Hashable, Sendable {
    /// What becomes of a reference that none of the tables here holds.
    package var references: References = .mustResolve
    /// The bridge of each network. Source: `/domain/devices/interface/source/@network`.
    package var networks: [String: String] = [:]
    /// The key of each secret, in base64. Source: `/domain/devices/disk/auth/secret`.
    package var secrets: [NetworkDiskSecret: String] = [:]
    /// The file of the firmware for `/domain/os/@firmware='efi'`; nil is libxl's own.
    package var firmware: String?
    /// Where the sockets of channels lie that name none.
    package var channelDirectory = "/var/lib/xenkeeper/channel"
    /// The ports of the host that displays are given.
    package var ports: ClosedRange<UInt16> = 5900...65535
    /// Those of them that somebody has.
    package var portsInUse: Set<UInt16> = []
    /// Whether a guest that has the host's processor may run guests of its own when its document does not say.
    package var allowsNestedHVM = false
    /// What is known of the host; nil where a document is looked at without one.
    package var host: LibxlPhysicalInfo?

    /// Nothing referred to, and libxl's and libvirt's defaults.
    package init() {}

    /// The context to check a document by itself, before anything that it refers to need be there.
    package static let documentAlone: TranslationContext = {
        var context = TranslationContext()
        context.references = .standForThemselves
        return context
    }()

    /// What becomes of a reference that no table holds.
    package enum References: Hashable, Sendable {
        /// The definition is refused.
        case mustResolve
        /// A network is its own bridge, a secret is empty, a USB device is nowhere; to be looked at, not built.
        case standForThemselves
    }
}

/// When a device meets its guest; libxl is given something else each time.
package enum PlugTime: String, Hashable, Sendable, CaseIterable {
    /// As part of the domain, before its guest runs.
    case atStart
    /// Into a guest that runs.
    case hot
}
