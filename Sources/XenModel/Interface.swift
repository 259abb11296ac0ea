package import XenUnits

/// A NIC of a domain. Source: `/domain/devices/interface`.
package struct Interface: Hashable, Sendable {
    /// What the NIC is connected to on the host.
    package var source: InterfaceSource
    /// Never a multicast address; drawn at random when the document gave none. `mac/@address`.
    package var mac: MACAddress
    /// The host's name for the NIC's other end; nil leaves it to Xen (`vifDOMID.DEVID`). `target/@dev`.
    package var target: String?
    /// The emulated NIC, or `netfront`; nil is the guest type's default. `model/@type`.
    package var model: String?
    /// The host's script that wires the NIC up, an absolute path or a name in Xen's script directory; nil is Xen's
    /// default. `script/@path`.
    package var script: String?
    /// The guest's addresses that the wiring script is given, in document order, each as `ADDRESS` or, for a range,
    /// `ADDRESS/LENGTH`. `ip/@address`, `ip/xenkeeper:range/@prefix`.
    package var ipAddresses: [String]
    /// The name of the domain that serves the NIC; nil is Domain-0. `backenddomain/@name`.
    package var backendDomain: String?
    /// The most that the guest may send; nil is no limit. `bandwidth/outbound/@average`.
    package var outboundAverage: KibibytesPerSecond?
    /// The largest packet in bytes, 68 to 65535; nil is the bridge's own. `mtu/@size`.
    package var mtu: UInt32?
    /// Whether the cable is in; nil is up. `link/@state`.
    package var link: LinkState?
    /// The kind of switch that the bridge is; nil is the kernel's own. `virtualport/@type`.
    package var virtualPort: VirtualPort?
    /// The VLANs that the NIC is in; nil is none. `vlan`.
    package var vlan: VLAN?
    /// The host's device that routes for the NIC, for a script that routes. `xenkeeper:gateway/@dev`.
    package var gatewayDevice: String?
    /// Whether the guest may trust who serves the NIC; nil leaves it to libxl. `xenkeeper:backend/@trusted`.
    package var trustsBackend: Bool?
    /// Whether a PCI device that it is is taken from its driver of the host when the guest gets it, and given back after.
    /// `@managed`.
    package var isManaged: Bool
    /// Its place in the order in which the guest is booted from its devices, from 1. `boot/@order`.
    package var bootOrder: UInt32?
    package var handle: DeviceHandle

    /// A NIC on `source` with address `mac` and nothing else said.
    package init(source: InterfaceSource, mac: MACAddress, alias: DeviceAlias? = nil) {
        self.source = source
        self.mac = mac
        handle = DeviceHandle(alias: alias)
        ipAddresses = []
        isManaged = false
    }
}

extension Interface: DeviceModel {
    package static var classes: [DeviceClass] { [.interface] }
    package var asDevice: Device { .interface(self) }
    package var familiarName: String { mac.description }
    package var server: String? { backendDomain }
    package var uniquePlace: DevicePlace? { hostDevice?.place ?? .mac(mac) }
    package var hostDevice: HostDeviceSource? {
        if case .hostdev(let device) = source { .pci(device) } else { nil }
    }
}

extension Interface {
    /// Everything that a NIC may say besides what it is connected to and its MAC address, a row each, in the order in
    /// which the rows are shown to people.
    ///
    /// It is what decides of each what an update makes of it, whether a guest that gets the NIC itself has it, and what
    /// the report on a translation looks at.
    package static let fields: [InterfaceField] = [
        .optional("target/@dev", \.target, .names),
        .optional("model/@type", \.model, .cannotChange("model")),
        .optional("script/@path", \.script, .replugs("script")),
        .list("ip", \.ipAddresses, .replugs("ip")),
        .optional("backenddomain/@name", \.backendDomain, .cannotChange("backenddomain")),
        .optional(
            "bandwidth/outbound/@average", \.outboundAverage, .replugs("bandwidth"), element: "bandwidth/outbound"),
        .optional("mtu/@size", \.mtu, .replugs("mtu")),
        .optional("link/@state", \.link, .inPlace("link"), usual: .up),
        .optional("virtualport/@type", \.virtualPort, .replugs("virtualport"), with: { $0.vlan = nil }),
        .optional("vlan", \.vlan, .replugs("vlan")),
        .optional("xenkeeper:gateway/@dev", \.gatewayDevice, .replugs("gateway")),
        .optional("xenkeeper:backend/@trusted", \.trustsBackend, .replugs("trusted")),
        .optional(
            "boot/@order", \.bootOrder, .atNextStart("boot order"), needsBackend: false, guests: GuestType.hvmAlone),
    ]
}

