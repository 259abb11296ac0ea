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
}
