import LibxlAPI
import XenUnits

/// Everything that a fake host knows: what is there, and what will happen by itself.
struct HostState: Hashable, Sendable, Codable {
    /// The version of the file's form.
    var version = Self.currentVersion
    var xen: FakeXenState
    /// What other processes and guests are about to do.
    var events: [Event] = []
    var faults: [FakeFault] = []

    static let currentVersion = 2

    /// A host that has just booted: Domain-0 and nothing else.
    static func booted(at now: Moment) -> HostState {
        let memory = Kibibytes(2 << 20)
        var createInfo = LibxlDomainCreateInfo(type: .pv, name: "Domain-0", uuid: .zero)
        createInfo.passthrough = .disabled
        let domain0 = FakeDomain(
            domid: .domain0, uuid: .zero, guestType: .pv, pauseCount: 0, dying: false, currentMemory: memory,
            maximumMemory: memory, vcpuCount: 2, vcpuOnline: 2, guest: .coOperating,
            storedConfiguration: LibxlDomainConfig(
                createInfo: createInfo,
                buildInfo: LibxlDomainBuildInfo(
                    maxVCPUs: 2, availableVCPUs: [0, 1], maxMemory: memory, targetMemory: memory)),
            processorTime: 0, runningSince: now)
        var state = HostState(
            xen: FakeXenState(
                domains: [domain0], xenstore: [:], links: [:], nextDomainID: DomainID(rawValue: 1)))
        state.write("/local/domain/0/name", "Domain-0")
        state.write("/local/domain/0/domid", "0")
        state.write("/local/domain/0/vm", "/vm/\(DomainUUID.zero)")
        state.write("/vm/\(DomainUUID.zero)/name", "Domain-0")
        state.write("/vm/\(DomainUUID.zero)/uuid", "\(DomainUUID.zero)")
        return state
    }

    // MARK: Domains

    func domainIndex(_ domid: DomainID) -> Int? {
        xen.domains.firstIndex { $0.domid == domid }
    }

    func name(of domid: DomainID) -> String? {
        xen.xenstore["/local/domain/\(domid)/name"]
    }

    /// Changes a domain and books the time that its guest ran; nothing if there is none.
    mutating func changeDomain(_ domid: DomainID, at now: Moment, _ body: (inout FakeDomain) -> Void) {
        guard let index = domainIndex(domid) else { return }
        body(&xen.domains[index])
        xen.domains[index].book(at: now)
    }

    // MARK: xenstore

    func read(_ path: String) -> String? {
        xen.xenstore[path] ?? (children(of: path).isEmpty ? nil : "")
    }

    mutating func write(_ path: String, _ value: String) {
        xen.xenstore[path] = value
    }

    mutating func removeTree(_ path: String) {
        xen.xenstore[path] = nil
        let below = path + "/"
        for key in xen.xenstore.keys where key.hasPrefix(below) {
            xen.xenstore[key] = nil
        }
    }

    func children(of path: String) -> [String] {
        let below = path == "/" ? "/" : path + "/"
        var names: Set<String> = []
        for key in xen.xenstore.keys where key.hasPrefix(below) {
            names.insert(String(key.dropFirst(below.count).prefix { $0 != "/" }))
        }
        return names.sorted()
    }

    /// The state of one end of a device; nil if that end is not there.
    func end(_ path: String) -> XenbusState? {
        xen.xenstore[path + "/state"].flatMap { Int($0) }.flatMap(XenbusState.init(rawValue:))
    }

    mutating func setEnd(_ path: String, _ state: XenbusState) {
        write(path + "/state", "\(state.rawValue)")
    }

    // MARK: Devices

    /// Every device that has a backend, in order of the backends' paths.
    var devices: [Device] {
        let suffix = "/frontend-id"
        return xen.xenstore.keys.filter { $0.hasPrefix("/local/domain/") && $0.hasSuffix(suffix) }.sorted()
            .compactMap { Device(backendPath: String($0.dropLast(suffix.count))) }
    }

    /// The devices that libxl has a record of, in order of their numbers, each with its record's path.
    func records(kind: String, of domid: DomainID) -> [(devid: DeviceID, path: String)] {
        let folder = XenstorePath.libxlDevices(kind: kind, of: domid)
        return children(of: folder.text).compactMap { name in
            Int32(name).map { (DeviceID(rawValue: $0), folder.appending(name).text) }
        }.sorted { $0.0 < $1.0 }
    }

    // MARK: Faults

    /// The effect of the first fault that strikes here, which is used up by that.
    mutating func takeFault(_ operation: FakeOperation, after step: String?) -> FakeFault.Effect? {
        for index in faults.indices where faults[index].operation == operation && faults[index].step == step {
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            let effect = faults[index].effect
            if let times = faults[index].times {
                if times <= 1 {
                    faults.remove(at: index)
                } else {
                    faults[index].times = times - 1
                }
            }
            return effect
        }
        return nil
    }
}