/// Something that a NIC's document may say.
package struct InterfaceField: Sendable {
    /// Where in the NIC's element it stands.
    package let path: String
    /// The element that it is the only part of.
    package let element: String
    /// What an update makes of it.
    package let update: Update
    /// Whether it says something of a NIC that Xen serves alone, and nothing of one that the guest gets whole.
    package let needsBackend: Bool
    /// The types of guest that it means something to.
    package let guests: [GuestType]
    /// Whether a NIC says it.
    package let isSaid: @Sendable (Interface) -> Bool
    /// Whether it is something else on one NIC than on the other.
    package let differs: @Sendable (Interface, Interface) -> Bool
    /// Makes it on the second NIC what it is on the first.
    package let copy: @Sendable (Interface, inout Interface) -> Void
    /// Takes it out, along with what is nothing without it.
    package let takeOut: @Sendable (inout Interface) -> Void

    /// What an update makes of something. Each has the name by which an update speaks of it.
    package enum Update: Hashable, Sendable {
        /// It says which NIC is meant.
        case names
        /// The NIC is unplugged and plugged again.
        case replugs(String)
        /// The NIC stays plugged.
        case inPlace(String)
        /// It is changed in a definition, and not while the guest runs.
        case atNextStart(String)
        /// It is refused.
        case cannotChange(String)
    }

    fileprivate static func optional<Value: Equatable & Sendable>(
        _ path: String, _ member: any WritableKeyPath<Interface, Value?> & Sendable, _ update: Update,
        usual: Value? = nil, element: String? = nil, needsBackend: Bool = true,
        guests: [GuestType] = GuestType.every, with part: @escaping @Sendable (inout Interface) -> Void = { _ in }
    ) -> InterfaceField {
        InterfaceField(
            path: path, element: element ?? path, update: update, needsBackend: needsBackend, guests: guests,
            isSaid: { $0[keyPath: member] != nil },
            differs: { ($0[keyPath: member] ?? usual) != ($1[keyPath: member] ?? usual) },
            copy: { $1[keyPath: member] = $0[keyPath: member] },
            takeOut: { nic in
                nic[keyPath: member] = nil
                part(&nic)
            })
    }

    fileprivate static func list<Value: Equatable & Sendable>(
        _ path: String, _ member: any WritableKeyPath<Interface, [Value]> & Sendable, _ update: Update
    ) -> InterfaceField {
        InterfaceField(
            path: path, element: path, update: update, needsBackend: true, guests: GuestType.every,
            isSaid: { !$0[keyPath: member].isEmpty }, differs: { $0[keyPath: member] != $1[keyPath: member] },
            copy: { $1[keyPath: member] = $0[keyPath: member] }, takeOut: { $0[keyPath: member] = [] })
    }
}

/// What an update wants a NIC to be. Nil is "not said" for what it is connected to, which then stays.
@dynamicMemberLookup
package struct RequestedInterface: Hashable, Sendable {
    package var kind: InterfaceKind?
    package var bridge: String?
    /// The network of a NIC of that type.
    package var network: String?
    /// A NIC that says of `Interface.fields` what the document says, and nothing else.
    package var interface: Interface

    /// Nothing said.
    package init() {
        interface = Interface(source: .ethernet, mac: MACAddress(bits: 0))
    }

    /// What the document says of one of them.
    package subscript<Value>(dynamicMember member: WritableKeyPath<Interface, Value>) -> Value {
        get { interface[keyPath: member] }
        set { interface[keyPath: member] = newValue }
    }
}

/// What a NIC is connected to on the host. Source: `/domain/devices/interface/@type` and `source`.
package enum InterfaceSource: Hashable, Sendable {
    /// A bridge of the host. `source/@bridge`.
    case bridge(String)
    /// Whatever the script makes of it.
    case ethernet
    /// A network of the connection's configuration, which says what bridge it is. `source/@network`.
    case network(String)
    /// A PCI device of the host, which the guest gets whole. `source/address`.
    case hostdev(HostPCIDevice)

    /// The value of `/domain/devices/interface/@type`.
    package var kind: InterfaceKind {
        switch self {
        case .bridge: .bridge
        case .ethernet: .ethernet
        case .network: .network
        case .hostdev: .hostdev
        }
    }

    /// The bridge's name, if there is one.
    package var bridge: String? {
        if case .bridge(let name) = self { name } else { nil }
    }
}

/// The kinds of NIC that this driver knows. Source: `/domain/devices/interface/@type`.
public enum InterfaceKind: String, Hashable, Sendable, CaseIterable {
    case bridge
    case ethernet
    case network
    case hostdev
}

/// The kind of switch that a bridge is. Source: `/domain/devices/interface/virtualport/@type`.
package enum VirtualPort: String, Hashable, Sendable, CaseIterable {
    case openvswitch
}

/// The VLANs that a NIC is in. Source: `/domain/devices/interface/vlan`.
package struct VLAN: Hashable, Sendable {
    /// Whether the guest sees the tags itself; several tags imply it. `@trunk`.
    package var isTrunk: Bool
    /// 0 to 4095 each, at least one, in document order. `tag/@id`.
    package var tags: [UInt16]

    /// A NIC in these VLANs.
    package init(isTrunk: Bool, tags: [UInt16]) {
        self.isTrunk = isTrunk
        self.tags = tags
    }
}

/// A data rate in KiB/s. Source: `/domain/devices/interface/bandwidth/outbound/@average`.
package struct KibibytesPerSecond: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
