/// What only the host's USB has: libxl knows a device by its place alone.
public protocol HostUSB: Sendable {
    /// The devices that are plugged into the host, hubs included, in order of bus and address.
    func usbDevices() async throws(HostUSBError) -> [HostUSBEntry]
}

/// A USB device of the host's.
public struct HostUSBEntry: Hashable, Comparable, Sendable {
    /// From 1.
    public var bus: UInt8
    /// From 1, within the bus; drawn anew when the device is plugged.
    public var address: UInt8
    public var vendor: UInt16
    public var product: UInt16

    /// The device at `address` of `bus`, of this vendor and product.
    public init(bus: UInt8, address: UInt8, vendor: UInt16, product: UInt16) {
        self.bus = bus
        self.address = address
        self.vendor = vendor
        self.product = product
    }

    public static func < (left: HostUSBEntry, right: HostUSBEntry) -> Bool {
        (left.bus, left.address, left.vendor, left.product) < (right.bus, right.address, right.vendor, right.product)
    }
}

/// The host's USB devices cannot be read.
public struct HostUSBError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What could not be read.
    public let path: String
    /// What went wrong, as the system says it.
    public let reason: String

    /// The refusal to read `path`.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "'\(path)': \(reason)" }
}
