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
        switch device {
        case .interface(let interface) where interface.source.kind != .hostdev:
            .nic(devid: try await nextDevid("vif", in: domain, inventory))
        case .hostdev(let hostDevice):
            if case .usb = hostDevice.source {
                inventory.freeUSBPort
                    ?? inventory.controllerNeeded(for: device).flatMap { controller in
                        Int32(exactly: controller.index).map {
                            .usbDevice(controller: DeviceID(rawValue: $0), port: 1)
                        }
                    }
            } else {
                nil
            }
        case .vtpm: .vtpm(devid: try await nextDevid("vtpm", in: domain, inventory))
        case .vdispl: .vdispl(devid: try await nextDevid("vdispl", in: domain, inventory))
        case .vsnd: .vsnd(devid: try await nextDevid("vsnd", in: domain, inventory))
        case .interface, .disk, .controller, .filesystem, .character, .input, .graphics, .sound, .video, .memballoon,
            .opaque:
            nil
        }
    }

    /// The devid for a new device of a kind: one past the highest that libxl, xenstore or our books know.
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
        let known =
            identities.filter { $0.xenstoreKind == kind }.map(\.devid.rawValue) + recorded.compactMap { Int32($0) }
        return DeviceID(rawValue: (known.max() ?? -1) + 1)
    }
}

extension Inventory {
    /// The first port of a USB controller that has no device; nil if all are taken.
    fileprivate var freeUSBPort: DeviceIdentity? {
        let taken = Set(identities)
        for case .other(.usbController(let controller), _) in others {
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
