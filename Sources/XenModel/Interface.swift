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
    /// The guest's addresses that the wiring script is told of, in document order, each as `ADDRESS` or, for a range,
    /// `ADDRESS/LENGTH`. `ip/@address`, `ip/xenkeeper:range/@prefix`.
    public var ipAddresses: [String]
    /// The name of the domain that serves the card; nil is Domain-0. `backenddomain/@name`.
    public var backendDomain: String?
    /// The most that the guest may send; nil is no limit. `bandwidth/outbound/@average`.
    public var outboundAverage: KibibytesPerSecond?
    /// The largest packet in bytes, 68 to 65535; nil is the bridge's own. `mtu/@size`.
    public var mtu: UInt32?
    /// Whether the cable is in; nil is up. `link/@state`.
    public var link: LinkState?
    /// The kind of switch that the bridge is; nil is the kernel's own. `virtualport/@type`.
    public var virtualPort: VirtualPort?
    /// The VLANs that the card is in; nil is none. `vlan`.
    public var vlan: VLAN?
    /// The host's device that routes for the card, for a script that routes. `xenkeeper:gateway/@dev`.
    public var gatewayDevice: String?
    /// Whether a PCI device that it is is taken from its driver of the host when the guest gets it, and given back after.
    /// `@managed`.
    public var isManaged: Bool
    /// Its place in the order in which the guest is booted from its devices, from 1. `boot/@order`.
    public var bootOrder: UInt32?
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
        isManaged = false
    }
}

/// What a network card is connected to on the host. Source: `/domain/devices/interface/@type` and `source`.
public enum InterfaceSource: Hashable, Sendable {
    /// A bridge of the host. `source/@bridge`.
    case bridge(String)
    /// Whatever the script makes of it.
    case ethernet
    /// A network of the connection's configuration, which says what bridge it is. `source/@network`.
    case network(String)
    /// A PCI device of the host, which the guest gets whole. `source/address`.
    case hostdev(HostPCIDevice)

    /// The value of `/domain/devices/interface/@type`.
    public var kind: InterfaceKind {
        switch self {
        case .bridge: .bridge
        case .ethernet: .ethernet
        case .network: .network
        case .hostdev: .hostdev
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
    case network
    case hostdev
}

/// The kind of switch that a bridge is. Source: `/domain/devices/interface/virtualport/@type`.
public enum VirtualPort: String, Hashable, Sendable, CaseIterable {
    case openvswitch
}

/// The VLANs that a card is in. Source: `/domain/devices/interface/vlan`.
public struct VLAN: Hashable, Sendable {
    /// Whether the guest sees the tags itself; several tags imply it. `@trunk`.
    public var isTrunk: Bool
    /// 0 to 4095 each, at least one, in document order. `tag/@id`.
    public var tags: [UInt16]

    /// A card in these VLANs.
    public init(isTrunk: Bool, tags: [UInt16]) {
        self.isTrunk = isTrunk
        self.tags = tags
    }
}

/// A data rate in KiB/s. Source: `/domain/devices/interface/bandwidth/outbound/@average`.
public struct KibibytesPerSecond: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
