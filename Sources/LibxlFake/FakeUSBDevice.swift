/// A USB device of a fake host's.
///
/// Text form: `BUS-ADDRESS` in decimal, which stands in xenstore where a real host has the kernel's name of the port.
/// Source: libxl's `usbdev_busaddr_to_busid`.
public struct FakeUSBDevice: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let bus: UInt8
    public let address: UInt8

    /// The device of these numbers; nil if one is 0, which no device has.
    public init?(bus: UInt8, address: UInt8) {
        guard bus > 0, address > 0 else { return nil }
        self.bus = bus
        self.address = address
    }

    /// Reads the text form; nil for anything else.
    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let bus = UInt8(parts[0]), let address = UInt8(parts[1]) else { return nil }
        self.init(bus: bus, address: address)
    }

    public var description: String { "\(bus)-\(address)" }

    public static func < (left: FakeUSBDevice, right: FakeUSBDevice) -> Bool {
        (left.bus, left.address) < (right.bus, right.address)
    }
}

extension FakeUSBDevice: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let device = FakeUSBDevice(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no BUS-ADDRESS")
        }
        self = device
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
