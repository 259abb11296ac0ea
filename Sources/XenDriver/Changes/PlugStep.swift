import LibxlAPI
import XenModel
import XenUnits

/// Plugs a device.
struct PlugStep: ChangeWork {
    let target: Change.Target
    /// What libxl is passed.
    let new: PlacedDevice
    /// Whether it is a controller that comes for the sake of the change's own device.
    var isForAnother = false

    init(_ device: Device, _ new: PlacedDevice, isForAnother: Bool = false) {
        target = Change.Target(device)
        self.new = new
        self.isForAnother = isForAnother
    }

    var gain: PlacedDevice? { new }

    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding {
        if case .ours(.connected, _) = try await driver.presenceAfterScript(of: new, in: live) { .done } else { .open }
    }

    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd {
        let phase = live.isUpdating ? "plugging for the update" : "attach"
        try await driver.plug(new, as: target.device.value, into: live, phase: phase)
        return .done
    }

    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice? {
        let presence = try await driver.presenceBeforeUndoing(new, in: live)
        switch presence {
        case .different: break
        case .absent: await driver.forgetInLibxl(new, live)
        case .ours:
            guard let error = await driver.takeAway(new, from: live) else { break }
            let remains: AbandonedChange.Remains =
                if isForAnother { .controller(new.identity, error) } else if live.isUpdating {
                    .update(error)
                } else {
                    .attach(new.identity, error)
                }
            throw UndoFailure.failed(driver.undoing(error, of: new, in: live), remains)
        }
        return nil
    }
}

extension Change {
    /// The steps by which a device comes to a running domain: a NIC may have to come with its link down.
    static func plugging(_ device: Device, _ sent: PlacedDevice) -> [ChangeStep] {
        let plug = ChangeStep.plug(PlugStep(device, sent))
        guard case .interface(let interface) = device, interface.link == .down, case .nic(let nic) = sent.device else {
            return [plug]
        }
        return [plug, .setLink(LinkStep(device, nic, former: nil))]
    }
}
