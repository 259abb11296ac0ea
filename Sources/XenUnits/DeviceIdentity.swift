/// What a device is called in Xen, and the only thing by which one is removed or changed.
///
/// Never −1, never a name of the user's. Source: design of libxl's `device_remove` calls, which take
/// (domid, backend domid, devid).
public enum DeviceIdentity: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A NIC, by libxl's `devid`.
    case nic(devid: DeviceID)
    /// A disk, by the number that its `vdev` stands for.
    case disk(vdev: BlockDeviceNumber)

    /// The class of the device.
    public var deviceClass: DeviceClass {
        switch self {
        case .nic: .interface
        case .disk: .disk
        }
    }

    /// The device's number in its xenstore paths.
    public var devid: DeviceID {
        switch self {
        case .nic(let devid): devid
        case .disk(let number): number.deviceID
        }
    }

    /// The word between domain and number in xenstore paths: `vif` or `vbd`.
    public var xenstoreKind: String {
        switch self {
        case .nic: "vif"
        case .disk: "vbd"
        }
    }

    /// The end of the device's path in xenstore: `vif/0`, `vbd/51712`.
    public var description: String { "\(xenstoreKind)/\(devid)" }

    /// Reads what `description` writes; nil for any other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int32(parts[1]), number >= 0 else { return nil }
        switch parts[0] {
        case "vif": self = .nic(devid: DeviceID(rawValue: number))
        case "vbd": self = .disk(vdev: BlockDeviceNumber(rawValue: number))
        default: return nil
        }
        guard description == text else { return nil }
    }
}
