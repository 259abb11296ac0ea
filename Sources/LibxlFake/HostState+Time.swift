import LibxlAPI
import XenUnits

/// Something that a script or a guest does by itself, whether or not the process that began it is still there.
struct Event: Hashable, Sendable, Codable {
    let due: Moment
    let kind: Kind

    enum Kind: Hashable, Sendable, Codable {
        /// The script is done with the device, or ends with a message. `ifname` is the name that it gives the link.
        case scriptEnds(XenstoreDevice, failure: String?, ifname: String?)
        /// The guest connects to the device.
        case guestConnects(XenstoreDevice)
        /// The guest lets go of a device that it was asked for.
        case guestLetsGo(XenstoreDevice)
        /// The guest takes in what has become of its PCI devices.
        case guestAnswersPCI(DomainID)
        /// The guest has read what it is asked to do, and will do it.
        case guestAcknowledges(DomainID)
        /// The guest does what it has in mind: it ends.
        case guestEnds(DomainID)
    }

    /// nil for what is about a whole domain.
    var device: XenstoreDevice? {
        switch kind {
        case .scriptEnds(let device, _, _), .guestConnects(let device), .guestLetsGo(let device): device
        case .guestAnswersPCI, .guestAcknowledges, .guestEnds: nil
        }
    }

    var domid: DomainID {
        switch kind {
        case .scriptEnds(let device, _, _), .guestConnects(let device), .guestLetsGo(let device): device.domid
        case .guestAnswersPCI(let domid), .guestAcknowledges(let domid), .guestEnds(let domid): domid
        }
    }

    /// Whether it is the guest's doing.
    var isTheGuests: Bool {
        if case .scriptEnds = kind { false } else { true }
    }

    /// Whether it is a step towards the guest's end.
    var leadsToTheEnd: Bool {
        switch kind {
        case .guestAcknowledges, .guestEnds: true
        case .scriptEnds, .guestConnects, .guestLetsGo, .guestAnswersPCI: false
        }
    }
}

extension HostState {
    /// Lets time pass up to `now` for the domains that were changed; for the others their origin does.
    ///
    /// What a thing leads to is dated from that thing and not from the one who looks, so that every reader of one file
    /// sees the same, however late.
    mutating func pass(to now: Moment) {
        while let event = nextEvent, event.due <= now {
            change(event.domid) { state in
                if let index = state.events.firstIndex(of: event) { state.events.remove(at: index) }
            }
            apply(event)
            react(at: event.due)
        }
    }

    /// What backends, guests and driver domains do about the domains that were changed: at once, or as an event to come.
    mutating func react(at now: Moment) {
        for domid in changed.keys.sorted() { react(to: domid, at: now) }
    }

    private mutating func react(to domid: DomainID, at now: Moment) {
        for device in devices(of: domid) {
            if end(device.backend) == .initialising { backendComesUp(device) }
            if end(device.backend) == .closing, end(device.frontend) == nil, hasItsQEMU(device) {
                setEnd(device.backend, .closed)
            }
            askGuest(about: device, at: now)
            // A driver domain's own daemon tidies up; in Domain-0 that is left to the next removal, as on a real host.
            if end(device.backend) == .closed, device.backendDomainID != .domain0,
                read(device.backend + "/online") == "0"
            {
                removeTree(device.backend)
            }
        }
        for (name, link) in state(of: domid)?.links ?? [:] {
            let backend = XenstoreDevice(
                domid: link.domid, identity: .nic(devid: link.devid), backendDomainID: .domain0, backendKind: "vif"
            ).backend
            guard let state = end(backend), state != .closed else {
                change(domid) { $0.links[name] = nil }
                continue
            }
        }
        if let domain = domain(domid) {
            reactToPCI(of: domain, at: now)
            askGuest(of: domain, at: now)
        }
        let isThere = domain(domid) != nil
        let void = (state(of: domid)?.events ?? []).filter { event in
            guard let device = event.device else { return !isThere }
            return read(device.backend + "/frontend-id") == nil
        }
        if !void.isEmpty { cancelEvents(of: domid, where: void.contains) }
    }

    /// Drops what the guest was about to do, so that it is asked anew.
    mutating func forgetGuestsIntentions(_ domid: DomainID) {
        cancelEvents(of: domid) { $0.isTheGuests }
    }

    private mutating func backendComesUp(_ device: XenstoreDevice) {
        guard exists(device.backendDomainID), hasItsQEMU(device) else { return }
        setEnd(device.backend, .initWait)
        if device.backendDomainID != .domain0 {
            if device.needsScript { write(device.backend + "/hotplug-status", "connected") }
        } else if case .nic(let devid) = device.identity {
            setLink(
                "vif\(device.domid).\(devid)", FakeLink(state: .down, domid: device.domid, devid: devid))
        }
    }

