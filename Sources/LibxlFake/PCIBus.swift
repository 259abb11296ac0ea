import LibxlAPI
import XenUnits

/// The one device of xenstore's that all PCI devices of a domain are parts of.
///
/// libxl keeps no record of it: unlike every other device it has nothing below `/libxl/DOMID/device`, and what a domain
/// has is read from the backend. Source: libxl 4.17's `libxl__create_pci_backend`, `libxl__device_pci_get_path`.
struct PCIBus {
    let domid: DomainID

    /// The serving domain's end, which is Domain-0 always.
    var backend: String { "/local/domain/0/backend/pci/\(domid)/0" }
    /// The guest's end.
    var frontend: String { "/local/domain/\(domid)/device/pci/0" }

    /// libxl's note of whose a device of the host's is; it alone decides what libxl calls assignable.
    static func owner(of host: PCIAddress) -> String {
        XenstorePath.pciOwner(of: host).text
    }
}

extension HostState {
    /// The PCI devices of a domain, as libxl reads them. Source: `libxl__device_pci_from_xs_be`.
    func pciDevices(of domid: DomainID) -> [LibxlDevicePCI] {
        (0..<pciCount(of: domid)).compactMap { index in
            let backend = PCIBus(domid: domid).backend
            guard let host = read("\(backend)/dev-\(index)").flatMap(PCIAddress.init) else { return nil }
            var pci = LibxlDevicePCI(host)
            pci.guestSlot = read("\(backend)/vdevfn-\(index)").flatMap { UInt32($0, radix: 16) } ?? 0
            pci.name = read("\(backend)/name-\(index)")
            for option in (read("\(backend)/opts-\(index)") ?? "").split(separator: ",") {
                let words = option.split(separator: "=").map(String.init)
                guard words.count == 2 else { continue }
                switch words[0] {
                case "msitranslate": pci.msiTranslate = words[1] == "1"
                case "power_mgmt": pci.powerManagement = words[1] == "1"
                case "permissive": pci.permissive = words[1] == "1"
                case "rdm_policy": pci.rdmPolicy = ReservedMemoryPolicy(rawValue: words[1])
                default: break
                }
            }
            return pci
        }
    }

    /// Adds a device to a domain's bus, which is made for the first. Source: `libxl__device_pci_add_xenstore`.
    mutating func addPCI(_ pci: LibxlDevicePCI, at host: PCIAddress, to domain: FakeDomain, isStarting: Bool) {
        let bus = PCIBus(domid: domain.domid)
        let index = pciCount(of: domain.domid)
        if read(bus.backend + "/num_devs") == nil {
            for (key, value) in [
                "frontend": bus.frontend, "frontend-id": "\(domain.domid)", "online": "1", "state": "1",
                "domain": name(of: domain.domid) ?? "",
            ] {
                write("\(bus.backend)/\(key)", value)
            }
            for (key, value) in ["backend": bus.backend, "backend-id": "0", "state": "1"] {
                write("\(bus.frontend)/\(key)", value)
            }
        } else if index > 0, !isStarting {
            setEnd(bus.backend, .reconfiguring)
        }
        write("\(bus.backend)/key-\(index)", "\(host)")
        write("\(bus.backend)/dev-\(index)", "\(host)")
        // Where several functions do not go along together, the guest always sees function 0.
        let slot = domain.guestType == .hvm && pci.guestSlot == 0 ? freeSlot(of: domain.domid) : pci.guestSlot & ~7
        if slot != 0 { write("\(bus.backend)/vdevfn-\(index)", String(slot, radix: 16)) }
        if let name = pci.name { write("\(bus.backend)/name-\(index)", name) }
        func bit(_ value: Bool) -> String { value ? "1" : "0" }
        write(
            "\(bus.backend)/opts-\(index)",
            """
            msitranslate=\(bit(pci.msiTranslate)),power_mgmt=\(bit(pci.powerManagement)),\
            permissive=\(bit(pci.permissive)),rdm_policy=\((pci.rdmPolicy ?? .strict).rawValue)
            """)
        write("\(bus.backend)/state-\(index)", "\(XenbusState.initialising.rawValue)")
        write("\(bus.backend)/num_devs", "\(index + 1)")
    }

