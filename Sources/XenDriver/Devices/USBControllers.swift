import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

// Controllers. Only those of USB come and go.

extension Controller: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { type == .usb ? .usbController : nil }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        type == .usb ? .usbController(try LibxlDeviceUSBCtrl(self, plug: .hot)) : nil
    }

    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? {
        guard type == .usb else { return nil }
        return Int32(exactly: index).flatMap { inventory.device(.usbController(devid: DeviceID(rawValue: $0))) }
    }

    func identify(in criteria: inout DeviceCriteria) { criteria.controller = place }

    func filled(from other: Controller, _ criteria: DeviceCriteria, isLive: Bool) -> Controller {
        var controller = self
        if criteria.controller == nil, type == other.type { controller.index = other.index }
        return controller
    }
}

extension LibxlDeviceUSBCtrl: ListedDevice {
    func described(backendDomain: String?) -> Device? {
        var controller = Controller(type: .usb, index: UInt32(clamping: devid.rawValue))
        if type == .qusb { controller.model = version == 1 ? "qusb1" : "qusb2" }
        if ports > 0 { controller.ports = UInt32(clamping: ports) }
        controller.backendDomain = backendDomain
        return .controller(controller)
    }
}