    private mutating func askGuest(about device: XenstoreDevice, at now: Moment) {
        guard let state = state(of: device.domid), let domain = state.domain, domain.answers,
            let frontend = end(device.frontend),
            !state.events.contains(where: { $0.device == device && $0.isTheGuests })
        else { return }
        switch end(device.backend) {
        case .initWait
        where frontend == .initialising
            && (!device.needsScript || read(device.backend + "/hotplug-status") == "connected"):
            guard let delay = domain.guest.connectDelay else { return }
            plan(Event(due: now + delay, kind: .guestConnects(device)))
        case .closing:
            guard let delay = domain.guest.releaseDelay else { return }
            plan(Event(due: now + delay, kind: .guestLetsGo(device)))
        default: return
        }
    }

    /// Whether there is the QEMU that the backend would be a part of; without it the backend does nothing, and does not
    /// even close.
    private func hasItsQEMU(_ device: XenstoreDevice) -> Bool {
        !device.needsOwnQEMU || hasDeviceModel(device.domid)
    }

    /// What a guest does that was asked to end, or has it in mind.
    private mutating func askGuest(of domain: FakeDomain, at now: Moment) {
        let domid = domain.domid
        guard domain.answers, state(of: domid)?.events.contains(where: \.leadsToTheEnd) != true else { return }
        if domain.intention != nil {
            guard let delay = domain.guest.endDelay else { return }
            plan(Event(due: now + delay, kind: .guestEnds(domid)))
        } else if request(to: domid) != nil {
            guard let delay = domain.guest.acknowledgeDelay else { return }
            plan(Event(due: now + delay, kind: .guestAcknowledges(domid)))
        }
    }

    /// How a guest is asked to end; nil if it is not, or has read it.
    private func request(to domid: DomainID) -> LibxlShutdownReason? {
        value(Self.controlNode(domid)).flatMap(LibxlShutdownReason.init(rawValue:))
    }

    /// Where a guest reads what it is asked to do.
    static func controlNode(_ domid: DomainID) -> String { "/local/domain/\(domid)/control/shutdown" }

    private mutating func apply(_ event: Event) {
        switch event.kind {
        case .scriptEnds(let device, let failure, let ifname):
            guard read(device.backend + "/frontend-id") != nil else { return }
            if let failure = failure ?? ifname.flatMap({ renamingFailure(device, $0) }) {
                write(device.backend + "/hotplug-error", failure)
                write(device.backend + "/hotplug-status", "error")
                return
            }
            write(device.backend + "/hotplug-status", "connected")
            guard case .nic(let devid) = device.identity else { return }
            let born = "vif\(device.domid).\(devid)"
            let link = FakeLink(state: .up, domid: device.domid, devid: devid)
            removeLink(born)
            let name = ifname ?? born
            setLink(name, link)
            if read(device.record + "/type") == LibxlNICType.vifIOEmu.rawValue {
                setLink(name + NetworkDeviceName.emulatedSuffix, link)
            }
        case .guestConnects(let device):
            guard end(device.frontend) != nil, end(device.backend) == .initWait else { return }
            setEnd(device.frontend, .connected)
            setEnd(device.backend, .connected)
        case .guestLetsGo(let device):
            letGo(device)
        case .guestAnswersPCI(let domid):
            answerPCI(of: domid)
        case .guestAcknowledges(let domid):
            guard let reason = request(to: domid) else { return }
            write(Self.controlNode(domid), "")
            changeDomain(domid, at: event.due) { $0.intention = reason }
        case .guestEnds(let domid):
            changeDomain(domid, at: event.due) { $0.shutdownReason = $0.intention }
            forgetGuestsIntentions(domid)
        }
    }

    /// Why the script cannot give a NIC's link this name; nil if it can. Source: vif-common.sh's `rename_vif`, iproute2's
    /// `check_ifname`.
    private func renamingFailure(_ device: XenstoreDevice, _ name: String) -> String? {
        guard case .nic(let devid) = device.identity else { return nil }
        let isEmulated = read(device.record + "/type") == LibxlNICType.vifIOEmu.rawValue
        let born = "vif\(device.domid).\(devid)"
        for suffix in isEmulated ? ["", NetworkDeviceName.emulatedSuffix] : [""] {
            let (old, new) = (born + suffix, name + suffix)
            guard NetworkDeviceName.isValid(new) else {
                return "Error: argument \"\(new)\" is wrong: \"name\" not a valid ifname"
            }
            if let link = link(new), link.domid != device.domid || link.devid != devid {
                return "Cannot rename interface \(old). An interface with name \(new) already exists."
            }
        }
        return nil
    }

    /// The guest closes its end; the backend follows if it was closing.
    mutating func letGo(_ device: XenstoreDevice) {
        guard end(device.backend) == .closing, end(device.frontend) != nil, hasItsQEMU(device) else { return }
        setEnd(device.frontend, .closed)
        setEnd(device.backend, .closed)
    }
}
