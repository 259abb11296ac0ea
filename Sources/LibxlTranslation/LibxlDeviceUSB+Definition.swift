public import LibxlAPI
public import XenModel
public import XenUnits

extension LibxlDeviceUSBCtrl {
    /// What libxl is told of a USB controller. Its devid is the controller's index.
    ///
    /// One without a model is QEMU's if it comes with its domain, as libvirt has it; for a guest that runs and may have no
    /// QEMU, libxl takes the kernel's if it can. Source: `/domain/devices/controller[@type='usb']`.
    public init(_ controller: Controller, plug: PlugTime) throws(Untranslatable) {
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
        if plug == .hot, [nil, "default"].contains(controller.model) {
            // Each type has versions and numbers of ports of its own.
            type = .auto
            self.ports = ports ?? 0
        } else {
            type = .qusb
            self.version = version
            self.ports = ports ?? Int32(Self.defaultPorts)
        }
        backendDomainName = controller.backendDomain
    }

    fileprivate static let defaultPorts: UInt32 = 8
}

extension LibxlDeviceUSBDev {
    /// What libxl is told of a USB device of the host that comes to `port` (from 1) of `controller`, at start or while
    /// the guest runs. One that is named by its make alone must have been found on the host before, and given its place.
    /// Source: `/domain/devices/hostdev[@type='usb']`.
    public init(
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
    mutating func setUSB(_ definition: DomainDefinition, _ context: TranslationContext) throws(Untranslatable) {
        let definition = definition.withUSBControllers
        for controller in definition.usbControllers {
            usbctrls.append(try LibxlDeviceUSBCtrl(controller, plug: .atStart))
        }
        let places = usbctrls.lazy.flatMap { controller in
            (1...controller.ports).lazy.map { (controller: controller.devid, port: $0) }
        }
        for (source, place) in zip(definition.usbHostDevices, places) {
            usbdevs.append(
                try LibxlDeviceUSBDev(source, controller: place.controller, port: place.port, context: context))
        }
    }
}

extension DomainDefinition {
    /// The definition with as many more USB controllers as the host's devices in it need ports.
    ///
    /// Source: libvirt's driver, which adds controllers of its own as well.
    public var withUSBControllers: DomainDefinition {
        var definition = self
        var controllers = usbControllers
        while controllers.reduce(0, { $0 + Int($1.ports ?? LibxlDeviceUSBCtrl.defaultPorts) }) < usbHostDevices.count {
            let controller = Controller.automaticUSB(besides: controllers.map(\.index))
            controllers.append(controller)
            definition.devices.append(.controller(controller))
        }
        return definition
    }

    fileprivate var usbControllers: [Controller] { controllers.filter { $0.type == .usb } }

    fileprivate var usbHostDevices: [HostUSBDevice] {
        hostDevices.compactMap { if case .usb(let source) = $0.source { source } else { nil } }
    }
}

extension Controller {
    /// A USB controller that no document asks for, beside those of the indices `taken`.
    public static func automaticUSB(besides taken: some Collection<UInt32>) -> Controller {
        // One past the highest number is none that libxl takes, and is refused as that.
        Controller(type: .usb, index: taken.max().map { $0 < .max ? $0 + 1 : $0 } ?? 0)
    }
}

extension LibxlDomainBuildInfo {
    /// An hvm guest's emulated USB mice, tablets and keyboards, in QEMU's words. Source: `/domain/devices/input`.
    mutating func setInputs(_ definition: DomainDefinition) throws(Untranslatable) {
        for case .input(let input) in definition.devices where input.bus == .usb {
            hvm.usbDeviceList.append(input.type.rawValue)
        }
        guard !hvm.usbDeviceList.isEmpty else { return }
        // libxl refuses both kinds of controller at once.
        if definition.xen.usbVersion != nil {
            throw Untranslatable(
                path: "/domain/xenkeeper:options/machine/@usbVersion",
                reason: .conflict(with: "/domain/devices/input[@bus='usb']"))
        }
        for graphics in definition.graphics where (graphics.spice.usbRedirection ?? 0) > 0 {
            throw Untranslatable(
                path: "/domain/devices/graphics/xenkeeper:spice/@usbRedirection", device: graphics.kind.rawValue,
                reason: .conflict(with: "/domain/devices/input[@bus='usb']"))
        }
    }
}
