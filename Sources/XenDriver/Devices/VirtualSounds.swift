import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

// Paravirtual sound cards.

extension VirtualSound: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { .vsnd }

    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? { { .vsnd(devid: $0) } }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        .vsnd(try LibxlDeviceVSnd(self, devid: place?.devid ?? DeviceID(rawValue: 0)))
    }
}

extension LibxlDeviceVSnd: ListedDevice {
    func described(backendDomain: String?) -> Device? { .vsnd(VirtualSound(backendDomain: backendDomain)) }

    /// Reads the names, which libxl's list leaves out.
    func supplement(
        _ device: inout Device, of guest: ListedGuest, by driver: Driver
    ) async throws(DriverError) -> [String] {
        guard case .vsnd(var sound) = device else { return [] }
        let frontend = XenstorePath.frontend(.vsnd(devid: devid), of: guest.domid)
        let names = try await driver.xenstore { () throws(XenstoreError) in
            try await driver.host.xenstore.read(["short-name", "long-name"].map(frontend.appending))
        }
        (sound.shortName, sound.longName) = (names[0], names[1])
        device = .vsnd(sound)
        return ["streams"]
    }
}
