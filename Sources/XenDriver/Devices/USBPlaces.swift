import LibxlAPI
import XenModel
import XenUnits

/// Finding the host's USB devices that documents name by vendor and product: libxl knows a device by its place alone.
extension Driver {
    /// The devices of a domain, each USB device of the host's with its place.
    ///
    /// Of several that are alike the first is taken that no running domain of ours has. Throws if there is none, or
    /// none left, or if something else is plugged where one is named by both.
    func located(_ devices: [Device], domain: String) async throws(DriverError) -> [Device] {
        guard devices.contains(where: { $0.hostUSBDevice?.vendorProduct != nil }) else { return devices }
        let entries: [HostUSBEntry]
        do throws(HostUSBError) { entries = try await host.usb.usbDevices() } catch { throw .usb(error) }
        // The domain's own places are taken as well.
        let keys = Set(
            entries.flatMap { entry in
                HostDeviceSource.usb(HostUSBDevice(place: entry.place, vendorProduct: nil)).claims(title: "").map(\.key)
            })
        var taken = Set(
            try await holders(besides: nil, of: keys).flatMap { $0.devices.compactMap(\.hostUSBDevice?.place) })
        for case let place? in devices.map(\.hostUSBDevice?.place) { taken.insert(place) }
        var located: [Device] = []
        for device in devices {
            guard case .hostdev(var hostDevice) = device, case .usb(var usb) = hostDevice.source,
                let vendorProduct = usb.vendorProduct
            else {
                located.append(device)
                continue
            }
            let alike = entries.filter { $0.vendorProduct == vendorProduct }.map(\.place)
            if let place = usb.place {
                guard alike.contains(place) else {
                    if let other = entries.first(where: { $0.place == place }) {
                        throw .otherUSBDevice(
                            device: device.title, domain: domain,
                            wanted: "\(HostUSBDevice(place: nil, vendorProduct: vendorProduct))",
                            found: "\(HostUSBDevice(place: nil, vendorProduct: other.vendorProduct))")
                    }
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
}

extension HostUSBEntry {
    fileprivate var place: HostUSBDevice.Place { HostUSBDevice.Place(bus: bus, device: address) }
    fileprivate var vendorProduct: HostUSBDevice.VendorProduct {
        HostUSBDevice.VendorProduct(vendor: vendor, product: product)
    }
}

extension Device {
    fileprivate var hostUSBDevice: HostUSBDevice? {
        if case .hostdev(let device) = self, case .usb(let usb) = device.source { usb } else { nil }
    }
}
