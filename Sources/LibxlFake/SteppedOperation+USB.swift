import LibxlAPI
import XenUnits

extension SteppedOperation {
    /// Gives a domain a USB device of the host's, and returns it in its place. Source: `libxl__device_usbdev_add`.
    func assign(
        _ usb: LibxlDeviceUSBDev, to domid: DomainID, isStarting: Bool
    ) async throws(LibxlError) -> LibxlDeviceUSBDev {
        let state = try current(domid)
        try checkAssignable(usb, to: domid, in: state)
        if usb.controller == nil, usb.port == 0, state.freePort(of: domid) == nil {
            try await step("controller") { (state, _) throws(LibxlError) in
                try addController(to: domid, isStarting: isStarting, in: &state)
            }
        }
        var placed = try place(usb, in: domid, current(domid))
        if !isStarting {
            placed = try await step("lock") { (state, _) throws(LibxlError) in
                _ = try storedConfiguration(of: domid, in: state)
                return try place(usb, in: domid, state)
            }
            let device = LibxlDevice.usbDevice(placed)
            try await step("json") { (state, _) throws(LibxlError) in
                guard state.exists(domid) else { throw failure(.failed, "domain \(domid) is gone") }
                state.changeConfiguration(domid) { $0.keep(device) }
            }
        }
        let final = placed
        try await step("nodes") { (state, _) throws(LibxlError) in
            guard let port = state.portPath(final, of: domid) else {
                throw failure(.notFound, "the controller is gone")
            }
            state.write(port, "\(final.hostBus)-\(final.hostAddress)")
        }
        return final
    }

    /// Takes a USB device from a domain; the guest is not asked. Source: `libxl__device_usbdev_remove`.
    func withdraw(_ usb: LibxlDeviceUSBDev, from domid: DomainID) async throws(LibxlError) {
        guard let devid = usb.controller, devid.rawValue >= 0, usb.port > 0 else {
            throw failure(.failed, "Invalid USB device")
        }
        try await step("nodes") { (state, _) throws(LibxlError) in
            let controller = try controller(devid, of: domid, in: state)
            guard let port = state.portPath(usb, of: domid) else { throw failure(.failed) }
            switch controller.type {
            case .qusb: break
            // There is no such port.
            case .pv, .auto: guard state.read(port) != nil else { throw failure(.failed) }
            case .deviceModel:
                guard state.read(port) == "\(usb.hostBus)-\(usb.hostAddress)" else {
                    throw failure(.failed, "Device 'xenusb-\(usb.hostBus)-\(usb.hostAddress)' not found")
                }
            }
            state.write(port, "")
        }
        try await step("json") { (state, _) throws(LibxlError) in
            guard !configuration.removalLeavesStoredConfiguration else { return }
            state.changeConfiguration(domid) { $0.forget(.usbDevice(controller: devid, port: usb.port)) }
        }
    }

    /// Unplugs a USB controller, and its devices before it.
    ///
    /// Source: `libxl__initiate_device_usbctrl_remove`.
    func unplug(
        _ controller: LibxlDeviceUSBCtrl, of domid: DomainID, force: Force
    ) async throws(LibxlError) -> LibxlRemoval {
        guard LibxlDevice.usbController(controller).canBeRemoved else {
            throw failure(.invalid, "the USB controller is given without its type")
        }
        let devid = controller.devid
        let listed = try await step("devices") { (state, _) throws(LibxlError) in
            guard let listed = state.usbControllers(of: domid).first(where: { $0.devid == devid }) else {
                throw failure(.notFound, "domain \(domid) has no USB controller \(devid)")
            }
            for usb in state.usbDevices(of: domid) where usb.controller == devid {
                if let port = state.portPath(usb, of: domid) { state.write(port, "") }
            }
            return listed
        }
        let identity = DeviceIdentity.usbController(devid: devid)
        let device = XenstoreDevice(
            domid: domid, identity: identity, backendDomainID: controller.backendDomainID,
            backendKind: LibxlDevice.usbController(controller).backendKind)
        guard listed.type == .deviceModel else {
            return try await unplug(device, force: force) { $0.forget(identity) }
        }
        try await removeNodes(of: device) { $0.forget(identity) }
        return force == .on ? .forced : .released
    }

