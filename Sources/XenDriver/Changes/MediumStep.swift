import LibxlAPI
import XenModel
import XenUnits

/// Gives a CD-ROM drive another medium, or takes its medium out.
struct MediumStep: ChangeWork {
    /// The drive with its new medium.
    let target: Change.Target
    let old: LibxlDeviceDisk
    let new: LibxlDeviceDisk

    init(_ drive: Device, old: LibxlDeviceDisk, new: LibxlDeviceDisk) {
        target = Change.Target(drive)
        self.old = old
        self.new = new
    }

    var gain: PlacedDevice? { new.number.map { PlacedDevice(new, number: $0) } }

    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding {
        // A drive that is gone is found missing next.
        guard let number = new.number, let found = try await driver.inventory(of: live.domid).disk(number),
            found.isCDROM
        else { return .overtaken(nil) }
        let medium = found.pdevPath ?? ""
        guard ["", old.pdevPath, new.pdevPath].contains(medium) else {
            return .overtaken(.medium(.other(medium)))
        }
        return .open
    }

    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd {
        try await insert(new, in: live, by: driver, phase: "changing the medium")
        driver.steps.reached(.mediumChanged)
        return .done
    }

    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice? {
        do throws(DriverError) {
            // libxl takes the old medium out before it looks at the new one.
            try await insert(old, in: live, by: driver, phase: "putting the medium back")
        } catch {
            throw UndoFailure.failed(error, .medium(.unknown))
        }
        return nil
    }

    private func insert(_ medium: LibxlDeviceDisk, in live: LiveDomain, by driver: Driver, phase: String)
        async throws(DriverError)
    {
        let title = target.device.value.title
        try await driver.operation(live.name, phase, of: title, live.call) { (deadline) throws(LibxlError) in
            try await driver.host.libxl.insertCDROM(medium, into: live.domid, deadline: deadline)
        }
    }

    /// Takes into the live definition what became of a drive that has neither its new nor its old medium: it is left
    /// empty, and holds up no other change. Returns what is in it.
    func giveUp(
        after undoFailure: DriverError, _ live: inout LiveDomain, by driver: Driver
    ) async throws(DriverError) -> AbandonedChange.Medium {
        guard case .disk(var emptied) = target.device.value, let number = new.number else { return .unknown }
        var empty = new
        empty.pdevPath = nil
        empty.format = .empty
        var left = AbandonedChange.Medium.ejected(undoFailure)
        do throws(DriverError) {
            try await insert(empty, in: live, by: driver, phase: "ejecting the medium")
        } catch {
            // Whatever is in it stays in it.
            let medium = try await driver.inventory(of: live.domid).disk(number)?.pdevPath ?? ""
            if medium == old.pdevPath ?? "" { return .old }
            if medium == new.pdevPath ?? "" {
                let bound = try await driver.bind(
                    target.device.value, PlacedDevice(new, number: number), in: live.domid)
                live.status.take(bound)
                return .new
            }
            left = .none
        }
        emptied.source = DiskSource(kind: emptied.source.kind, path: nil)
        live.status.take(
            try await driver.bind(.disk(emptied), PlacedDevice(empty, number: number), in: live.domid))
        return left
    }
}

extension LibxlDeviceDisk {
    /// The same with the backend of `drive`, which a change of media leaves as it is, where nothing asks for another.
    func served(like drive: LibxlDeviceDisk) -> LibxlDeviceDisk {
        var disk = self
        if disk.backend == .unknown { disk.backend = drive.backend }
        return disk
    }
}
