import LibxlAPI
import XenModel
import XenUnits

/// Unplugs a device, for good or to plug another one in its place.
struct UnplugStep: ChangeWork {
    /// The device as it is.
    let target: Change.Target
    /// What libxl was passed when it was plugged.
    let old: PlacedDevice
    /// Whether the guest is not asked.
    let isForced: Bool
    /// Whether nothing is plugged in its place. Then the first call of libxl's is the point of no return.
    let isForGood: Bool

    init(_ device: Device, _ old: PlacedDevice, isForced: Bool = false, isForGood: Bool) {
        target = Change.Target(device)
        self.old = old
        self.isForced = isForced
        self.isForGood = isForGood
    }

    var gain: PlacedDevice? { nil }

    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding {
        guard isForGood else {
            return try await driver.presenceAfterScript(of: old, in: live).isOurs ? .open : .done
        }
        // One that is gone is asked for again: libxl's stored configuration may still list it.
        return try await driver.presence(of: old, in: driver.inventory(of: live.domid)) == .different ? .done : .open
    }

    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd {
        let backend = try await driver.backend(of: old.identity, in: live.domid)
        if backend == nil {
            switch try await driver.presence(of: old, in: driver.inventory(of: live.domid)) {
            case .absent:
                await driver.forgetInLibxl(old, live)
                return .done
            case .different: return .done
            case .ours: break
            }
        }
        do throws(LibxlError) {
            let removal = try await driver.unplug(old, backend: backend, from: live, force: isForced)
            driver.steps.reached(isForGood ? .deviceUnplugged : .oldDeviceUnplugged)
            return removal == .forced ? .removedByForce : .done
        } catch {
            return try await end(after: error, in: live, by: driver)
        }
    }

    /// What becomes of a removal that failed with `error`.
    private func end(after error: LibxlError, in live: LiveDomain, by driver: Driver) async throws(DriverError)
        -> StepEnd
    {
        let phase = isForGood ? "detach" : "unplugging for the update"
        let failure = await driver.failure(error, of: target.device.value, old, in: live, phase: phase)
        guard isForGood else { throw .operation(failure) }
        let presence = try await driver.presenceAfterFailure(of: old, in: live)
        if case .ours(.connected, _) = presence { throw .operation(failure) }
        // It is the guest's to let go of a disk.
        if failure.isGivenUp, isForced || old.device.kind != .disk || !presence.isOurs {
            if let undoFailure = await driver.takeAway(old, givenUpOn: live) {
                throw .operation(driver.failure(failure, notUndone: undoFailure))
            }
            driver.steps.reached(.deviceUnplugged)
            return .removedByForce
        }
        guard error.isRefusal, !isForced, presence.isOurs else { throw .operation(failure) }
        return .heldByGuest(error)
    }

    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice? {
        let device = target.device.value
        switch try await driver.presenceBeforeUndoing(old, in: live) {
        case .different: return nil
        case .ours(.connected, _):
            do throws(DriverError) { try await driver.restoreLink(of: device, old, in: live) } catch {
                return .linkNotRestored(error)
            }
            return nil
        case .ours where isForGood, .absent where isForGood:
            throw .pastNoReturn
        case .ours:
            if let error = await driver.takeAway(old, from: live) {
                throw UndoFailure.failed(driver.undoing(error, of: old, in: live), .update(error))
            }
        case .absent: break
        }
        do throws(DriverError) {
            do throws(DriverError) {
                try await driver.plug(old, as: device, into: live, phase: "putting back")
                try await driver.restoreLink(of: device, old, in: live)
            } catch {
                throw await driver.undone(old, from: live, after: error)
            }
        } catch {
            throw UndoFailure.failed(error, .unplugged(error))
        }
        return nil
    }
}

extension LibxlError {
    /// Whether the guest did not let go in the time that it was given, and nothing else went wrong.
    var isRefusal: Bool { code == .timedOut || code == .guestTimedOut || code == .aborted }
}