    private func addController(
        to domid: DomainID, isStarting: Bool, in state: inout HostState
    ) throws(LibxlError) {
        let last = state.records(kind: "vusb", of: domid).last?.devid.rawValue ?? -1
        let (next, isPast) = last.addingReportingOverflow(1)
        guard !isPast else { throw failure(.failed, "there is no number for another USB controller") }
        let device = LibxlDevice.usbController(LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: next)))
        let plug = isStarting ? try plan(device, of: domid, in: state) : try hotPlan(device, of: domid, in: state)
        // Nobody waits until it is connected.
        state.write(plug)
        if !isStarting { state.changeConfiguration(domid) { $0.keep(device) } }
    }

    private func checkAssignable(
        _ usb: LibxlDeviceUSBDev, to domid: DomainID, in state: HostState
    ) throws(LibxlError) {
        guard state.domain(domid) != nil else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        if let devid = usb.controller, try controller(devid, of: domid, in: state).backendDomainID != .domain0 {
            throw failure(.invalid, "Don't support adding USB device from non-Dom0 backend")
        }
        guard let device = FakeUSBDevice(bus: usb.hostBus, address: usb.hostAddress),
            configuration.usbDevices?.contains(device) ?? true
        else { throw failure(.failed, "USB device is not assignable.") }
        let taken = state.domidsWithHostDevices.filter { state.domain($0) != nil }.flatMap(state.usbDevices(of:))
        guard !taken.contains(where: { $0.hostBus == usb.hostBus && $0.hostAddress == usb.hostAddress }) else {
            throw failure(.invalid, "USB device already attached to a domain")
        }
    }

    /// The device in the place that it gets. Source: `libxl__device_usbdev_setdefault`.
    private func place(
        _ usb: LibxlDeviceUSBDev, in domid: DomainID, _ state: HostState
    ) throws(LibxlError) -> LibxlDeviceUSBDev {
        try checkAssignable(usb, to: domid, in: state)
        var placed = usb
        guard let devid = usb.controller else {
            guard usb.port == 0 else {
                throw failure(.invalid, "USB controller must be specified if you specify port")
            }
            guard let free = state.freePort(of: domid) else { throw failure(.failed, "no USB port is free") }
            placed.controller = free.controller
            placed.port = free.port
            return placed
        }
        if usb.port == 0 {
            guard let free = state.freePort(of: domid, at: devid) else {
                throw failure(.failed, "No available port under specified controller")
            }
            placed.port = free.port
        } else if let path = state.portPath(usb, of: domid), let device = state.read(path), !device.isEmpty {
            throw failure(.failed, "The controller port isn't available")
        }
        return placed
    }

    private func controller(
        _ devid: DeviceID, of domid: DomainID, in state: HostState
    ) throws(LibxlError) -> LibxlDeviceUSBCtrl {
        guard let controller = state.usbControllers(of: domid).first(where: { $0.devid == devid }) else {
            throw failure(.notFound, "domain \(domid) has no USB controller \(devid)")
        }
        return controller
    }
}

extension HostState {
    /// The USB controllers of a domain, as libxl reads them. Source: `libxl__usbctrl_from_xenstore`.
    func usbControllers(of domid: DomainID) -> [LibxlDeviceUSBCtrl] {
        records(kind: "vusb", of: domid).compactMap { devid, record in
            guard case .usbController(let controller)? = LibxlDevice(.usbController, devid, at: record, in: self) else {
                return nil
            }
            return controller
        }
    }

    /// The USB devices of a domain: what stands at the ports of its controllers. Source:
    /// `libxl__device_usbdev_list_for_usbctrl`.
    func usbDevices(of domid: DomainID) -> [LibxlDeviceUSBDev] {
        usbControllers(of: domid).flatMap { controller in
            stride(from: 1, through: controller.ports, by: 1).compactMap { port in
                guard let home = portsPath(controller.devid, of: domid),
                    let device = read("\(home)/\(port)").flatMap(FakeUSBDevice.init)
                else { return nil }
                var usb = LibxlDeviceUSBDev(hostBus: device.bus, hostAddress: device.address)
                usb.controller = controller.devid
                usb.port = port
                return usb
            }
        }
    }

    /// The first port of a domain's controllers, or of one of them, at which nothing is.
    func freePort(of domid: DomainID, at devid: DeviceID? = nil) -> (controller: DeviceID, port: Int32)? {
        for controller in usbControllers(of: domid) where devid == nil || controller.devid == devid {
            guard let home = portsPath(controller.devid, of: domid) else { continue }
            for port in stride(from: 1, through: controller.ports, by: 1) where read("\(home)/\(port)") == "" {
                return (controller.devid, port)
            }
        }
        return nil
    }

    /// The node of a device's port; nil if its controller is not there.
    func portPath(_ usb: LibxlDeviceUSBDev, of domid: DomainID) -> String? {
        usb.controller.flatMap { portsPath($0, of: domid) }.map { "\($0)/\(usb.port)" }
    }

    /// The node that a controller's ports are below: with its backend, or in libxl's record if QEMU emulates it. Source:
    /// `vusb_be_from_xs_libxl`.
    private func portsPath(_ devid: DeviceID, of domid: DomainID) -> String? {
        let record = XenstorePath.libxlDevice(.usbController(devid: devid), of: domid).text
        let isEmulated = read(record + "/type") == USBControllerType.deviceModel.rawValue
        return (isEmulated ? record : read(record + "/backend")).map { $0 + "/port" }
    }
}