    /// Takes a device from a domain's bus, which goes with the last. Source: `libxl__device_pci_remove_xenstore`.
    mutating func removePCI(at index: Int, of domid: DomainID) {
        let bus = PCIBus(domid: domid)
        let count = pciCount(of: domid)
        guard count > 1 else {
            removeTree(bus.backend)
            removeTree(bus.frontend)
            return
        }
        for word in ["state", "key", "dev", "opts", "vdevfn", "name"] {
            for later in index..<count {
                let node = "\(bus.backend)/\(word)-\(later)"
                if let next = value("\(bus.backend)/\(word)-\(later + 1)") { write(node, next) } else { remove(node) }
            }
        }
        write("\(bus.backend)/num_devs", "\(count - 1)")
    }

    /// Asks for a device of a domain's bus back.
    mutating func askForPCI(at index: Int, of domid: DomainID) {
        let bus = PCIBus(domid: domid)
        let node = "\(bus.backend)/state-\(index)"
        let hasLetGo = read(node) == "\(XenbusState.closed.rawValue)"
        write(node, "\(XenbusState.closing.rawValue)")
        setEnd(bus.backend, .reconfiguring)
        // What the guest gave back after libxl had stopped waiting needs no asking.
        if hasLetGo { answerPCI(of: domid) }
    }

    /// What the kernel of Domain-0 does about a bus as it is: at once, or as a guest's answer to come. Only a pv guest
    /// has a driver for it; to an hvm guest QEMU shows the device, and the backend waits for ever. Source: Linux's
    /// `xen_pcibk_setup_backend`, `xen_pcibk_reconfigure`, `pcifront_backend_changed`.
    mutating func reactToPCI(of domain: FakeDomain, at now: Moment) {
        let bus = PCIBus(domid: domain.domid)
        if end(bus.backend) == .initialising {
            setEnd(bus.backend, .initialised)
            advancePCI(of: domain.domid, from: .initialising, to: .initialised)
        }
        guard domain.guestType == .pv, domain.answers, end(bus.frontend) != nil,
            state(of: domain.domid)?.events.contains(where: { $0.kind == .guestAnswersPCI(domain.domid) }) != true
        else { return }
        let delay: Duration?
        switch end(bus.backend) {
        case .initialised: delay = domain.guest.connectDelay
        case .reconfiguring:
            let isAskedForOne = (0..<pciCount(of: domain.domid)).contains {
                read("\(bus.backend)/state-\($0)") == "\(XenbusState.closing.rawValue)"
            }
            delay = isAskedForOne ? domain.guest.releaseDelay : domain.guest.connectDelay
        default: return
        }
        if let delay { plan(Event(due: now + delay, kind: .guestAnswersPCI(domain.domid))) }
    }

    /// The guest takes in what has become of its devices, and both ends are connected again.
    mutating func answerPCI(of domid: DomainID) {
        let bus = PCIBus(domid: domid)
        guard [.initialised, .reconfiguring].contains(end(bus.backend)), end(bus.frontend) != nil else { return }
        advancePCI(of: domid, from: .initialising, to: .initialised)
        advancePCI(of: domid, from: .closing, to: .closed)
        setEnd(bus.frontend, .connected)
        setEnd(bus.backend, .connected)
    }

    private mutating func advancePCI(of domid: DomainID, from: XenbusState, to: XenbusState) {
        let backend = PCIBus(domid: domid).backend
        for index in 0..<pciCount(of: domid) where read("\(backend)/state-\(index)") == "\(from.rawValue)" {
            write("\(backend)/state-\(index)", "\(to.rawValue)")
        }
    }

    private func pciCount(of domid: DomainID) -> Int {
        let count = value(PCIBus(domid: domid).backend + "/num_devs").flatMap { Int($0) } ?? 0
        // Anybody may write there; a machine has no more.
        return (0...Int(UInt16.max)).contains(count) ? count : 0
    }

    /// The slot, times 8, that QEMU gives the next device; the first ones are the machine's own.
    private func freeSlot(of domid: DomainID) -> UInt32 {
        let taken = Set(pciDevices(of: domid).map(\.guestSlot))
        return (4..<32).map { UInt32($0) << 3 }.first { !taken.contains($0) } ?? 0
    }
}

extension LibxlDevicePCI {
    /// The device at `host`, with everything at libxl's default.
    init(_ host: PCIAddress) {
        self.init(domain: Int32(host.domain), bus: host.bus, device: host.slot, function: host.function)
    }
}
