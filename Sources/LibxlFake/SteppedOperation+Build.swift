import LibxlAPI
import XenUnits

extension SteppedOperation {
    /// Does `body`, which says what domain it has made as soon as there is one. libxl keeps what was aborted, and takes down
    /// what failed.
    func build<Result>(
        _ body: (_ made: (DomainID) -> Void) async throws(LibxlError) -> Result
    ) async throws(LibxlError) -> Result {
        var made: DomainID?
        do throws(LibxlError) {
            return try await body { made = $0 }
        } catch {
            if let made, error.code != .aborted {
                try? change { (state, _) throws(LibxlError) in state.removeDomain(made) }
            }
            throw error
        }
    }

    /// Has the hypervisor make a domain of nothing.
    func makeDomain(
        for config: LibxlDomainConfig, _ made: (DomainID) -> Void
    ) async throws(LibxlError) -> DomainID {
        let info = config.createInfo
        let build = config.buildInfo
        return try await step("domain") { (state, _) throws(LibxlError) in
            try check(config, in: state)
            let domid = state.common.nextDomainID
            // Source: Xen's `DOMID_FIRST_RESERVED`.
            guard domid.rawValue < 0x7ff0, state.domain(domid) == nil else {
                throw failure(.failed, "the hypervisor has no domid left")
            }
            state.common.nextDomainID = DomainID(rawValue: domid.rawValue + 1)
            let domain = FakeDomain(
                domid: domid, uuid: info.uuid, guestType: info.type, pauseCount: 1, dying: false,
                currentMemory: Kibibytes(0), maximumMemory: build.maxMemory, vcpuCount: build.maxVCPUs,
                vcpuOnline: UInt32(build.availableVCPUs.count),
                guest: configuration.behaviour(ofGuest: info.name), storedConfiguration: nil, processorTime: 0,
                runningSince: nil)
            state.change(domid) { $0.domain = domain }
            // Reported inside the step: a fault right behind it must find the domain known.
            made(domid)
            return domid
        }
    }

    /// Takes from a domain whose guest waits for a soft reset all that libxl gives it anew. Source: `do_domain_soft_reset`.
    func empty(_ domid: DomainID, for config: LibxlDomainConfig) async throws(LibxlError) {
        try await step("devices") { (state, _) throws(LibxlError) in
            guard state.name(of: domid) == config.createInfo.name else {
                throw failure(.failed, "domain \(domid) is not called '\(config.createInfo.name)'")
            }
            for device in state.devices(of: domid) {
                state.cancelEvents(of: domid) { $0.device == device }
                state.removeTree(device.frontend)
                state.removeTree(device.backend)
            }
        }
        try await step("domain") { (state, now) throws(LibxlError) in
            guard state.domain(domid)?.shutdownReason != nil else {
                throw failure(.failed, "soft reset: the guest of domain \(domid) runs")
            }
            state.forgetGuestsIntentions(domid)
            state.removeNodes(ofDomain: domid)
            state.changeDomain(domid, at: now) {
                $0.shutdownReason = nil
                $0.hasLostDeviceModel = nil
                $0.pauseCount = 1
            }
        }
    }

