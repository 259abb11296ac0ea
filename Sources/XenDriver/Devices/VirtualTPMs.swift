import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

extension VirtualTPM: DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { .vtpm }

    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? { { .vtpm(devid: $0) } }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? {
        .vtpm(LibxlDeviceVTPM(self, devid: place?.devid ?? DeviceID(rawValue: 0)))
    }

    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? {
        inventory.device(at: asDevice.place)
    }
}

extension LibxlDeviceVTPM: ListedDevice {
    /// One without a UUID was given one by libxl.
    func isSameDevice(as listed: LibxlDeviceVTPM) -> Bool { uuid == .zero || uuid == listed.uuid }

    func described(backendDomain: String?) -> Device? {
        .vtpm(VirtualTPM(backendDomain: backendDomain ?? "Domain-0", uuid: uuid == .zero ? nil : uuid))
    }
}
