import LibxlAPI
import XenUnits

/// A device about to be plugged: what libxl makes of the caller's value before it touches anything.
struct Plug: Sendable {
    let device: XenstoreDevice
    /// What is written for the backend, and again in libxl's own record.
    var back: [String: String]
    /// What is written for the guest.
    var front: [String: String]
    /// What the hotplug script will do; nil where there is none to run.
    let script: ScriptRun?
}

/// A run of a hotplug script.
struct ScriptRun: Sendable {
    let path: String
    /// nil if it never ends.
    let duration: Duration?
    /// What it complains of; nil if it does its work.
    let failure: String?
    /// The name that it gives the NIC's link.
    let ifname: String?

    static let directory = "/etc/xen/scripts/"

    static func absolute(_ script: String) -> String {
        script.hasPrefix("/") ? script : directory + script
    }

    /// What `script` will do on this host. The bridge is looked for only by the scripts that use one.
    init(script: String, bridge: String?, ifname: String?, configuration: FakeXenConfiguration) {
        path = Self.absolute(script)
        self.ifname = ifname
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let needsBridge = ["vif-bridge", "vif-openvswitch", "vif2"].contains(name)
        var duration: Duration? = configuration.scriptDuration
        var failure: String?
        switch configuration.scripts[name] {
        case .fails(let message): failure = message
        case .hangs: duration = nil
        case .takes(let time): duration = time
        case nil: break
        }
        if failure == nil, needsBridge, let bridge, !configuration.hasBridge(bridge) {
            failure = "\(path): there is no bridge '\(bridge)' on this host"
        }
        if failure == nil, !path.hasPrefix(Self.directory), !configuration.hasFile(path) {
            failure = "\(path): No such file or directory"
        }
        self.duration = duration
        self.failure = failure
    }
}

extension SteppedOperation {
    /// What libxl makes of a NIC. The order of the checks is libxl's.
    func plan(
        _ nic: LibxlDeviceNIC, of domid: DomainID, in state: HostState, hotplug: Bool
    ) throws(LibxlError) -> Plug {
        guard let domain = state.domain(domid) else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        let backend = try resolve(nic.backendDomainName, nic.backendDomainID, in: state)
        var type = nic.nictype
        switch domain.guestType {
        case .hvm: if type == .unknown { type = hotplug ? .vif : .vifIOEmu }
        case .pv, .pvh:
            guard type != .vifIOEmu else {
                throw failure(.invalid, "a \(domain.guestType) guest cannot have an emulated NIC")
            }
            type = .vif
        }
        let device = XenstoreDevice(
            domid: domid, identity: .nic(devid: nic.devid), backendDomainID: backend, backendKind: "vif")
        try checkFree(device, in: state)
        let script = ScriptRun.absolute(nic.script ?? "vif-bridge")
        let bridge = nic.bridge ?? "xenbr0"
        var back = [
            "script": script, "mac": "\(nic.mac)", "bridge": bridge, "handle": "\(nic.devid)", "type": type.rawValue,
            "hotplug-status": "", "frontend-id": "\(domid)", "online": "1", "state": "1",
        ]
        back["ip"] = nic.ip
        let mtu = nic.mtu ?? LibxlDeviceNIC.defaultMTU
        if mtu != LibxlDeviceNIC.defaultMTU { back["mtu"] = "\(mtu)" }
        var front = [
            "backend-id": "\(backend)", "state": "1", "handle": "\(nic.devid)", "mac": "\(nic.mac)", "mtu": "\(mtu)",
        ]
        for node in LibxlDeviceNIC.nodes {
            if node.isFrontend { front[node.name] = node.value(nic) } else { back[node.name] = node.value(nic) }
        }
        return Plug(
            device: device, back: back, front: front,
            script: device.hasScript
                ? ScriptRun(script: script, bridge: bridge, ifname: nic.ifname, configuration: configuration) : nil)
    }

