import LibxlAPI
import XenUnits

/// Something that a script or a guest does by itself, whether or not the process that began it is still there.
struct Event: Hashable, Sendable, Codable {
    let due: Moment
    let device: Device
    let kind: Kind

    enum Kind: Hashable, Sendable, Codable {
        /// The script is done with the device, or ends with a message. `ifname` is the name that it gives the link.
        case scriptEnds(failure: String?, ifname: String?)
        /// The guest connects to the device.
        case guestConnects
        /// The guest lets go of a device that it was asked for.
        case guestLetsGo
    }

    /// Whether it is the guest's doing.
    var isTheGuests: Bool {
        switch kind {
        case .scriptEnds: false
        case .guestConnects, .guestLetsGo: true
        }
    }
}

extension HostState {
    /// Lets time pass up to `now`.
    ///
    /// What a thing leads to is dated from that thing and not from the one who looks, so that every reader of one file
    /// sees the same, however late.
    mutating func pass(to now: Moment) {
        while let event = events.filter({ $0.due <= now }).min(by: { $0.due < $1.due }) {
            if let index = events.firstIndex(of: event) { events.remove(at: index) }
            apply(event)
            react(at: event.due)
        }
    }

    /// When something happens next; nil if nothing will.
    var nextDue: Moment? { events.map(\.due).min() }

    /// What backends, guests and driver domains do about the state as it is: at once, or as an event to come.
    mutating func react(at now: Moment) {
        for device in devices {
            if end(device.backend) == .initialising { backendComesUp(device) }
            if end(device.backend) == .closing, end(device.frontend) == nil { setEnd(device.backend, .closed) }
            askGuest(about: device, at: now)
            // A driver domain's own daemon tidies up; in Domain-0 that is left to the next removal, as on a real host.
            if end(device.backend) == .closed, device.backendDomainID != .domain0,
                read(device.backend + "/online") == "0"
            {
                removeTree(device.backend)
            }
        }
        for (name, link) in xen.links {
            let backend = Device(
                domid: link.domid, identity: .nic(devid: link.devid), backendDomainID: .domain0, backendKind: "vif"
            ).backend
            guard let state = end(backend), state != .closed else {
                xen.links[name] = nil
                continue
            }
        }
        events = events.filter { read($0.device.backend + "/frontend-id") != nil }
    }

    /// Drops what the guest was about to do, so that it is asked anew.
    mutating func forgetGuestsIntentions(_ domid: DomainID) {
        events.removeAll { $0.isTheGuests && $0.device.domid == domid }
    }

    private mutating func backendComesUp(_ device: Device) {
        guard domainIndex(device.backendDomainID) != nil else { return }
        setEnd(device.backend, .initWait)
        if device.backendDomainID != .domain0 {
            if !device.isServedByQEMU { write(device.backend + "/hotplug-status", "connected") }
        } else if case .nic(let devid) = device.identity {
            xen.links["vif\(device.domid).\(devid)"] = FakeLink(state: .down, domid: device.domid, devid: devid)
        }
    }

    private mutating func askGuest(about device: Device, at now: Moment) {
        guard let domain = xen.domain(device.domid), domain.answers, let frontend = end(device.frontend),
            !events.contains(where: { $0.device == device && $0.isTheGuests })
        else { return }
        switch end(device.backend) {
        case .initWait
        where frontend == .initialising
            && (device.isServedByQEMU || read(device.backend + "/hotplug-status") == "connected"):
            guard let delay = domain.guest.connectDelay else { return }
            events.append(Event(due: now + delay, device: device, kind: .guestConnects))
        case .closing:
            guard let delay = domain.guest.releaseDelay else { return }
            events.append(Event(due: now + delay, device: device, kind: .guestLetsGo))
        default: return
        }
    }

    private mutating func apply(_ event: Event) {
        let device = event.device
        switch event.kind {
        case .scriptEnds(let failure, let ifname):
            guard read(device.backend + "/frontend-id") != nil else { return }
            if let failure {
                write(device.backend + "/hotplug-error", failure)
                write(device.backend + "/hotplug-status", "error")
                return
            }
            write(device.backend + "/hotplug-status", "connected")
            guard case .nic(let devid) = device.identity else { return }
            let born = "vif\(device.domid).\(devid)"
            xen.links[born] = nil
            let name = ifname ?? born
            xen.links[name] = FakeLink(state: .up, domid: device.domid, devid: devid)
            if read(device.record + "/type") == LibxlNICType.vifIOEmu.rawValue {
                xen.links[name + "-emu"] = FakeLink(state: .up, domid: device.domid, devid: devid)
            }
        case .guestConnects:
            guard end(device.frontend) != nil, end(device.backend) == .initWait else { return }
            setEnd(device.frontend, .connected)
            setEnd(device.backend, .connected)
        case .guestLetsGo:
            letGo(device)
        }
    }

    /// The guest closes its end; the backend follows if it was closing.
    mutating func letGo(_ device: Device) {
        guard end(device.backend) == .closing, end(device.frontend) != nil else { return }
        setEnd(device.frontend, .closed)
        setEnd(device.backend, .closed)
    }
}
