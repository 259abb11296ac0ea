import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// What a change is about to do: written before libxl is asked, so that whoever finds it can complete or undo it.
///
/// A stop has a file of its own, see `StateStore.requestStop`.
struct Plan: Hashable, Sendable, Codable {
    var work: Work
    /// Seconds since the host booted, when the work, or its undoing, was begun.
    var begun: Double
    /// Whether a persistent definition waits under its staged name to be committed with this change.
    var stages = false

    /// A plan for `work`, which has not begun.
    init(_ work: Work) {
        self.work = work
        begun = 0
    }

    enum Work: Hashable, Sendable, Codable {
        case start
        /// With the controller that it needs and the guest lacks, which comes before it and goes with it.
        case add(target: Target, new: PlacedDevice, hub: Hub?)
        case remove(target: Target, old: PlacedDevice, isForced: Bool)
        case replace(Replacement)
        case link(target: Target, nic: LibxlDeviceNIC)
        /// A CD-ROM drive is given another medium, or none.
        case medium(target: Target, old: LibxlDeviceDisk, new: LibxlDeviceDisk)
        /// A foreign device becomes one of ours; nothing is asked of libxl.
        case adopt(target: Target, found: PlacedDevice)
    }

    /// The device that the work is on.
    struct Target: Hashable, Sendable, Codable {
        /// The key of its binding: its alias, as text; empty for a foreign one, which has none.
        var key: String
        /// As it will be; as it is, if it is to go.
        var device: DeviceDocument

        /// A device that has its name already.
        init(_ device: Device) {
            key = device.alias?.description ?? ""
            self.device = DeviceDocument(device)
        }
    }

    /// A controller that is plugged for another device's sake.
    struct Hub: Hashable, Sendable, Codable {
        var target: Target
        var new: PlacedDevice
    }

    /// One device unplugged, and another plugged under its identity.
    struct Replacement: Hashable, Sendable, Codable {
        var target: Target
        var old: PlacedDevice
        var new: PlacedDevice
        var stage = Stage.planned
        /// The device as it was, where the status does not have it: a foreign one.
        var former: DeviceDocument?

        enum Stage: String, Hashable, Sendable, Codable {
            /// The old one is there, or on its way out.
            case planned
            /// The old one is known to be gone; what is there is the new one.
            case unplugged
            /// The new one failed; what is there is the old one, or what the new one left.
            case undoing
        }
    }

    /// The device that the work is on; nil for a start.
    var target: Target? {
        switch work {
        case .start: nil
        case .add(let target, _, _), .remove(let target, _, _), .link(let target, _), .medium(let target, _, _),
            .adopt(let target, _):
            target
        case .replace(let replacement): replacement.target
        }
    }

    /// Where in Xen a foreign device is that the work is on; nil for one of ours.
    var foreignIdentity: DeviceIdentity? {
        switch work {
        case .remove(let target, let device, _) where target.key.isEmpty: device.identity
        case .replace(let replacement) where replacement.target.key.isEmpty: replacement.old.identity
        case .start, .add, .remove, .replace, .link, .medium, .adopt: nil
        }
    }
}

/// A device, kept as the document that our own reader reads.
struct DeviceDocument: Hashable, Sendable, Codable {
    var value: Device

    init(_ value: Device) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let document = Array(try container.decode(String.self).utf8)
        do throws(DomainXMLError) {
            value = try Device.parse(document, options: StateStore.ownDocuments).value
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value.xml())
    }
}
