import LibxlAPI
import XenModel
import XenUnits

/// Makes a foreign device one of ours; nothing is asked of libxl.
struct AdoptStep: ChangeWork {
    let target: Change.Target
    let found: PlacedDevice

    init(_ device: Device, _ found: PlacedDevice) {
        target = Change.Target(device)
        self.found = found
    }

    var gain: PlacedDevice? { found }

    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding {
        let isThere = try await driver.presence(of: found, in: driver.inventory(of: live.domid)).isOurs
        return isThere
            ? .done : .overtaken(.adoption)
    }

    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd { .done }

    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice? { nil }
}
