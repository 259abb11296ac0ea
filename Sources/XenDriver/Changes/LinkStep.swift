import LibxlAPI
import XenModel
import XenUnits

/// Puts the link of a plugged NIC up or down, as its definition says.
struct LinkStep: ChangeWork {
    let target: Change.Target
    let nic: LibxlDeviceNIC
    /// How the link was; nil for that of a NIC which comes with this change, and goes again if that is undone.
    let former: LinkState?

    init(_ device: Device, _ nic: LibxlDeviceNIC, former: LinkState?) {
        target = Change.Target(device)
        self.nic = nic
        self.former = former
    }

    var gain: PlacedDevice? { PlacedDevice(nic) }

    private var wanted: LinkState {
        if case .interface(let interface) = target.device.value { interface.link ?? .up } else { .up }
    }

    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding {
        // A NIC that is gone is found missing next. Which of its links were set is not asked: they are set again.
        let isThere = try await driver.presence(of: PlacedDevice(nic), in: driver.inventory(of: live.domid)).isOurs
        return isThere ? .open : .overtaken(nil)
    }

    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd {
        try await driver.setLink(wanted, of: target.device.value, nic, in: live)
        return .done
    }

    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice? {
        guard let former else { return nil }
        do throws(DriverError) {
            // An emulated NIC has two links; the first may be set already.
            try await driver.setLink(former, of: target.device.value, nic, in: live)
        } catch {
            throw UndoFailure.failed(error, .link(wanted))
        }
        return nil
    }
}
