public import LibxlAPI
public import XenUnits

/// What a test sees and does behind the toolstack's back: its own view, and the doings of guests and other people.
///
/// A control that cannot use the host's directory ends the process with the reason: a test that went on would prove
/// nothing.
extension FakeXenHost {
    /// Everything that is there now.
    public func snapshot() -> FakeXenState {
        orEnd { () throws(FakeXenError) in try current { $0.whole } }
    }

    /// Every call on the three protocols so far, oldest first, the failed ones included; the oldest of very many are
    /// dropped (in a directory after some 20,000).
    public var calls: [FakeCall] {
        orEnd { () throws(FakeXenError) in try store.calls() }
    }

    /// What the host has and how it behaves.
    public var configuration: FakeXenConfiguration {
        orEnd { () throws(FakeXenError) in try store.configuration() }
    }

    /// Changes what the host has and how it behaves; guests that live already keep their behaviour.
    public func configure(_ body: (inout FakeXenConfiguration) -> Void) {
        orEnd { () throws(FakeXenError) in try store.updateConfiguration(body) }
    }

    /// Makes something go wrong in calls to come. Of several faults at one place the oldest strikes first.
    public func inject(_ fault: FakeFault) {
        edit { state, _ in state.common.faults.append(fault) }
    }

    /// Takes back every fault that has not struck.
    public func clearFaults() {
        edit { state, _ in state.common.faults = [] }
    }

    /// Gives a live domain's guest another behaviour, for what it is being asked at the moment too.
    public func setGuest(_ behaviour: GuestBehaviour, for domid: DomainID) {
        edit { state, now in
            state.changeDomain(domid, at: now) { $0.guest = behaviour }
            state.forgetGuestsIntentions(domid)
        }
    }

    /// Gives the guest of a domain's name another behaviour: of the live one, and of those made later.
    public func setGuest(_ behaviour: GuestBehaviour, for name: String) {
        configure { $0.guests[name] = behaviour }
        if let domid = domid(named: name) { setGuest(behaviour, for: domid) }
    }

    /// The guest lets go of a device that it was asked for and had refused; nothing if it was not asked.
    ///
    /// The backend is closed then, or that of PCI devices connected. Its nodes stay until the next removal, which
    /// succeeds at once: the kernel of Domain-0 does not delete them.
    public func release(_ identity: DeviceIdentity, of domid: DomainID) {
        edit { state, _ in
            for device in state.devices(of: domid) where device.identity == identity {
                state.letGo(device)
            }
            if case .pci = identity { state.answerPCI(of: domid) }
        }
    }

    /// The guest lets go of every device that it was asked for; see `release(_:of:)`.
    public func releaseAll(of domid: DomainID) {
        edit { state, _ in
            for device in state.devices(of: domid) { state.letGo(device) }
            state.answerPCI(of: domid)
        }
    }

    /// The guest ends. Its domain and devices stay until somebody destroys it.
    public func shutDownGuest(_ domid: DomainID, reason: LibxlShutdownReason) {
        edit { state, now in
            state.changeDomain(domid, at: now) { $0.shutdownReason = reason }
            state.forgetGuestsIntentions(domid)
        }
    }

    /// The guest gives memory back, or takes it again: it has so much from now on.
    public func setMemory(of domid: DomainID, to memory: Kibibytes) {
        edit { state, now in state.changeDomain(domid, at: now) { $0.currentMemory = memory } }
    }

    /// What names the boot of the host.
    public var boot: String { orEnd { () throws(FakeXenError) in try current { "fake-boot-\($0.common.boots ?? 0)" } } }

    /// Somebody pulls the plug of the host, and it boots anew: no domain but Domain-0 is there any more.
    public func rebootHost() {
        edit { state, _ in
            for domid in state.domids where domid != .domain0 {
                state.removeDomain(domid)
                state.change(domid) { $0 = DomainState() }
            }
            state.common.boots = (state.common.boots ?? 0) + 1
        }
    }

    /// The domain's QEMU ends; nothing if it has none. Its guest goes on without the devices that QEMU served.
    public func endDeviceModel(of domid: DomainID) {
        edit { state, now in
            guard state.read(HostState.qemu(of: domid)) != nil else { return }
            state.changeDomain(domid, at: now) { $0.hasLostDeviceModel = true }
        }
    }

    /// Another toolstack destroys the domain, at one blow.
    public func takeDown(_ domid: DomainID) {
        edit { state, _ in state.removeDomain(domid) }
    }

    /// Somebody pauses the domain, once more if it is paused.
    public func pause(_ domid: DomainID) {
        edit { state, now in state.changeDomain(domid, at: now) { $0.pauseCount = min($0.pauseCount, 254) + 1 } }
    }

    /// Somebody maps the domain's memory: destroyed, the domain stays there, dying, until `letGoOfMemory`.
    public func holdMemory(of domid: DomainID) {
        edit { state, now in state.changeDomain(domid, at: now) { $0.isHeld = true } }
    }

    /// The domain's memory is mapped by nobody any more; one that is dying is gone.
    public func letGoOfMemory(of domid: DomainID) {
        edit { state, now in
            state.changeDomain(domid, at: now) { $0.isHeld = nil }
            if state.domain(domid)?.dying == true { state.removeDomain(domid) }
        }
    }

    /// Somebody deletes a node, and what is below it, by hand.
    public func removeNode(_ path: XenstorePath) {
        edit { state, _ in state.removeTree(path.text) }
    }

    /// Somebody deletes the backend of a device by hand; libxl's own record and the guest's end stay.
    public func removeBackend(of identity: DeviceIdentity, in domid: DomainID) {
        edit { state, _ in
            for device in state.devices(of: domid) where device.identity == identity {
                state.removeTree(device.backend)
            }
            if case .pci = identity { state.removeTree(PCIBus(domid: domid).backend) }
        }
    }

    /// Somebody writes a node by hand.
    public func writeNode(_ path: XenstorePath, _ value: String) {
        edit { state, _ in state.write(path.text, value) }
    }

    /// Somebody makes a bridge.
    public func addBridge(_ name: String) {
        configure { configuration in
            configuration.missing.remove(name)
            configuration.bridges?.insert(name)
        }
    }

    /// Somebody deletes a bridge. The NICs that are plugged into it stay.
    public func removeBridge(_ name: String) {
        configure { _ = $0.missing.insert(name) }
    }

    /// Somebody renames or removes the host's end of a NIC.
    public func removeLink(_ name: String) {
        edit { state, _ in state.removeLink(name) }
    }

    /// Somebody gives a live domain another name.
    public func renameDomain(_ domid: DomainID, to name: String) {
        edit { state, _ in
            guard let domain = state.domain(domid) else { return }
            state.write("/local/domain/\(domid)/name", name)
            state.write("/vm/\(domain.uuid)/name", name)
        }
    }

    /// The live domain of this name.
    public func domid(named name: String) -> DomainID? {
        orEnd { () throws(FakeXenError) in try current { $0.domid(named: name) } }
    }

    private func edit(_ body: (inout HostState, Moment) -> Void) {
        orEnd { () throws(FakeXenError) in
            _ = try change { (state, now) throws(LibxlError) in body(&state, now) }
        }
    }

    private func orEnd<Value>(_ body: () throws(FakeXenError) -> Value) -> Value {
        do throws(FakeXenError) {
            return try body()
        } catch {
            fatalError("\(error)")
        }
    }
}
