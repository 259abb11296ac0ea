import XenModel
import XenUnits

/// How a command names a device that exists.
public enum DeviceSelector: Hashable, Sendable {
    /// By a device document, as short as its criteria.
    case document([UInt8])
    /// By its alias alone, user's or generated.
    case alias(String)
    /// A NIC by the name of its host end or its MAC address, as `domif-setlink` takes it.
    case interface(String)
    /// By its MAC address.
    case mac(String)
    /// A disk by its target, a NIC by the name of its host end.
    case target(String)
    /// By what it is in Xen, as `device-list` shows it: `vif/3`.
    case identity(String)
    /// By a device of the host's address, or by where the guest sees it; only where one device alone is named.
    case address(String)
    /// By several of these, all of which must hold of one and the same device. At most one is a document.
    case all([DeviceSelector])
}

extension DeviceSelector {
    /// The same as a text that no other selector has.
    var words: String {
        switch self {
        case .document(let document): "document " + String(decoding: document, as: UTF8.self)
        case .alias(let text): "alias " + text
        case .interface(let text): "interface " + text
        case .mac(let text): "mac " + text
        case .target(let text): "target " + text
        case .identity(let text): "identity " + text
        case .address(let text): "address " + text
        case .all(let selectors): selectors.map(\.words).joined(separator: "\n")
        }
    }
}
