import LibxlAPI
import LibxlTranslation
import Logging
import XenModel
import XenUnits

/// Making one change of a running domain: its steps one after the other, or none of them.
extension Driver {
    /// Writes the new persistent definition under its staged name, then the change: a full disk fails here.
    ///
    /// In this order, for a change that is finished by whoever finds it must find its definition, and a staged one
    /// without a change is known to be for nothing.
    func begin(_ change: Change, staging definition: DomainDefinition?, _ live: inout LiveDomain) throws(DriverError) {
        var begun = live.status
        var change = change
        change.begin(at: clock.secondsSinceBoot, within: live.call.deadline - clock.now)
        change.stages = definition != nil
        begun.change = change
        do throws(DriverError) {
            try reading { () throws(StateError) in
                try store.requireReadable(begun.afterChange)
                if let definition { try store.stage(definition) }
            }
            try write(begun, step: .changeWritten)
        } catch {
            if let definition { try? store.dropStaged(definition.uuid) }
            throw error
        }
        live.status = begun
        live.hasStaged = definition != nil
    }

    /// Does the change of `live`, which was begun just now, and commits it.
    ///
    /// What fails is undone, in time of its own, and the status is `former` again; where that fails too the change
    /// stays for the next command, and the error says so.
    func carryOut(_ live: inout LiveDomain, from former: DomainStatus) async throws(DriverError) -> StepEnd {
        try await LogContext.with(live.status.change?.metadata ?? [:]) { () throws(DriverError) in
            try await takeSteps(&live, from: former)
        }
    }

    private func takeSteps(_ live: inout LiveDomain, from former: DomainStatus) async throws(DriverError) -> StepEnd {
        var end = StepEnd.done
        do throws(DriverError) {
            let change = live.status.change
            for (index, step) in (change?.steps ?? []).enumerated() {
                if index > 0 { try record(step: index, &live, .stepRecorded) }
                if let change { publish(change, live, done: index) }
                end = try await step.work.perform(in: live, by: self)
                if case .heldByGuest = end {
                    try leaveToGuest(&live)
                    return end
                }
            }
            try await commit(&live)
        } catch {
            throw await undo(&live, to: former, after: error)
        }
        return end
    }

    /// Undoes the change of `live` because of `error`, and returns that with why it could not, if so.
    private func undo(_ live: inout LiveDomain, to former: DomainStatus, after error: DriverError) async
        -> DriverError
    {
        let failure: UndoFailure?
        let call = live.call
        (live, failure) = await finishing(undoing(live)) { domain in
            var live = domain
            do throws(UndoFailure) {
                let device = live.status.change?.target?.device.value.title ?? ""
                for notice in try await undoSteps(&live, sparingLast: error.isOfAnotherDevice) {
                    logger.here.warning("\(DriverNotice.device(notice, device: device, domain: live.name))")
                }
                return (live, nil)
            } catch {
                return (live, error)
            }
        }
        live.call = call
        switch failure {
        case nil:
            let change = live.status.change
            live.status = former
            live.status.change = change
            do throws(DriverError) { try drop(&live) } catch let stateError { return stateError }
            return error
        // The change says so to the next command.
        case .pastNoReturn: return error
        case .failed(let undoError, _): return self.error(error, notUndone: undoError, live)
        }
    }

    /// Undoes the steps of the change of `live`, from the one at hand back to the first; returns what is not quite as
    /// it was. `sparingLast` is whether the one at hand has done nothing.
    func undoSteps(_ live: inout LiveDomain, sparingLast: Bool = false) async throws(UndoFailure) -> [DeviceNotice] {
        guard let change = live.status.change else { return [] }
        var notices: [DeviceNotice] = []
        for index in change.steps.indices.prefix(change.step + 1).reversed() {
            if index < change.step {
                live.status.change?.isUndoing = true
                do throws(DriverError) { try record(step: index, &live, .undoPlanned) } catch {
                    throw .failed(error, nil)
                }
            } else if sparingLast {
                continue
            }
            if let notice = try await change.steps[index].work.undo(in: live, by: self) { notices.append(notice) }
        }
        return notices
    }

    /// Writes which step of a change is at hand; what it waits for is counted anew.
    private func record(step: Int, _ live: inout LiveDomain, _ name: DriverStep) throws(DriverError) {
        live.status.change?.step = step
        live.status.change?.begun = clock.secondsSinceBoot
        try write(live.status, step: name)
    }

    /// `error`, which could not be undone because of `undoError`.
    private func error(_ error: DriverError, notUndone undoError: DriverError, _ live: LiveDomain) -> DriverError {
        let target = live.status.change?.target
        if case .operation(let undoFailure) = undoError, live.status.change?.isOfPlugs == true {
            guard case .operation(var failure) = error else {
                var undoing = undoFailure
                undoing.phase = "undoing the attach (\(error))"
                return .operation(self.failure(undoing, notUndone: undoFailure.error))
            }
            if failure.undoFailure == nil { failure = self.failure(failure, notUndone: undoFailure.error) }
            return .operation(failure)
        }
        return .unrecovered(
            device: target?.device.value.title ?? "", domain: live.name, reason: "\(error); \(undoError)")
    }

