import XenUnits

extension DomainDefinition {
    /// The definition with as many more USB controllers as the host's devices in it need ports.
    ///
    /// Source: libvirt's driver, which adds controllers of its own as well.
    package var withUSBControllers: DomainDefinition {
        var definition = self
        var controllers = usbControllers
        while controllers.reduce(0, { $0 + Int($1.portCount) }) < usbHostDevices.count {
            let controller = Controller.automaticUSB(besides: controllers.map(\.index))
            controllers.append(controller)
            definition.devices.append(.controller(controller))
        }
        return definition
    }

    /// The USB controllers, in document order.
    package var usbControllers: [Controller] { controllers.filter { $0.type == .usb } }

    /// The host's USB devices in document order, each with the index of the controller and the port (from 1) that it
    /// comes to at a start; fewer than there are where the controllers have too few ports.
    package var usbPlacements: [USBPlacement] {
        let places = usbControllers.lazy.flatMap { controller in
            (1...max(controller.portCount, 1)).lazy.map { (controller: controller.index, port: $0) }
        }
        return zip(usbHostDevices, places).map {
            USBPlacement(device: $0, controller: $1.controller, port: $1.port)
        }
    }

    private var usbHostDevices: [HostUSBDevice] {
        hostDevices.compactMap { if case .usb(let source) = $0.source { source } else { nil } }
    }
}

/// Where a USB device of the host comes to at a start.
package struct USBPlacement: Hashable, Sendable {
    package var device: HostUSBDevice
    /// The controller's index.
    package var controller: UInt32
    /// From 1.
    package var port: UInt32
}

extension Controller {
    /// A USB controller that no document asks for, beside those of the indices `taken`.
    package static func automaticUSB(besides taken: some Collection<UInt32>) -> Controller {
        // One past the highest number is none that libxl takes, and is refused as that.
        Controller(type: .usb, index: taken.max().map { $0 < .max ? $0 + 1 : $0 } ?? 0)
    }

    /// How many ports a USB controller has. Source: `libxl__device_usbctrl_setdefault`.
    package var portCount: UInt32 {
        if let ports { return ports }
        return switch (usbType, usbVersion) {
        // What libxl chooses for an hvm guest is the device model's.
        case (.deviceModel, 1), (.auto, 1): 2
        case (.deviceModel, 3), (.auto, 3): 15
        case (.deviceModel, _), (.auto, _): 6
        default: 8
        }
    }
}
