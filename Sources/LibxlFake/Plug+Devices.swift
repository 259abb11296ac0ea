import LibxlAPI
import XenUnits

extension SteppedOperation {
    /// What libxl makes of a device of the kinds that have a place of their own in xenstore.
    func plan(_ device: LibxlDevice, of domid: DomainID, in state: HostState) throws(LibxlError) -> Plug {
        guard let domain = state.domain(domid) else {
            throw failure(.failed, "the type of domain \(domid) is unknown: there is no such domain")
        }
        var device = device
        switch device {
        case .usbController(let controller): device = .usbController(try completed(controller, for: domain.guestType))
        case .vtpm(var vtpm) where vtpm.uuid == .zero:
            vtpm.uuid = .random()
            device = .vtpm(vtpm)
        default: break
        }
        guard let identity = device.identity else { throw failure(.invalid, "the device is given without its place") }
        let backend = try resolve(device.backendDomainName, device.backendDomainID, in: state)
        let place = XenstoreDevice(
            domid: domid, identity: identity, backendDomainID: backend, backendKind: device.backendKind)
        var ends = (back: device.backendNodes, front: device.frontendNodes)
        if place.hasBackend {
            ends.back.merge(["frontend-id": "\(domid)", "online": "1", "state": "1"]) { $1 }
            ends.front.merge(["backend-id": "\(backend)", "state": "1"]) { $1 }
        }
        return Plug(device: place, back: ends.back, front: ends.front, script: nil)
    }

    /// What libxl makes of a device that is plugged into a live domain; a QEMU that is not there is not started for it.
    /// Source: `libxl__dm_check_start`.
    func hotPlan(_ device: LibxlDevice, of domid: DomainID, in state: HostState) throws(LibxlError) -> Plug {
        let plug = try plan(device, of: domid, in: state)
        guard plug.device.hasBackend && !plug.device.needsOwnQEMU || state.read(HostState.qemu(of: domid)) != nil else {
            throw failure(.failed, "domain \(domid) has no QEMU to serve the device")
        }
        try checkFree(plug.device, in: state)
        return plug
    }

    /// A controller with what libxl fills in. Source: `libxl__device_usbctrl_setdefault`.
    private func completed(
        _ controller: LibxlDeviceUSBCtrl, for guestType: GuestType
    ) throws(LibxlError) -> LibxlDeviceUSBCtrl {
        var controller = controller
        if controller.type == .auto { controller.type = configuration.usbType(for: guestType) }
        if controller.version == 0 { controller.version = 2 }
        let isEmulated = controller.type == .deviceModel
        let fixed: Int32? = isEmulated && controller.version < 3 ? (controller.version == 1 ? 2 : 6) : nil
        if controller.ports == 0 { controller.ports = fixed ?? 8 }
        guard (1...(isEmulated ? 3 : 2)).contains(controller.version) else {
            throw failure(.invalid, "there is no USB controller of version \(controller.version)")
        }
        guard fixed.map({ controller.ports == $0 }) ?? (1...(isEmulated ? 15 : 31)).contains(controller.ports) else {
            throw failure(.invalid, "a USB controller of this version cannot have \(controller.ports) ports")
        }
        return controller
    }
}

extension FakeXenConfiguration {
    /// What libxl makes of a USB controller whose type is left to it.
    func usbType(for guestType: GuestType) -> USBControllerType {
        guestType == .hvm ? .deviceModel : hasUSBBack ? .pv : .qusb
    }
}

extension LibxlDevice {
    /// The word in the path of the backend: xenstore's of the device, unless another process serves it.
    var backendKind: String {
        switch self {
        case .usbController(let controller):
            switch controller.type {
            case .deviceModel: XenstoreDevice.none
            case .qusb: "qusb"
            case .pv, .auto: "vusb"
            }
        case .vkb(let keyboard) where keyboard.backend == .linux: "vinput"
        case .disk(let disk) where disk.backend == .qdisk: "qdisk"
        default: identity?.xenstoreKind ?? ""
        }
    }
}
