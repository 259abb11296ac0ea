package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDeviceUSBCtrl {
    /// What libxl is given for a USB controller. Its devid is the controller's index.
    ///
    /// One without a model is QEMU's if it comes with its domain, as libvirt has it; for a guest that runs and may have no
    /// QEMU, libxl takes the kernel's if it can. Source: `/domain/devices/controller[@type='usb']`.
    package init(_ controller: Controller, plug: PlugTime) throws(Untranslatable) {
        let path = "/domain/devices/controller"
        let name = "\(controller.type.rawValue) \(controller.index)"
        let version: Int32
        switch controller.model {
        case nil, "default", "qusb2": version = 2
        case "qusb1": version = 1
        case let model?:
            throw Untranslatable(
                path: "\(path)/@model", device: name, reason: .unsupported(.controllerModel, model))
        }
        let index = try checked(
            controller.index, in: 0...UInt32(Int32.max), at: "\(path)/@index", device: name)
        self.init(devid: DeviceID(rawValue: Int32(clamping: index)))
        // The most that libxl takes.
        let ports = try controller.ports.map { ports throws(Untranslatable) in
            Int32(try checked(ports, in: 1...31, at: "\(path)/@ports", device: name))
        }
        let isOpen = plug == .hot && [nil, "default"].contains(controller.model) && controller.usbType == nil
        if isOpen || controller.usbType == .auto {
            // Each type has versions and numbers of ports of its own.
            type = .auto
            self.version = Int32(clamping: controller.usbVersion ?? 0)
            self.ports = ports ?? 0
        } else {
            type = controller.usbType ?? .qusb
            self.version = controller.usbVersion.map { Int32(clamping: $0) } ?? version
            self.ports = ports ?? Int32(controller.portCount)
        }
        backendDomainName = controller.backendDomain
    }
}

extension LibxlDeviceUSBDev {
    /// What libxl is given for a USB device of the host that comes to `port` (from 1) of `controller`, at start or while
    /// the guest runs. One that is named by its vendor and product alone must have been found on the host before, and
    /// given its place.
    /// Source: `/domain/devices/hostdev[@type='usb']`.
    package init(
        _ source: HostUSBDevice, controller: DeviceID, port: Int32,
        context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        guard source.place != nil || context.references == .standForThemselves else {
            throw Untranslatable(
                path: "/domain/devices/hostdev/source", device: source.description,
                reason: .noUSBDevice(source.description))
        }
        self.init(hostBus: source.place?.bus ?? 0, hostAddress: source.place?.device ?? 0)
        self.controller = controller
        self.port = port
    }
}

extension LibxlDomainConfig {
    /// The controllers, as many more as the host's devices need ports, and the devices on the ports in their order.
    mutating func setUSB(
        _ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        let definition = definition.withUSBControllers
        for controller in definition.usbControllers {
            let passed = obstacles.noting { () throws(Untranslatable) in
                try LibxlDeviceUSBCtrl(controller, plug: .atStart)
            }
            if let passed { usbctrls.append(passed) }
        }
        for placement in definition.usbPlacements {
            let passed = obstacles.noting { () throws(Untranslatable) in
                try LibxlDeviceUSBDev(
                    placement.device, controller: DeviceID(rawValue: Int32(clamping: placement.controller)),
                    port: Int32(clamping: placement.port), context: context)
            }
            if let passed { usbdevs.append(passed) }
        }
    }
}

extension Controller: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Controller>()
        return [
            of.when("@index", { $0.type == .usb }) { $0.index += 1 },
            of.optional("xenkeeper:usb/@type", \.usbType),
            of.optional("xenkeeper:usb/@version", \.usbVersion),
            of.optional("@model", \.model),
            of.optional("@ports", \.ports),
            of.optional("@maxGrantFrames", \.maxGrantFrames),
            of.optional("@maxEventChannels", \.maxEventChannels),
            of.optional("xenkeeper:backenddomain/@name", \.backendDomain),
        ]
    }

    /// Nothing by itself: how many there are depends on the devices.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? { nil }

    var group: TranslationReport.Group? { .usb }
}

extension Input: TranslatedDevice {
    static var probes: [DeviceProbe] { [] }

    var guests: [GuestType] { bus == .usb ? GuestType.hvmAlone : GuestType.every }

    /// Nothing by itself: QEMU has a list of all.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? { nil }

    var group: TranslationReport.Group? { .others }
}

extension LibxlDomainBuildInfo {
    /// An hvm guest's emulated USB mice, tablets and keyboards, in QEMU's words. Source: `/domain/devices/input`.
    mutating func setInputs(_ definition: DomainDefinition) throws(Untranslatable) {
        for case .input(let input) in definition.devices where input.isUSB {
            hvm.usbDeviceList.append(input.type.rawValue)
        }
        hvm.usbDeviceList += definition.xen.deviceModel.usbDevices
        guard !hvm.usbDeviceList.isEmpty else { return }
        // libxl refuses both kinds of controller at once.
        let other =
            definition.xen.deviceModel.usbDevices.isEmpty
            ? "/domain/devices/input[@bus='usb']" : "/domain/xenkeeper:options/deviceModel/usbDevice"
        if definition.xen.usbVersion != nil {
            throw Untranslatable(
                path: "/domain/xenkeeper:options/machine/@usbVersion", reason: .conflict(with: other))
        }
        for graphics in definition.graphics where (graphics.spice.usbRedirection ?? 0) > 0 {
            throw Untranslatable(
                path: "/domain/devices/graphics/xenkeeper:spice/@usbRedirection", device: graphics.kind.rawValue,
                reason: .conflict(with: other))
        }
    }
}
