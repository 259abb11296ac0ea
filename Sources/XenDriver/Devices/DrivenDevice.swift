import LibxlAPI
import LibxlTranslation
import XenModel
import XenUnits

/// A device of one class, as the driver deals with it.
///
/// What a class does not say is as it is for one that comes and goes with its domain, has nothing of the host's, and is
/// known by its alias alone; a class of which all that is so need not conform.
protocol DrivenDevice: Hashable, Sendable {
    /// It as a device of any class.
    var asDevice: Device { get }

    /// libxl's kind of it; nil for one that comes and goes with its domain.
    var libxlKind: LibxlDevice.Kind? { get }

    /// What it is called in Xen under a number; nil where its document says what it is called, or where that is no
    /// number.
    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? { get }

    /// What libxl is passed when it comes to a guest that runs; nil if it can only come with its domain.
    ///
    /// `place` is where it goes, for a device whose document does not say that.
    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice?

    /// What of the host it has, in a running guest of `guestType`; `title` is how it is named to people.
    func claims(_ guestType: GuestType, title: String) -> [HostClaim]

    /// The device of Xen's that it is beyond doubt, as one of `definition`; nil if there is none.
    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice?

    /// Puts into a request that says nothing of it what tells it from others of its class.
    func identify(in criteria: inout DeviceCriteria)

    /// What an update makes of it; nil where the request is about a device of another class, and throws for what cannot
    /// be changed, by name. A complete document (`isWhole`) has the default of what it does not say.
    func change(to requested: RequestedDevice, isWhole: Bool, isLive: Bool, domain: String) throws(DriverError)
        -> DeviceChange?

    /// This device of a document with what the document leaves to the driver as `other` has it.
    func filled(from other: Self, _ criteria: DeviceCriteria, isLive: Bool) -> Self
}

extension DrivenDevice {
    var libxlKind: LibxlDevice.Kind? { nil }

    var numbered: (@Sendable (DeviceID) -> DeviceIdentity)? { nil }

    func libxlDevice(
        at place: DeviceIdentity?, guestType: GuestType, context: TranslationContext
    ) throws(Untranslatable) -> LibxlDevice? { nil }

    func claims(_ guestType: GuestType, title: String) -> [HostClaim] { [] }

    func counterpart(in inventory: Inventory, of definition: DomainDefinition) -> PlacedDevice? { nil }

    func identify(in criteria: inout DeviceCriteria) {}

    func change(
        to requested: RequestedDevice, isWhole: Bool, isLive: Bool, domain: String
    ) throws(DriverError) -> DeviceChange? { nil }

    func filled(from other: Self, _ criteria: DeviceCriteria, isLive: Bool) -> Self { self }
}

extension Device {
    /// The device as one of its class.
    var driven: any DrivenDevice { model as? any DrivenDevice ?? PlainDevice(asDevice: self) }

    /// What of the host the device has, in a running guest of `guestType`.
    func claims(_ guestType: GuestType) -> [HostClaim] { driven.claims(guestType, title: title) }

    /// This device of a document with what the document leaves to the driver as `device` has it.
    func filled(from device: Device, _ criteria: DeviceCriteria, isLive: Bool) -> Device {
        func filled<OfClass: DrivenDevice>(_ driven: OfClass) -> Device {
            guard let other = device.driven as? OfClass else { return self }
            return driven.filled(from: other, criteria, isLive: isLive).asDevice
        }
        return filled(driven)
    }
}

/// A device of a class that the driver knows no more of than that.
private struct PlainDevice: DrivenDevice {
    let asDevice: Device
}
