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
        guard case .disk(let before) = binding.sent.device, case .disk(let number) = binding.sent.identity
        else { return }
        let device = Device.disk(new)
        let context = try translationContext(for: device)
        let medium = try translating(live.name) { () throws(Untranslatable) in
            try LibxlDeviceDisk(medium: new, guestType: live.guestType, context: context).served(like: before)
        }
        let plan = Plan(.medium(target: Plan.Target(device), old: before, new: medium))
        try await release([.disk(new)], for: live.uuid, live.call)
        let foreign = try await foreignClaims(for: [.disk(new)])
        try await lockingHost(live.name, live.call) { () throws(DriverError) in
            try await requireFree([.disk(new)], for: live.uuid, live.guestType, besides: foreign)
            try begin(plan, staging: definition, &live)
        }
        do throws(DriverError) {
            try await insert(medium, as: device, in: live, phase: "changing the medium")
            steps.reached("driver: medium changed")
            try finish(try await bind(device, PlacedDevice(medium, number: number), in: live.domid), &live)
        } catch {
            // libxl takes the old medium out before it looks at the new one.
            var former = domain
            former.status.plan = live.status.plan
            do throws(DriverError) {
                try await finishing(undoing(former)) { (former) throws(DriverError) in
                    try await insert(before, as: old, in: former, phase: "putting the medium back")
                }
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
        try await operation(live.name, phase, of: device.title, live.call) { (deadline) throws(LibxlError) in
            try await host.libxl.insertCDROM(medium, into: live.domid, deadline: deadline)
        }
    }

    /// Completes an interrupted change of media. If the new medium cannot be had the old one is put back, and if that
    /// cannot be either the drive is left empty: it holds up no other change.
    func settleMedium(
        _ target: Plan.Target, _ old: LibxlDeviceDisk, _ new: LibxlDeviceDisk, _ live: inout LiveDomain,
        _ domain: inout LockedDomain
    ) async throws(DriverError) -> Recovered {
        let device = target.device.value
        // A drive that is gone is found missing next.
        guard case .disk(var emptied) = device, let number = new.number,
            let found = try await inventory(of: live.domid).disk(number), found.isCDROM
        else { return .undone }
        let medium = found.pdevPath ?? ""
        guard ["", old.pdevPath, new.pdevPath].contains(medium) else {
            return .givenUp("gave up a change of media that was interrupted, for somebody has put '\(medium)' in")
        }
        let failure: DriverError
        do throws(DriverError) {
            try await insert(new, as: device, in: live, phase: "changing the medium")
            try finish(try await bind(device, PlacedDevice(new, number: number), in: live.domid), &live)
            domain.tell(device, "finished the change of media that was interrupted")
            return .finished
        } catch {
            failure = error
        }
        do throws(DriverError) {
            try await insert(old, as: device, in: live, phase: "putting the medium back")
            domain.tell(device, "undid a change of media that was interrupted (\(failure))")
            return .undone
        } catch {
            var empty = new
            empty.pdevPath = nil
            empty.format = .empty
            var news = "has neither its new medium (\(failure)) nor its old one (\(error)), and is empty"
            do throws(DriverError) {
                try await insert(empty, as: device, in: live, phase: "ejecting the medium")
            } catch {
                // Whatever is in it stays in it.
                let medium = try await inventory(of: live.domid).disk(number)?.pdevPath ?? ""
                if medium == old.pdevPath ?? "" {
                    return .givenUp(
                        "gave up a change of media that was interrupted (\(failure)); its medium is the old one")
                }
                if medium == new.pdevPath ?? "" {
                    live.status.take(try await bind(device, PlacedDevice(new, number: number), in: live.domid))
                    return .givenUp(
                        "gave up a change of media that was interrupted (\(failure)); its medium is the new one")
                }
                news = "gave up a change of media that was interrupted (\(failure)); it is empty"
            }
            emptied.source = DiskSource(kind: emptied.source.kind, path: nil)
            live.status.take(try await bind(.disk(emptied), PlacedDevice(empty, number: number), in: live.domid))
            return .givenUp(news)
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