    /// Gives a domain all that its configuration says.
    func furnish(_ domid: DomainID, _ config: LibxlDomainConfig) async throws(LibxlError) {
        let info = config.createInfo
        let build = config.buildInfo
        try await step("store") { (state, _) throws(LibxlError) in
            try checkName(info.name, in: state)
            state.write("/local/domain/\(domid)/name", info.name)
            state.write("/local/domain/\(domid)/domid", "\(domid)")
            state.write("/local/domain/\(domid)/vm", "/vm/\(info.uuid)")
            state.write("/vm/\(info.uuid)/name", info.name)
            state.write("/vm/\(info.uuid)/uuid", "\(info.uuid)")
            state.write("/libxl/\(domid)/type", info.type.rawValue)
            for (key, value) in info.xenstoreData { state.write("/local/domain/\(domid)/\(key)", value) }
            for (key, value) in info.platformData { state.write("/local/domain/\(domid)/platform/\(key)", value) }
        }
        try await step("kernel") { (_, _) throws(LibxlError) in
            for file in [build.kernel, build.ramdisk].compactMap({ $0 }) where !configuration.hasFile(file) {
                throw failure(.failed, "cannot read '\(file)': No such file or directory")
            }
        }
        try await step("memory") { (state, now) throws(LibxlError) in
            state.changeDomain(domid, at: now) { $0.currentMemory = build.targetMemory }
            state.write("/local/domain/\(domid)/memory/static-max", "\(build.maxMemory.count)")
            state.write("/local/domain/\(domid)/memory/target", "\(build.targetMemory.count)")
        }
        var stored = config
        for (index, disk) in config.disks.enumerated() {
            let plug = try await bringUp("disk.", of: domid) { (state) throws(LibxlError) in
                try plan(disk, of: domid, in: state)
            }
            stored.disks[index].backendDomainID = plug.device.backendDomainID
            if let backend = plug.back["type"].flatMap(DiskBackend.init(rawValue:)) {
                stored.disks[index].backend = backend
            }
        }
        try await addUnasked(config, to: domid)
        let needsQEMU = needsQEMU(stored)
        try change { (state, _) throws(LibxlError) in
            writeConsoles(of: domid, info.name, isServedByQEMU: info.type != .hvm && needsQEMU, in: &state)
            guard needsQEMU else { return }
            state.write(HostState.qemu(of: domid), "\(1000 + domid.rawValue)")
            if let vnc = stored.display { state.write("/local/domain/\(domid)/console/vnc-port", "\(vnc)") }
        }
        for (index, nic) in config.nics.enumerated() {
            let plug = try await bringUp("nic.", of: domid) { (state) throws(LibxlError) in
                try plan(nic, of: domid, in: state, hotplug: false)
            }
            stored.nics[index].backendDomainID = plug.device.backendDomainID
            if let type = plug.back["type"].flatMap(LibxlNICType.init(rawValue:)) { stored.nics[index].nictype = type }
        }
        try await attach(&stored, to: domid)
        let complete = stored
        try await step("json") { (state, now) throws(LibxlError) in
            guard state.exists(domid) else { throw failure(.failed, "domain \(domid) is gone") }
            state.changeDomain(domid, at: now) {
                $0.storedConfiguration = complete
                $0.countConfigurationChange()
            }
        }
    }

    /// Adds the devices that libxl neither waits for nor misses: one that cannot be made is left out without a word.
    ///
    /// An hvm guest has one keyboard, unless its configuration says none, and nothing of what that lists.
    /// Source: `domcreate_launch_dm`, which ignores what `libxl__device_add` says.
    private func addUnasked(_ config: LibxlDomainConfig, to domid: DomainID) async throws(LibxlError) {
        var devices = config.devices(.p9)
        switch config.createInfo.type {
        case .hvm:
            if config.buildInfo.hvm.vkbDevice ?? true {
                devices.append(.vkb(LibxlDeviceVKB(devid: DeviceID(rawValue: 0))))
            }
        case .pv, .pvh: devices += config.devices(.vfb) + config.devices(.vkb)
        }
        for device in devices {
            let plug: Plug
            do throws(LibxlError) {
                plug = try plan(device, of: domid, in: current(domid))
            } catch {
                continue
            }
            var operation = self
            operation.prefix = device.kind.rawValue + "."
            try await operation.put(plug)
        }
    }

    /// Attaches the devices of the other kinds, in libxl's order, and puts into the configuration what libxl keeps of
    /// them. Source: `device_type_tbl`, `domcreate_attach_devices`.
    private func attach(_ config: inout LibxlDomainConfig, to domid: DomainID) async throws(LibxlError) {
        for kind: LibxlDevice.Kind in [.vtpm, .usbController, .usbDevice, .pci, .vdispl, .vsnd] {
            var operation = self
            operation.prefix = kind.rawValue + "."
            for (index, device) in config.devices(kind).enumerated() {
                switch device {
                case .pci(let pci): try await operation.assign(pci, to: domid, isStarting: true)
                case .usbDevice(let usb):
                    config.usbdevs[index] = try await operation.assign(usb, to: domid, isStarting: true)
                default:
                    let plug = try await bringUp(operation.prefix, of: domid) { (state) throws(LibxlError) in
                        let plug = try plan(device, of: domid, in: state)
                        try checkFree(plug.device, in: state)
                        return plug
                    }
                    if kind == .vtpm, let uuid = plug.back["uuid"].flatMap(DomainUUID.init) {
                        config.vtpms[index].uuid = uuid
                    }
                }
            }
            // Their turn. The hypervisor of a host that is no Arm one has no such call.
            if kind == .pci, !config.dtdevs.isEmpty {
                throw failure(.nonspecific, "xc_assign_dtdevice failed: -1")
            }
        }
    }

