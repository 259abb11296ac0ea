public import XenUnits

/// A USB device of the host's that is passed through. Source: `libxl_device_usbdev`.
public struct LibxlDeviceUSBDev: Hashable, Sendable {
    /// nil, with no port, is left to libxl, which makes a controller if none has a free port. `ctrl`.
    public var controller: DeviceID?
    /// From 1; 0 is left to libxl.
    public var port: Int32 = 0
    /// `type.hostdev.hostbus`.
    public var hostBus: UInt8
    /// `type.hostdev.hostaddr`.
    public var hostAddress: UInt8

    /// One with everything else at libxl's default.
    public init(hostBus: UInt8, hostAddress: UInt8) {
        self.hostBus = hostBus
        self.hostAddress = hostAddress
    }
}

extension LibxlDeviceUSBDev: LibxlDeviceStructure {
    public static let kind = LibxlDevice.Kind.usbDevice
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.usbdevs }
    public var asDevice: LibxlDevice { .usbDevice(self) }
    public var identity: DeviceIdentity? {
        port > 0 ? controller.map { .usbDevice(controller: $0, port: port) } : nil
    }
}

extension LibxlDeviceUSBDev: Codable {
    enum CodingKeys: String, CodingKey {
        case controller = "ctrl"
        case port
        case hostDevice = "type.hostdev"
    }

    enum HostDeviceKeys: String, CodingKey {
        case hostBus = "hostbus"
        case hostAddress = "hostaddr"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        controller = try values.decodeIfPresent(DeviceID.self, forKey: .controller)
        port = try values.decode(forKey: .port, default: 0)
        let hostDevice = try values.nestedContainer(keyedBy: HostDeviceKeys.self, forKey: .hostDevice)
        hostBus = try hostDevice.decode(forKey: .hostBus, default: 0)
        hostAddress = try hostDevice.decode(forKey: .hostAddress, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(controller, forKey: .controller)
        try values.encode(port, unless: 0, forKey: .port)
        var hostDevice = values.nestedContainer(keyedBy: HostDeviceKeys.self, forKey: .hostDevice)
        try hostDevice.encode(hostBus, unless: 0, forKey: .hostBus)
        try hostDevice.encode(hostAddress, unless: 0, forKey: .hostAddress)
    }
}
