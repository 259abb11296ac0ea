public import XenUnits

/// A device of the host that a guest gets whole. Source: `/domain/devices/hostdev[@mode='subsystem']`.
package struct HostDevice: Hashable, Sendable {
    /// Which it is. `source`.
    package var source: HostDeviceSource
    /// Whether it is taken from its driver of the host when the guest gets it, and given back after. `@managed`.
    package var isManaged: Bool
    package var handle: DeviceHandle

    /// The device at `source`, to be made ready by whoever hands it out unless it is managed.
    package init(source: HostDeviceSource, isManaged: Bool = false, alias: DeviceAlias? = nil) {
        self.source = source
        self.isManaged = isManaged
        handle = DeviceHandle(alias: alias)
    }
}

extension HostDevice: DeviceModel {
    package static var classes: [DeviceClass] { [.hostdev] }
    package var asDevice: Device { .hostdev(self) }
    package var familiarName: String { source.description }
    package var uniquePlace: DevicePlace? { source.place }
    package var hostDevice: HostDeviceSource? { source }
}

/// Which device of the host. Source: `/domain/devices/hostdev/@type` and `source`.
public enum HostDeviceSource: Hashable, Sendable, CustomStringConvertible {
    case pci(HostPCIDevice)
    case usb(HostUSBDevice)

    public var description: String {
        switch self {
        case .pci(let device): device.address.description
        case .usb(let device): device.description
        }
    }
}

/// A PCI device of the host, and how it is handed out. Source: `hostdev[@type='pci']/source`.
public struct HostPCIDevice: Hashable, Sendable {
    /// `address`.
    public var address: PCIAddress
    /// Whether the guest may write to all of the configuration space; nil leaves it to libxl. `@writeFiltering='no'`.
    public var permissive: Bool?
    /// Whether message-signalled interrupts are translated for the guest; nil leaves it to libxl.
    /// `xenkeeper:pci/@msiTranslate`.
    public var msiTranslate: Bool?
    /// Whether the guest manages its power; nil leaves it to libxl. `xenkeeper:pci/@powerManagement`.
    public var powerManagement: Bool?
    /// Whether it is taken from whatever driver it has; nil leaves it to libxl. `xenkeeper:pci/@seize`.
    public var seize: Bool?
    /// What becomes of memory that firmware reserved for it; nil leaves it to libxl. `xenkeeper:pci/@rdmPolicy`.
    public var rdmPolicy: ReservedMemoryPolicy?

    /// The device at `address` with everything else left to libxl.
    public init(address: PCIAddress) {
        self.address = address
    }
}

/// A USB device of the host, by its place, its vendor and product, or both. Source: `hostdev[@type='usb']/source`.
public struct HostUSBDevice: Hashable, Sendable, CustomStringConvertible {
    /// `address/@bus` and `@device`: 1 to 255 each.
    public var place: Place?
    /// `vendor/@id` and `product/@id`.
    public var vendorProduct: VendorProduct?

    /// The device at `place`, of `vendorProduct`; one of them must be said.
    public init(place: Place?, vendorProduct: VendorProduct? = nil) {
        self.place = place
        self.vendorProduct = vendorProduct
    }

    /// Where a USB device is plugged.
    public struct Place: Hashable, Sendable {
        public var bus: UInt8
        public var device: UInt8

        /// The device `device` of the bus `bus`.
        public init(bus: UInt8, device: UInt8) {
            self.bus = bus
            self.device = device
        }
    }

    /// What a USB device says that it is.
    public struct VendorProduct: Hashable, Sendable {
        public var vendor: UInt16
        public var product: UInt16

        /// The product `product` of the vendor `vendor`.
        public init(vendor: UInt16, product: UInt16) {
            self.vendor = vendor
            self.product = product
        }
    }

    public var description: String {
        if let place { return "usb \(place.bus).\(place.device)" }
        guard let vendorProduct else { return "usb" }
        return "usb \(hexadecimal(vendorProduct.vendor)):\(hexadecimal(vendorProduct.product))"
    }

    private func hexadecimal(_ number: UInt16) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}
