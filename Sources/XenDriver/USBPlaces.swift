import LibxlAPI
import XenModel
import XenUnits

/// Finding the host's USB devices that documents name by their make: libxl knows a device by its place alone.
extension Driver {
    /// The devices of a domain, each USB device of the host's with its place.
    ///
    /// Of several that are alike the first is taken that no running domain of ours has. Throws if there is none, or none
    /// left, or if another make is plugged where one is named by both.
    func located(_ devices: [Device], domain: String) async throws(DriverError) -> [Device] {
        guard devices.contains(where: { $0.hostUSBDevice?.make != nil }) else { return devices }
        let entries: [HostUSBEntry]
        do throws(HostUSBError) { entries = try await host.usb.usbDevices() } catch { throw .usb(error) }
        var taken = try usbPlacesTaken()
        for case let place? in devices.map(\.hostUSBDevice?.place) { taken.insert(place) }
        var located: [Device] = []
        for device in devices {
            guard case .hostdev(var hostDevice) = device, case .usb(var usb) = hostDevice.source, let make = usb.make
            else {
                located.append(device)
                continue
            }
            let alike = entries.filter { $0.make == make }.map(\.place)
            if let place = usb.place {
                guard alike.contains(place) else {
                    throw .noUSBDevice(device: device.title, domain: domain, takenAlike: 0)
                }
            } else {
                guard let place = alike.first(where: { !taken.contains($0) }) else {
                    throw .noUSBDevice(device: device.title, domain: domain, takenAlike: alike.count)
                }
                taken.insert(place)
                usb.place = place
            }
            hostDevice.source = .usb(usb)
            located.append(.hostdev(hostDevice))
        }
        return located
    }

    private func usbPlacesTaken() throws(DriverError) -> Set<HostUSBDevice.Place> {
        var taken: Set<HostUSBDevice.Place> = []
        for other in try reading({ () throws(StateError) in try store.statusUUIDs() }) {
            guard case .sound(let status) = try reading({ () throws(StateError) in try store.status(other) }) else {
                continue
            }
            taken.formUnion(status.takenDevices.compactMap(\.hostUSBDevice?.place))
        }
        return taken
    }
}

extension HostUSBEntry {
    fileprivate var place: HostUSBDevice.Place { HostUSBDevice.Place(bus: bus, device: address) }
    fileprivate var make: HostUSBDevice.Make { HostUSBDevice.Make(vendor: vendor, product: product) }
}

extension Device {
    fileprivate var hostUSBDevice: HostUSBDevice? {
        if case .hostdev(let device) = self, case .usb(let usb) = device.source { usb } else { nil }
    }
}
