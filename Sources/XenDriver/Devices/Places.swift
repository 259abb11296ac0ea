import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// Where in Xen a device goes that comes to a running guest and whose document does not say that.
extension Driver {
    /// A place that is free for `device`; nil for one whose document says where it goes, or that cannot come now.
    func freePlace(for device: Device, in domain: LiveDomain, _ inventory: Inventory) async throws(DriverError)
        -> DeviceIdentity?
    {
        let driven = device.driven
        if let numbered = driven.numbered, let kind = driven.libxlKind {
            return numbered(try await nextDevid(kind.xenstoreKind, in: domain, inventory))
        }
        guard driven.libxlKind == .usbDevice else { return nil }
        return inventory.freeUSBPort
            ?? inventory.controllerNeeded(for: device).flatMap { controller in
                Int32(exactly: controller.index).map { .usbDevice(controller: DeviceID(rawValue: $0), port: 1) }
            }
    }

    /// The devid for a new device of a kind: one past the highest ordinary one that libxl, xenstore or our books know.
    ///
    /// A low number that is free again is not reused: libxl's own choice is one past the last listed, and a reused
    /// number makes a later `xl network-attach` fail.
    private func nextDevid(_ kind: String, in domain: LiveDomain, _ inventory: Inventory) async throws(DriverError)
        -> DeviceID
    {
        let recorded = try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.list(.libxlDevices(kind: kind, of: domain.domid)) ?? []
        }
        let identities = inventory.identities + domain.status.bindings.map(\.identity)
        let known = Set(
            identities.filter { $0.xenstoreKind == kind }.map(\.devid.rawValue) + recorded.compactMap { Int32($0) })
        // Another toolstack may give any number, the last one too; a host interface's name has no room for large ones.
        let ordinary = Int32(UInt16.max)
        var next = (known.filter { (0..<ordinary).contains($0) }.max() ?? -1) + 1
        if known.contains(next) {
            next = 0
            while known.contains(next) { next += 1 }
        }
        return DeviceID(rawValue: next)
    }
}

extension Inventory {
    /// The first port of a USB controller that has no device; nil if all are taken.
    fileprivate var freeUSBPort: DeviceIdentity? {
        let taken = Set(identities)
        for case .usbController(let controller) in devices.map(\.device) {
            let ports = (1...max(1, controller.ports)).lazy.map {
                DeviceIdentity.usbDevice(controller: controller.devid, port: $0)
            }
            if let free = ports.first(where: { !taken.contains($0) }) { return free }
        }
        return nil
    }

    /// The controller to be plugged for a USB device where no controller has a free port; nil if `device` needs none.
    func controllerNeeded(for device: Device) -> Controller? {
        guard case .hostdev(let hostDevice) = device, case .usb = hostDevice.source, freeUSBPort == nil else {
            return nil
        }
        return .automaticUSB(
            besides: identities.compactMap { identity in
                if case .usbController(let devid) = identity { UInt32(exactly: devid.rawValue) } else { nil }
            })
    }
}
