import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

// PCI and USB devices of the host.

extension HostDevice: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? {
        switch source {
        case .pci: .pci
        case .usb: .usbDevice
        }
    }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        switch source {
        case .pci(let source): return .pci(try LibxlDevicePCI(source, self, guestType: guestType))
        case .usb(let source):
            guard case .usbDevice(let controller, let port) = place else { return nil }
            return .usbDevice(try LibxlDeviceUSBDev(source, controller: controller, port: port, context: context))
        }
    }

    func claims(_ guestType: GuestType, title: String) -> [HostClaim] { source.claims(title: title) }

    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? {
        inventory.device(at: asDevice.place)
    }

    func identify(in criteria: inout DeviceCriteria) { criteria.hostDevice = source.bare }

    func filled(from other: HostDevice, _ criteria: DeviceCriteria, isLive: Bool) -> HostDevice {
        var hostDevice = self
        if case .usb = source, criteria.hostDevice != nil { hostDevice.source = other.source }
        return hostDevice
    }
}

extension LibxlDevicePCI: ListedDevice {
    func described(backendDomain: String?) -> Device? {
        guard let host else { return nil }
        var source = HostPCIDevice(address: host)
        if permissive { source.permissive = true }
        if msiTranslate { source.msiTranslate = true }
        if powerManagement { source.powerManagement = true }
        return .hostdev(HostDevice(source: .pci(source)))
    }
}

extension LibxlDeviceUSBDev: ListedDevice {
    func isSameDevice(as listed: LibxlDeviceUSBDev) -> Bool {
        hostBus == listed.hostBus && hostAddress == listed.hostAddress
    }

    func described(backendDomain: String?) -> Device? {
        let place = HostUSBDevice.Place(bus: hostBus, device: hostAddress)
        return .hostdev(HostDevice(source: .usb(HostUSBDevice(place: place))))
    }
}
