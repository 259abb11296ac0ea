import LibxlAPI
import XenModel
import XenUnits

extension Device {
    /// A device of one of the kinds that libxl plugs in one and the same way, as far as Xen tells; nil for one that is a
    /// part of its domain. `backendDomain` is the name of who serves it, nil for Domain-0.
    init?(_ listed: LibxlDevice, backendDomain: String?) {
        switch listed {
        case .pci(let pci):
            guard let host = pci.host else { return nil }
            var source = HostPCIDevice(address: host)
            if pci.permissive { source.permissive = true }
            if pci.msiTranslate { source.msiTranslate = true }
            if pci.powerManagement { source.powerManagement = true }
            self = .hostdev(HostDevice(source: .pci(source)))
        case .usbDevice(let device):
            let place = HostUSBDevice.Place(bus: device.hostBus, device: device.hostAddress)
            self = .hostdev(HostDevice(source: .usb(HostUSBDevice(place: place))))
        case .usbController(let controller):
            var found = Controller(type: .usb, index: UInt32(clamping: controller.devid.rawValue))
            if controller.type == .qusb { found.model = controller.version == 1 ? "qusb1" : "qusb2" }
            if controller.ports > 0 { found.ports = UInt32(clamping: controller.ports) }
            found.backendDomain = backendDomain
            self = .controller(found)
        case .vtpm(let tpm):
            self = .vtpm(
                VirtualTPM(backendDomain: backendDomain ?? "Domain-0", uuid: tpm.uuid == .zero ? nil : tpm.uuid))
        case .vdispl(let display):
            var found = VirtualDisplay(connectors: [], backendDomain: backendDomain)
            found.backendAllocates = display.backendAllocates
            self = .vdispl(found)
        case .vsnd: self = .vsnd(VirtualSound(backendDomain: backendDomain))
        case .p9, .vkb, .vfb: return nil
        }
    }
}
