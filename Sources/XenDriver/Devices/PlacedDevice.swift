import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// A device of which it is known what it is called in Xen: what libxl is given, and what a status keeps of that.
struct PlacedDevice: Hashable, Sendable {
    var device: LibxlDevice
    let identity: DeviceIdentity

    /// `device`, which has this identity.
    init(_ device: LibxlDevice, identity: DeviceIdentity) {
        self.device = device
        self.identity = identity
    }

    /// Nil for a device whose place is left to libxl, or that libxl would refuse for want of one.
    init?(_ device: LibxlDevice) {
        guard let identity = device.identity else { return nil }
        self.init(device, identity: identity)
    }

    init(_ nic: LibxlDeviceNIC) {
        self.init(.nic(nic), identity: .nic(devid: nic.devid))
    }

    /// A disk with the number that its `vdev` stands for.
    init(_ disk: LibxlDeviceDisk, number: BlockDeviceNumber) {
        self.init(.disk(disk), identity: .disk(vdev: number))
    }

    /// The same device, served by the domain `backend`.
    func served(by backend: DomainID) -> PlacedDevice {
        PlacedDevice(device.served(by: backend), identity: identity)
    }
}

extension PlacedDevice {
    /// What libxl is passed for `device`, which comes to a guest that runs; nil for one that can only come with its
    /// domain.
    ///
    /// `place` is where it goes, for a device whose document does not say that.
    init?(
        _ device: Device, at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) {
        guard let sent = try device.driven.libxlDevice(at: place, guestType: guestType, context: context) else {
            return nil
        }
        self.init(sent)
    }
}

/// The devices of a config that can come and go while its guest runs, in the order in which libxl is passed them.
struct PlacedDevices: Sendable {
    private var waiting: [LibxlDevice.Kind: ArraySlice<LibxlDevice>] = [:]
    /// By the vdev: libxl takes them in an order of their own.
    private let disks: [String: LibxlDeviceDisk]

    init(_ config: LibxlDomainConfig) {
        for kind in LibxlDevice.Kind.allCases { waiting[kind] = config.devices(kind)[...] }
        disks = Dictionary(config.disks.map { ($0.vdev, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What libxl is passed for `device`, the next of its kind in the definition; nil for one that comes and goes with
    /// its domain.
    mutating func next(_ device: Device) -> PlacedDevice? {
        if case .disk(let disk) = device { return disks[disk.target].flatMap { PlacedDevice(.disk($0)) } }
        return device.driven.libxlKind.flatMap { waiting[$0]?.popFirst() }.flatMap { PlacedDevice($0) }
    }
}

extension PlacedDevice: Codable {
    /// How a file has it. The NIC's identity is in the NIC.
    private enum Stored: Codable {
        case nic(LibxlDeviceNIC)
        case disk(LibxlDeviceDisk, number: BlockDeviceNumber)
        case other(LibxlDevice, identity: DeviceIdentity)
    }

    init(from decoder: any Decoder) throws {
        switch try Stored(from: decoder) {
        case .nic(let nic): self.init(nic)
        case .disk(let disk, let number): self.init(disk, number: number)
        case .other(.nic, _), .other(.disk, _):
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not under 'other'"))
        case .other(let device, let identity): self.init(device, identity: identity)
        }
    }

    func encode(to encoder: any Encoder) throws {
        let stored: Stored =
            switch (device, identity) {
            case (.nic(let nic), _): .nic(nic)
            case (.disk(let disk), .disk(let number)): .disk(disk, number: number)
            default: .other(device, identity: identity)
            }
        try stored.encode(to: encoder)
    }
}
