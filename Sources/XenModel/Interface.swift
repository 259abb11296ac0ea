public import XenUnits

/// A network card of a domain. Source: `/domain/devices/interface`.
public struct Interface: Hashable, Sendable {
    /// What the card is connected to on the host.
    public var source: InterfaceSource
    /// Never a multicast address; drawn at random when the document gave none. `mac/@address`.
    public var mac: MACAddress
    /// The host's name for the card's other end; nil leaves it to Xen (`vifDOMID.DEVID`). `target/@dev`.
    public var target: String?
    /// The emulated card, or `netfront`; nil is the guest type's default. `model/@type`.
    public var model: String?
    /// The host's script that wires the card up, an absolute path or a name in Xen's script folder; nil is Xen's
    /// default. `script/@path`.
    public var script: String?
    /// The guest's addresses that the wiring script is told of, in document order. `ip/@address`.
    public var ipAddresses: [String]
    /// The name of the domain that serves the card; nil is Domain-0. `backenddomain/@name`.
    public var backendDomain: String?
    /// The most that the guest may send; nil is no limit. `bandwidth/outbound/@average`.
    public var outboundAverage: KibibytesPerSecond?
    /// The largest packet in bytes, 68 to 65535; nil is the bridge's own. `mtu/@size`.
    public var mtu: UInt32?
    /// Whether the cable is in; nil is up. `link/@state`.
    public var link: LinkState?
    /// `alias/@name`.
    public var alias: DeviceAlias?
    /// `address`.
    public var address: GuestAddress?

    /// A card on `source` with address `mac` and nothing else said.
    public init(source: InterfaceSource, mac: MACAddress, alias: DeviceAlias? = nil) {
        self.source = source
        self.mac = mac
        self.alias = alias
        ipAddresses = []
    }
}

/// What a network card is connected to on the host. Source: `/domain/devices/interface/@type` and `source`.
public enum InterfaceSource: Hashable, Sendable {
    /// A bridge of the host. `source/@bridge`.
    case bridge(String)
    /// Whatever the script makes of it.
    case ethernet

    /// The value of `/domain/devices/interface/@type`.
    public var kind: InterfaceKind {
        switch self {
        case .bridge: .bridge
        case .ethernet: .ethernet
        }
    }

    /// The bridge's name, if there is one.
    public var bridge: String? {
        if case .bridge(let name) = self { name } else { nil }
    }
}

/// The kinds of network card that this driver knows. Source: `/domain/devices/interface/@type`.
public enum InterfaceKind: String, Hashable, Sendable, CaseIterable {
    case bridge
    case ethernet
}

/// A data rate in KiB/s. Source: `/domain/devices/interface/bandwidth/outbound/@average`.
public struct KibibytesPerSecond: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
