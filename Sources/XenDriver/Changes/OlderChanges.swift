import LibxlAPI
import XenModel
import XenUnits

/// A change as status files of the versions 1 and 2 have it, under `plan`.
struct OlderChange: Hashable, Sendable, Decodable {
    private let work: Work
    private let begun: Double
    private let stages: Bool

    private enum Work: Hashable, Sendable, Codable {
        case start
        case add(target: Change.Target, new: PlacedDevice, controller: Controller?)
        case remove(target: Change.Target, old: PlacedDevice, isForced: Bool)
        case replace(Replacement)
        case link(target: Change.Target, nic: LibxlDeviceNIC)
        case medium(target: Change.Target, old: LibxlDeviceDisk, new: LibxlDeviceDisk)
        case adopt(target: Change.Target, found: PlacedDevice)

        private enum AddCodingKeys: String, CodingKey {
            case target, new
            case controller = "hub"
        }
    }

    private struct Controller: Hashable, Sendable, Codable {
        var target: Change.Target
        var new: PlacedDevice
    }

    private struct Replacement: Hashable, Sendable, Codable {
        var target: Change.Target
        var old: PlacedDevice
        var new: PlacedDevice
        var stage: Stage
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

    /// The same as the steps of this version, for a domain of which the file has `definition`.
    func change(of definition: DomainDefinition) -> Change {
        func former(_ target: Change.Target) -> Device? {
            definition.devices.first { $0.alias?.description == target.key }
        }
        var change =
            switch work {
            case .start: Change(.start, [])
            case .add(let target, let new, let controller):
                Change(
                    .attach,
                    (controller.map { [.plug(PlugStep($0.target.device.value, $0.new, isForAnother: true))] } ?? [])
                        + Change.plugging(target.device.value, new))
            case .remove(let target, let old, let isForced):
                Change(
                    .detach, [.unplug(UnplugStep(target.device.value, old, isForced: isForced, isForGood: true))])
            case .replace(let replacement):
                Change(
                    .update,
                    [
                        .unplug(
                            UnplugStep(
                                replacement.former?.value ?? former(replacement.target)
                                    ?? replacement.target.device.value, replacement.old, isForGood: false))
                    ] + Change.plugging(replacement.target.device.value, replacement.new))
            case .link(let target, let nic):
                Change(
                    .linkChange,
                    [.setLink(LinkStep(target.device.value, nic, former: former(target)?.link ?? .up))])
            case .medium(let target, let old, let new):
                Change(.mediumChange, [.insert(MediumStep(target.device.value, old: old, new: new))])
            case .adopt(let target, let found): Change(.adoption, [.adopt(AdoptStep(target.device.value, found))])
            }
        if case .replace(let replacement) = work {
            // What failed of the new one may be there still where the old one was to be put back.
            change.step = replacement.stage == .planned ? 0 : 1
            change.isUndoing = replacement.stage == .undoing
        }
        change.begun = begun
        change.stages = stages
        return change
    }
}

extension Device {
    /// The link of a NIC, where its document says that.
    fileprivate var link: LinkState? {
        if case .interface(let interface) = self { interface.link } else { nil }
    }
}