    /// Writes what libxl does of a domain's first console, and the terminals on which the host's other processes serve its
    /// consoles. Source: `libxl__device_console_add`.
    private func writeConsoles(of domid: DomainID, _ name: String, isServedByQEMU: Bool, in state: inout HostState) {
        let domain = "/local/domain/\(domid)"
        let first = ["limit": "1048576", "output": "pty", "type": isServedByQEMU ? "ioemu" : "xenconsoled", "tty": ""]
        for (key, value) in first { state.write("\(domain)/console/\(key)", value) }
        for (node, terminal) in configuration.consoles[name] ?? [:] { state.write("\(domain)/\(node)/tty", terminal) }
    }

    /// Whether libxl starts a QEMU for the domain. Source: `libxl__need_xenpv_qemu`.
    private func needsQEMU(_ config: LibxlDomainConfig) -> Bool {
        let type = config.createInfo.type
        return type == .hvm || config.disks.contains(where: \.isServedByQEMUHere) || !config.vfbs.isEmpty
            || !config.p9s.isEmpty || config.vkbs.contains { $0.backend != .linux }
            || config.usbctrls.contains { controller in
                let chosen = controller.type == .auto ? configuration.usbType(for: type) : controller.type
                return chosen == .qusb && controller.backendDomainID == .domain0
            }
    }

    private func bringUp(
        _ prefix: String, of domid: DomainID, plan: (HostState) throws(LibxlError) -> Plug
    ) async throws(LibxlError) -> Plug {
        let plug = try plan(current(domid))
        var operation = self
        operation.prefix = prefix
        try await operation.bringUp(plug)
        return plug
    }

    /// What is wrong with a configuration before anything is made of it.
    private func check(_ config: LibxlDomainConfig, in state: HostState) throws(LibxlError) {
        let info = config.createInfo
        try checkName(info.name, in: state)
        guard config.buildInfo.maxVCPUs > 0 else { throw failure(.invalid, "a domain needs a vCPU") }
        guard config.buildInfo.targetMemory <= config.buildInfo.maxMemory else {
            throw failure(.invalid, "the domain's target_memkb is above its max_memkb")
        }
        try checkPassthrough(config)
        let build = config.buildInfo
        guard info.type != .pvh || build.kernel != nil || build.bootloader != nil else {
            // An assertion in libxl, which ends the process.
            throw failure(.failed, "PVH should always have a set kernel")
        }
    }

    /// Source: `libxl__domain_config_setdefault`, `libxl__arch_passthrough_mode_setdefault`.
    private func checkPassthrough(_ config: LibxlDomainConfig) throws(LibxlError) {
        let hasPCI = !config.pcidevs.isEmpty
        guard config.createInfo.passthrough != .disabled || !config.hasHostDevices else {
            throw failure(.invalid, "passthrough disabled but devices are specified")
        }
        guard config.createInfo.type != .pvh || !config.isPreparedForPassthrough else {
            throw failure(.invalid, "passthrough not yet supported for x86 PVH guests")
        }
        guard config.createInfo.type == .pv || !hasPCI || config.buildInfo.targetMemory == config.buildInfo.maxMemory
        else { throw failure(.invalid, "PCI device assignment for HVM guest failed due to PoD enabled") }
    }

    func checkName(_ name: String, in state: HostState) throws(LibxlError) {
        guard !name.isEmpty else { throw failure(.invalid, "a domain needs a name") }
        guard state.domid(named: name) == nil else {
            throw failure(.invalid, "a domain named '\(name)' is there already")
        }
    }
}

extension LibxlDomainConfig {
    /// Whether the domain gets devices of the host that the hypervisor has to hand out.
    fileprivate var hasHostDevices: Bool { !pcidevs.isEmpty || !dtdevs.isEmpty }

    /// Whether libxl prepares the domain for devices of the host: it must before it has one. Source:
    /// `libxl__domain_config_setdefault`.
    fileprivate var isPreparedForPassthrough: Bool {
        createInfo.passthrough.map { $0 != .disabled } ?? hasHostDevices
    }

    /// The port of the VNC display that QEMU opens, as libxl writes it down; nil without one.
    /// Source: libxl's `device_model_postconfig_vnc`.
    fileprivate var display: Int? {
        let vnc = createInfo.type == .hvm ? buildInfo.hvm.vnc : vfbs.first?.vnc
        guard let vnc, vnc.enable == true else { return nil }
        let (port, isPast) = Int(vnc.display).addingReportingOverflow(5900)
        return isPast ? nil : port
    }
}
