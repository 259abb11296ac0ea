import LibxlAPI
import XenDriver
import XenModel
import XenUnits

extension HostEvent {
    /// What has happened to a domain between two looks at it, in the order in which it must have happened; nil is a look that
    /// found no domain.
    ///
    /// `ending` is how its guest has ended meanwhile, where libxl reported that and the domain went before it was looked at.
    static func difference(
        from old: ObservedDomain?, to new: ObservedDomain?, ending: LibxlShutdownReason? = nil
    ) -> [HostEvent] {
        guard let subject = new ?? old else { return [] }
        var events: [HostEvent] = []
        func add(_ kind: Kind, of domain: ObservedDomain) {
            events.append(HostEvent(uuid: subject.uuid, name: domain.name, domid: domain.domid, kind: kind))
        }
        if let new, new.isPersistent, old?.isPersistent != true { add(.lifecycle(.defined(.added)), of: new) }
        if let old, let new, let before = old.definition, let after = new.definition, before != after {
            add(.lifecycle(.defined(.updated)), of: new)
        }
        let isSameRun = old?.domid == new?.domid
        if let old, old.domid != nil, !isSameRun {
            // Its guest's end was over before anybody looked.
            if old.ended == nil, let kind = Kind(ending: ending) { add(kind, of: old) }
            add(.lifecycle(.stopped(old.stop(ending))), of: old.stopped)
        }
        if let new, new.domid != nil {
            if isSameRun, let old {
                difference(from: old, to: new).forEach { add($0, of: new) }
            } else {
                // Devices come and go with the domain, and none is an event of its own.
                if old != nil, new.restarts > 0 { add(.reboot, of: new) }
                add(.lifecycle(.started), of: new)
                if new.state == .paused { add(.lifecycle(.suspended), of: new) }
                if let kind = new.endingKind { add(kind, of: new) }
            }
        }
        if let old, let new {
            if old.title != new.title { add(.metadataChanged(.title), of: new) }
            if old.metadataDescription != new.metadataDescription { add(.metadataChanged(.description), of: new) }
        }
        if let old, let job = old.unfinished, new?.unfinished != job { add(.jobCompleted(job), of: new ?? old.stopped) }
        if let old, old.isPersistent, new?.isPersistent != true { add(.lifecycle(.undefined), of: new ?? old.stopped) }
        return events
    }

    /// What has happened within one run.
    private static func difference(from old: ObservedDomain, to new: ObservedDomain) -> [Kind] {
        var kinds: [Kind] = []
        let before = Dictionary(old.devices.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(new.devices.map { ($0.name, $0) }) { first, _ in first }
        for device in old.devices where device.isPresent && after[device.name]?.isPresent != true {
            kinds.append(.deviceRemoved(device: device.name))
        }
        for device in new.devices {
            let former = before[device.name]
            if device.isPresent, former?.isPresent != true { kinds.append(.deviceAdded(device: device.name)) }
            guard let former else { continue }
            if device.isRefused, !former.isRefused { kinds.append(.deviceRemovalFailed(device: device.name)) }
            if device.medium != former.medium {
                if former.medium != nil { kinds.append(.trayMoved(device: device.name, isOpen: true)) }
                kinds.append(.mediumChanged(device: device.name, old: former.medium, new: device.medium))
                if device.medium != nil { kinds.append(.trayMoved(device: device.name, isOpen: false)) }
            }
        }
        if let memory = new.memory, memory != old.memory { kinds.append(.memoryChanged(memory)) }
        if new.hasLostDeviceModel, !old.hasLostDeviceModel { kinds.append(.deviceModelDied) }
        if let kind = new.endingKind, old.ended == nil { kinds.append(kind) }
        if old.ended == .softReset, new.ended == nil { kinds.append(.reboot) }
        let (wasPaused, isPaused) = (old.state == .paused, new.state == .paused)
        if isPaused, !wasPaused { kinds.append(.lifecycle(.suspended)) }
        if wasPaused, !isPaused, new.ended == nil { kinds.append(.lifecycle(.resumed)) }
        return kinds
    }
}

extension ObservedDevice {
    /// Whether it is in Xen, as far as users are concerned.
    fileprivate var isPresent: Bool {
        switch state {
        case .bound, .foreign, .builtIn, .detaching: true
        case .attaching, .missing, .defined: false
        }
    }
}

extension ObservedDomain {
    /// The same domain once it does not run.
    fileprivate var stopped: ObservedDomain {
        var domain = self
        domain.domid = nil
        return domain
    }

    /// How it has stopped, as far as anybody saw.
    fileprivate func stop(_ seen: LibxlShutdownReason?) -> HostEvent.Stop {
        switch ended ?? seen {
        case nil: .destroyed
        case .crash, .watchdog: .crashed
        case .unknown, .poweroff, .reboot, .suspend, .softReset: .shutdown
        }
    }

    /// What the guest's end is, while the domain is still there.
    fileprivate var endingKind: HostEvent.Kind? { HostEvent.Kind(ending: ended) }
}

extension HostEvent.Kind {
    /// The event of a guest's end; nil while it runs.
    fileprivate init?(ending: LibxlShutdownReason?) {
        switch ending {
        case nil: return nil
        case .crash, .watchdog: self = .lifecycle(.crashed)
        case .suspend: self = .lifecycle(.suspended)
        case .unknown, .poweroff, .reboot, .softReset: self = .lifecycle(.shutdown)
        }
    }
}