    /// What libxl makes of a disk. The order of the checks is libxl's.
    func plan(_ disk: LibxlDeviceDisk, of domid: DomainID, in state: HostState) throws(LibxlError) -> Plug {
        guard let domain = state.domain(domid) else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        let backendDomain = try resolve(disk.backendDomainName, disk.backendDomainID, in: state)
        let backend = try backend(of: disk, for: domain.guestType, in: backendDomain)
        guard let number = disk.number else {
            throw failure(.invalid, "'\(disk.vdev)' names no virtual disk")
        }
        let device = XenstoreDevice(
            domid: domid, identity: .disk(vdev: number), backendDomainID: backendDomain,
            backendKind: backend == .qdisk ? "qdisk" : "vbd")
        try checkFree(device, in: state)
        guard backend != .tap else { throw failure(.failed, "this host has no blktap for disk \(disk.vdev)") }
        let type = disk.isCDROM ? "cdrom" : "disk"
        var back = [
            "frontend-id": "\(domid)", "online": "1", "removable": disk.removable ? "1" : "0", "bootable": "1",
            "state": "1", "dev": disk.vdev, "type": backend.rawValue, "mode": disk.readwrite ? "w" : "r",
            "device-type": type, "discard-enable": disk.readwrite ? "1" : "0",
        ]
        let script = ScriptRun.absolute(disk.script ?? "block")
        if backend == .qdisk {
            let format = disk.format == .raw || disk.format == .empty ? "aio" : disk.format.rawValue
            back["params"] = "\(format):\(disk.pdevPath ?? "")"
        } else {
            back["params"] = disk.pdevPath ?? ""
            back["script"] = script
        }
        return Plug(
            device: device, back: back,
            front: [
                "backend-id": "\(backendDomain)", "state": "1", "virtual-device": "\(number.rawValue)",
                "device-type": type,
            ],
            script: device.hasScript
                ? ScriptRun(script: script, bridge: nil, ifname: nil, configuration: configuration) : nil)
    }

    /// The backend that libxl would choose, or refuses. A regular file in raw format is the kernel's, through a loop
    /// device: libxl's check on Linux takes it as it takes a block device.
    private func backend(
        of disk: LibxlDeviceDisk, for guestType: GuestType, in backendDomain: DomainID
    ) throws(LibxlError) -> DiskBackend {
        var wanted = disk.backend
        if disk.isCDROM, guestType == .hvm {
            guard wanted == .qdisk || wanted == .unknown else {
                throw failure(.failed, "the CD drive \(disk.vdev) of an hvm guest must be QEMU's")
            }
            wanted = .qdisk
        }
        if disk.format == .empty {
            guard disk.isCDROM else { throw failure(.invalid, "disk \(disk.vdev) is empty and no CD drive") }
            guard disk.pdevPath?.isEmpty ?? true else {
                throw failure(.invalid, "disk \(disk.vdev) is empty and has the source \(disk.pdevPath ?? "")")
            }
        } else if wanted == .unknown || wanted == .phy, disk.script == nil, backendDomain == .domain0 {
            // Whoever asks for QEMU by name is believed; the guest then waits for a disk that never comes.
            guard let path = disk.pdevPath, configuration.hasFile(path) else {
                throw failure(.invalid, "disk \(disk.vdev): \(disk.pdevPath ?? "no source"): No such file or directory")
            }
        }
        func suits(_ backend: DiskBackend) -> Bool {
            switch backend {
            case .phy: disk.format == .raw || disk.format == .empty && disk.isCDROM
            case .qdisk: disk.script == nil && disk.format != .unknown
            case .tap: disk.format == .raw || disk.format == .vhd
            case .unknown: false
            }
        }
        let choice = wanted == .unknown ? [.phy, .qdisk, .tap] : [wanted]
        guard let backend = choice.first(where: suits) else {
            throw failure(.invalid, "no backend suits disk \(disk.vdev) of format \(disk.format)")
        }
        return backend
    }

    func checkFree(_ device: XenstoreDevice, in state: HostState) throws(LibxlError) {
        guard state.read(device.record) == nil else {
            throw failure(.deviceExists, "\(device.record) is there already")
        }
    }

    /// The domain that is to serve a device, by name or number if one is given.
    func resolve(_ name: String?, _ domid: DomainID, in state: HostState) throws(LibxlError) -> DomainID {
        guard let name else { return domid }
        if let domid = state.domid(named: name) { return domid }
        if let number = UInt32(name), state.exists(DomainID(rawValue: number)) {
            return DomainID(rawValue: number)
        }
        throw failure(.invalid, "there is no domain '\(name)' to serve the device")
    }
}