    /// Ends a change that would remove a device which its guest holds on to: it is remembered with the device until the
    /// guest lets go, and other changes to the domain go on. A foreign device is not remembered.
    func leaveToGuest(_ live: inout LiveDomain) throws(DriverError) {
        let key = live.status.change?.target?.key
        if let index = live.status.bindings.firstIndex(where: { $0.key == key }) {
            live.status.bindings[index].pendingDetach = Binding.PendingDetach(
                isPersistent: live.status.change?.stages == true)
        }
        try drop(&live)
    }

    // MARK: Ends of changes

    /// Takes what the change of `live` has made into its live definition, commits what is staged, and clears the
    /// change.
    func commit(_ live: inout LiveDomain) async throws(DriverError) {
        guard let change = live.status.change else { return }
        var status = live.status
        for gain in change.gains {
            status.take(try await bind(gain.target.device.value, gain.sent, in: live.domid))
        }
        for step in change.losses { status.remove(step.target.key) }
        status.change = nil
        try commit(status, &live)
        publish(change, live, done: change.steps.count)
    }

    /// The status is written out beforehand, so that a full disk is met while nothing is committed yet.
    private func commit(_ status: DomainStatus, _ live: inout LiveDomain) throws(DriverError) {
        try reading { () throws(StateError) in
            let prepared = try store.prepare(status)
            if live.status.change?.stages == true {
                try store.commitStaged(status.name, status.uuid, mayBeDone: !live.hasStaged)
            }
            if status.isForeign == true {
                try store.removeStatus(status.uuid)
            } else {
                try store.commit(prepared, for: status.uuid)
            }
        }
        live.status = status
        live.hasStaged = false
        steps.reached(.changeCompleted)
    }

    /// Clears a change that was undone or never begun.
    func drop(_ live: inout LiveDomain) throws(DriverError) {
        let uuid = live.uuid
        if live.status.change?.stages == true { try reading { () throws(StateError) in try store.dropStaged(uuid) } }
        live.status.change = nil
        try write(live.status, step: .changeDropped)
    }

    /// A plugged device as it goes into the books.
    struct Bound: Hashable, Sendable {
        var binding: Binding
        var device: Device
    }

    /// What Xen made of a device that was plugged: its backend, and the driver of a disk that left it open.
    func bind(_ device: Device, _ sent: PlacedDevice, in domid: DomainID) async throws(DriverError) -> Bound {
        let backend = try await backend(of: sent.identity, in: domid)
        let binding = Binding(
            key: device.alias?.description ?? "", identity: sent.identity, backendDomainID: backend?.backendDomainID,
            sent: sent)
        guard case .disk(let disk) = device, disk.driverName == nil else {
            return Bound(binding: binding, device: device)
        }
        return Bound(
            binding: binding, device: device.completed(at: sent.identity, by: try await inventory(of: domid)))
    }
}

extension Change {
    /// Whether it plugs or unplugs devices, and not only changes one.
    fileprivate var isOfPlugs: Bool {
        steps.contains { step in
            switch step {
            case .plug, .unplug: true
            case .setLink, .insert, .adopt: false
            }
        }
    }
}

extension DriverError {
    /// Whether what failed has done nothing, for another toolstack's device is in the place.
    fileprivate var isOfAnotherDevice: Bool {
        if case .operation(let failure) = self { failure.error.code == .deviceExists } else { false }
    }
}

extension LiveDomain {
    /// Whether its change puts one device in another's place.
    var isUpdating: Bool { status.change?.kind == .update }
}

extension Device {
    /// A disk that leaves its driver open with the one that libxl chose.
    func completed(at identity: DeviceIdentity, by inventory: Inventory?) -> Device {
        guard case .disk(var disk) = self, disk.driverName == nil, case .disk(let number) = identity else {
            return self
        }
        disk.driverName = inventory?.disk(number)?.backend.driverName
        return .disk(disk)
    }
}

extension DomainStatus {
    /// The definition once the change is done, as far as it is known before.
    var afterChange: DomainDefinition {
        var definition = definition.value
        for target in change?.gains.map(\.target) ?? [] where !target.key.isEmpty {
            let device = target.device.value
            if let index = definition.devices.firstIndex(where: { $0.alias?.description == target.key }) {
                definition.devices[index] = device
            } else {
                definition.devices.append(device)
            }
        }
        return definition
    }

    /// Takes a plugged device in, or what became of one; a foreign one stays somebody else's.
    mutating func take(_ bound: Driver.Bound) {
        let key = bound.binding.key
        if bound.binding.isForeign { return }
        if let index = bindings.firstIndex(where: { $0.key == key }) {
            let unknown = bindings[index].unknown
            bindings[index] = bound.binding
            bindings[index].unknown = unknown
            definition.value.devices = definition.value.devices.map {
                $0.alias?.description == key ? bound.device : $0
            }
        } else {
            bindings.append(bound.binding)
            definition.value.devices.append(bound.device)
        }
    }
}
