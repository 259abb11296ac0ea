public import XenUnits

/// A device of the host that has no bus to be found on, and that a guest gets whole. Source:
/// `/domain/devices/xenkeeper:dtdev`.
///
/// Xen hands such devices out on Arm alone.
public struct DeviceTreeDevice: Hashable, Sendable {
    /// Its node in the host's device tree, such as `/soc/serial@fe201000`. `@path`.
    public var path: String
    public var handle: DeviceHandle

    /// The device of this node.
    public init(path: String, alias: DeviceAlias? = nil) {
        self.path = path
        handle = DeviceHandle(alias: alias)
    }
}

extension DeviceTreeDevice: DeviceModel {
    public static var classes: [DeviceClass] { [.dtdev] }
    public static var hasAddress: Bool { false }
    public var asDevice: Device { .dtdev(self) }
    public var familiarName: String { path }
}
