public import LibxlAPI

/// A USB device of a fake host's. Two at one place are the same, for there is room for one.
///
/// Text form: `BUS-ADDRESS` in decimal, which stands in xenstore where a real host has the kernel's name of the port, and
/// after a space its vendor and product, if those are known: `1-4 1d6b:0003`. Source: libxl's
/// `usbdev_busaddr_to_busid`, lsusb(8).
public struct FakeUSBDevice: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let bus: UInt8
    public let address: UInt8
    /// What it says that it is; nil if it says nothing.
    public let vendorProduct: VendorProduct?

    /// A vendor's number and its product's.
    public struct VendorProduct: Hashable, Comparable, Sendable {
        public let vendor: UInt16
        public let product: UInt16

        /// The product `product` of the vendor `vendor`.
        public init(vendor: UInt16, product: UInt16) {
            self.vendor = vendor
            self.product = product
        }

        public static func < (left: VendorProduct, right: VendorProduct) -> Bool {
            (left.vendor, left.product) < (right.vendor, right.product)
        }
    }

    /// The device of these numbers; nil if one of the first two is 0, which no device has.
    public init?(bus: UInt8, address: UInt8, vendorProduct: VendorProduct? = nil) {
        guard bus > 0, address > 0 else { return nil }
        self.bus = bus
        self.address = address
        self.vendorProduct = vendorProduct
    }

    /// Reads the text form; nil for anything else.
    public init?(_ description: String) {
        let words = description.split(separator: " ", omittingEmptySubsequences: false)
        let place = words[0].split(separator: "-", omittingEmptySubsequences: false)
        guard words.count <= 2, place.count == 2, let bus = UInt8(place[0]), let address = UInt8(place[1]) else {
            return nil
        }
        var vendorProduct: VendorProduct?
        if words.count == 2 {
            let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false)
            guard numbers.count == 2, let vendor = UInt16(numbers[0], radix: 16),
                let product = UInt16(numbers[1], radix: 16)
            else { return nil }
            vendorProduct = VendorProduct(vendor: vendor, product: product)
        }
        self.init(bus: bus, address: address, vendorProduct: vendorProduct)
    }

    /// The place alone.
    var place: String { "\(bus)-\(address)" }

    public var description: String {
        func hexadecimal(_ number: UInt16) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 4 - text.count) + text
        }
        guard let vendorProduct else { return place }
        return "\(place) \(hexadecimal(vendorProduct.vendor)):\(hexadecimal(vendorProduct.product))"
    }

    public static func == (left: FakeUSBDevice, right: FakeUSBDevice) -> Bool {
        (left.bus, left.address) == (right.bus, right.address)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bus)
        hasher.combine(address)
    }

    public static func < (left: FakeUSBDevice, right: FakeUSBDevice) -> Bool {
        (left.bus, left.address) < (right.bus, right.address)
    }
}

extension FakeUSBDevice: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let device = FakeUSBDevice(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no BUS-ADDRESS and no BUS-ADDRESS VENDOR:PRODUCT")
        }
        self = device
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension FakeXenHost: HostUSB {
    /// The devices of the configuration that say their vendor and product; none where every one is taken to be there.
    public func usbDevices() async throws(HostUSBError) -> [HostUSBEntry] {
        do throws(FakeXenError) {
            return try (store.configuration().usbDevices ?? []).sorted().compactMap { device in
                device.vendorProduct.map {
                    HostUSBEntry(
                        bus: device.bus, address: device.address, vendor: $0.vendor, product: $0.product)
                }
            }
        } catch {
            throw HostUSBError(path: "host.json", reason: "\(error)")
        }
    }
}
