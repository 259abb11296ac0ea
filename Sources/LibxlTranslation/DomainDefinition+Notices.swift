public import XenModel
public import XenUnits

extension DomainDefinition {
    /// What of the definition has no effect, domain first, then devices in their order.
    public var translationNotices: [TranslationNotice] {
        let guestType = operatingSystem.guestType
        return domainNotices + features.translationNotices(guestType) + processorNotices + clock.translationNotices
            + devices.flatMap { $0.translationNotices(for: guestType) } + repeatedDeviceNotices + bootNotices
    }

    private var domainNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        func note(_ path: String, _ reason: TranslationNotice.Reason) {
            notices.append(TranslationNotice(path: path, reason: reason))
        }
        if let first = securityLabels.first, staticLabel == nil {
            note("/domain/seclabel[@type='\(first.type)']", .unknownToXen)
        }
        if securityLabels.count > 1 { note("/domain/seclabel", .onlyTheFirst) }
        guard operatingSystem.guestType != .hvm else {
            if operatingSystem.acpiTables.count > 1 { note("/domain/os/acpi/table", .onlyTheFirst) }
            return notices
        }
        let emulated: [(String, Bool)] = [
            ("genid", generationID != nil), ("os/loader", operatingSystem.loader != nil),
            ("os/@firmware", operatingSystem.firmware != nil), ("os/acpi/table", !operatingSystem.acpiTables.isEmpty),
            ("pm/suspend-to-mem", powerManagement.suspendToMemory != nil),
            ("pm/suspend-to-disk", powerManagement.suspendToDisk != nil),
        ]
        for (path, isGiven) in emulated where isGiven { note("/domain/\(path)", .onlyForGuestType([.hvm])) }
        return notices
    }

    /// Devices of which an hvm guest has one.
    private var repeatedDeviceNotices: [TranslationNotice] {
        guard operatingSystem.guestType == .hvm else { return [] }
        return [DeviceClass.sound, .video].flatMap { deviceClass in
            devices.filter { $0.deviceClass == deviceClass }.dropFirst().map {
                TranslationNotice(
                    path: "/domain/devices/\(deviceClass.rawValue)", device: $0.familiarName, reason: .onlyTheFirst)
            }
        }
    }
}

extension Device {
    /// What of the device has no effect on a guest of `guestType`.
    public func translationNotices(for guestType: GuestType) -> [TranslationNotice] {
        switch self {
        case .opaque(let device): return [device.translationNotice]
        case .character(let device): return device.translationNotices(guestType)
        case .graphics(let device): return device.translationNotices
        case .interface(let device): return device.translationNotices
        case .disk(let disk):
            guard disk.discard != nil, !disk.isWritable else { return [] }
            return [notice("/driver/@discard", .onlyWith("a disk that is written to"))]
        case .input(let input):
            return input.bus == .usb && guestType != .hvm ? [notice("/@bus", .onlyForGuestType([.hvm]))] : []
        case .sound: return guestType == .hvm ? [] : [notice("", .onlyForGuestType([.hvm]))]
        case .video(let video):
            // libvirt gives every guest with a display a card of the last two kinds.
            let isUsual = video.model == .xen || video.model == .none
            return guestType == .hvm || isUsual ? [] : [notice("", .onlyForGuestType([.hvm]))]
        case .controller, .filesystem, .hostdev, .memballoon, .vtpm, .vdispl, .vsnd: return []
        }
    }

    private func notice(_ part: String, _ reason: TranslationNotice.Reason) -> TranslationNotice {
        TranslationNotice(path: "/domain/devices/\(deviceClass.rawValue)\(part)", device: familiarName, reason: reason)
    }
}
