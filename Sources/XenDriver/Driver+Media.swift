import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Changing the medium of a CD-ROM drive while its guest runs.
extension Driver {
    /// Gives a drive the source of `new`, or takes its medium out where that has none. A failure puts the old medium
    /// back.
    func changeMedium(
        _ old: Device, _ binding: Binding, to new: Disk, in domain: LiveDomain, staging definition: DomainDefinition?
    ) async throws(DriverError) {
        var live = domain
        guard case .disk(let before, let number) = binding.sent else { return }
        let device = Device.disk(new)
        let context = try translationContext()
        let medium = try translating(live.name) { () throws(Untranslatable) in
            try LibxlDeviceDisk(medium: new, guestType: live.guestType, context: context).served(like: before)
        }
        let plan = Plan(.medium(target: Plan.Target(device), old: before, new: medium))
        try await release([.disk(new)], for: live.uuid)
        try await lockingHost(live.name) { () throws(DriverError) in
            try requireFree([.disk(new)], for: live.uuid)
            try begin(plan, staging: definition, &live)
        }
        do throws(DriverError) {
            try await insert(medium, as: device, in: live, phase: "changing the medium")
            steps.reached("driver: medium changed")
            try finish(try await bind(device, .disk(medium, number: number), in: live.domid), &live)
        } catch {
            // libxl takes the old medium out before it looks at the new one.
            var former = domain
            former.status.plan = live.status.plan
            do throws(DriverError) {
                try await insert(before, as: old, in: former, phase: "putting the medium back")
            } catch let undoError {
                // The plan stays, and the next change settles it.
                throw .unsettled(device: old.title, domain: live.name, reason: "\(error); \(undoError)")
            }
            try drop(&former)
            throw error
        }
    }

    private func insert(_ medium: LibxlDeviceDisk, as device: Device, in live: LiveDomain, phase: String)
        async throws(DriverError)
    {
        do throws(LibxlError) {
            try await host.libxl.insertCDROM(medium, into: live.domid, deadline: deadline)
        } catch {
            throw .operation(
                OperationFailure(
                    domain: live.name, device: device.title, phase: phase, error: error,
                    limit: error.code == .aborted ? settings.operationTimeout : nil))
        }
    }

    /// Completes an interrupted change of media. If the new medium cannot be had the old one is put back, and if that
    /// cannot be either the drive is left empty: it holds up no other change.
    func settleMedium(
        _ target: Plan.Target, _ old: LibxlDeviceDisk, _ new: LibxlDeviceDisk, _ live: inout LiveDomain,
        _ domain: inout LockedDomain
    ) async throws(DriverError) -> Bool {
        let device = target.device.value
        // A drive that is gone is found missing next.
        guard case .disk(var emptied) = device, let number = new.number,
            let found = try await inventory(of: live.domid).disk(number), found.isCDROM
        else { return false }
        let medium = found.pdevPath ?? ""
        guard ["", old.pdevPath, new.pdevPath].contains(medium) else {
            domain.tell(device, "gave up a change of media that was interrupted, for somebody has put '\(medium)' in")
            return false
        }
        do throws(DriverError) {
            try await insert(new, as: device, in: live, phase: "changing the medium")
            try finish(try await bind(device, .disk(new, number: number), in: live.domid), &live)
            domain.tell(device, "finished the change of media that was interrupted")
            return true
        } catch let failure {
            do throws(DriverError) {
                try await insert(old, as: device, in: live, phase: "putting the medium back")
                domain.tell(device, "undid a change of media that was interrupted (\(failure))")
            } catch {
                var empty = new
                empty.pdevPath = nil
                empty.format = .empty
                try await insert(empty, as: device, in: live, phase: "ejecting the medium")
                emptied.source = DiskSource(kind: emptied.source.kind, path: nil)
                live.status.take(try await bind(.disk(emptied), .disk(empty, number: number), in: live.domid))
                domain.tell(device, "has neither its new medium (\(failure)) nor its old one (\(error)), and is empty")
            }
            return false
        }
    }
}

extension LibxlDeviceDisk {
    /// The same with the backend of `drive`, which a change of media leaves as it is, where nothing asks for another.
    fileprivate func served(like drive: LibxlDeviceDisk) -> LibxlDeviceDisk {
        var disk = self
        if disk.backend == .unknown { disk.backend = drive.backend }
        return disk
    }
}
