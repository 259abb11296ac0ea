import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

// Paravirtual displays.

extension VirtualDisplay: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { .vdispl }

    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? { { .vdispl(devid: $0) } }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        .vdispl(LibxlDeviceVDispl(self, devid: place?.devid ?? DeviceID(rawValue: 0)))
    }
}

extension LibxlDeviceVDispl: ListedDevice {
    func described(backendDomain: String?) -> Device? {
        var display = VirtualDisplay(connectors: [], backendDomain: backendDomain)
        display.backendAllocates = backendAllocates
        return .vdispl(display)
    }

    /// Reads the screens, which libxl's list leaves out.
    func supplement(
        _ device: inout Device, of guest: ListedGuest, by driver: Driver
    ) async throws(DriverError) -> [String] {
        guard case .vdispl(var display) = device else { return [] }
        let frontend = XenstorePath.frontend(.vdispl(devid: devid), of: guest.domid)
        display.connectors = try await driver.xenstore { () throws(XenstoreError) in
            var found: [VirtualDisplay.Connector] = []
            while let id = try await driver.host.xenstore.read(frontend.appending("\(found.count)/unique-id")),
                let resolution = try await driver.host.xenstore.read(frontend.appending("\(found.count)/resolution"))
            {
                let sides = resolution.split(separator: "x").map { UInt32($0) ?? 0 }
                found.append(VirtualDisplay.Connector(id: id, width: sides.first ?? 0, height: sides.last ?? 0))
            }
            return found
        }
        device = .vdispl(display)
        return []
    }
}
