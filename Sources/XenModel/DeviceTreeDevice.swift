package import XenUnits

/// A device of the host that has no bus to be found on, and that a guest gets whole. Source:
/// `/domain/devices/xenkeeper:dtdev`.
///
/// Xen hands such devices out on Arm alone.
package struct DeviceTreeDevice: Hashable, Sendable {
    /// Its node in the host's device tree, such as `/soc/serial@fe201000`. `@path`.
    package var path: String
    package var handle: DeviceHandle

    /// The device of this node.
    package init(path: String, alias: DeviceAlias? = nil) {
        self.path = path
        handle = DeviceHandle(alias: alias)
    }
}

extension DeviceTreeDevice: DeviceModel {
    package static var classes: [DeviceClass] { [.dtdev] }
    package static var hasAddress: Bool { false }
    package var asDevice: Device { .dtdev(self) }
    package var familiarName: String { path }
}
