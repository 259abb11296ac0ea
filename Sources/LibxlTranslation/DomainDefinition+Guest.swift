import XenModel
import XenUnits

// One rule for every word of a document that means nothing to a guest of its type: it has no effect, and a notice says so.
// The guest is the one that the document means without it. What would make another guest of it is refused elsewhere, where
// it is translated: a NIC model that a pv guest cannot have, a display that it cannot show, a device that it cannot get.

extension Device {
    /// The types of guest that such a device means something to.
    var guests: [GuestType] {
        Self.emulated.contains(deviceClass) ? GuestType.hvmAlone : translated.guests
    }

    /// The classes of device that only an emulated machine has, whatever their models.
    static let emulated: Set<DeviceClass> = [.serial, .parallel, .sound, .video]

    /// What of the device is for guests of other types than `guestType`; the whole of it, or parts.
    func foreignNotices(to guestType: GuestType) -> [TranslationNotice] {
        func notice(_ part: String, _ guests: [GuestType]) -> TranslationNotice {
            TranslationNotice(
                path: "/domain/devices/\(deviceClass.rawValue)\(part)", device: familiarName,
                reason: .onlyForGuestType(guests))
        }
        guard guests.contains(guestType) else {
            // libvirt gives every guest with a display a card of these kinds.
            if case .video(let video) = self, video.model == .xen || video.model == .none { return [] }
            return [notice("", guests)]
        }
        return DeviceProbe.foreign(to: guestType).filter { $0.isSaid(self) }.map { notice("/\($0.part)", $0.guests) }
    }
}

extension DomainDefinition {
    /// The definition less what is for guests of other types than its own, but for whole devices: libxl is given nothing of
    /// those by their `guests`.
    var meant: DomainDefinition {
        let guestType = operatingSystem.guestType
        var meant = self
        for field in DomainField.foreign(to: guestType) where field.isSaid(self) { field.takeOut(&meant) }
        let parts = DeviceProbe.foreign(to: guestType)
        guard !parts.isEmpty else { return meant }
        for index in devices.indices {
            for probe in parts where probe.isSaid(devices[index]) { probe.takeOut(&meant.devices[index]) }
        }
        return meant
    }

    /// What outside of its devices is for guests of other types.
    var foreignNotices: [TranslationNotice] {
        DomainField.foreign(to: operatingSystem.guestType).filter { $0.isSaid(self) }
            .map { TranslationNotice(path: $0.path, reason: .onlyForGuestType($0.guests)) }
    }
}

extension DomainField {
    /// What is for guests of other types than `guestType`.
    static func foreign(to guestType: GuestType) -> [DomainField] { foreign[guestType] ?? [] }

    private static let foreign = Dictionary(
        uniqueKeysWithValues: GuestType.allCases.map { type in (type, all.filter { !$0.guests.contains(type) }) })
}

extension DeviceProbe {
    /// What is for guests of other types than `guestType`.
    static func foreign(to guestType: GuestType) -> [DeviceProbe] { foreign[guestType] ?? [] }

    private static let foreign = Dictionary(
        uniqueKeysWithValues: GuestType.allCases.map { type in (type, all.filter { !$0.guests.contains(type) }) })
}
