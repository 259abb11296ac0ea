package import XenModel
package import XenUnits

extension DomainDefinition {
    /// What of the definition has no effect, domain first, then devices in their order.
    package var translationNotices: [TranslationNotice] {
        let guestType = operatingSystem.guestType
        return foreignNotices + domainNotices + meant.features.translationNotices + processorNotices
            + clock.translationNotices(guestType) + devices.flatMap { $0.translationNotices(for: guestType) }
            + repeatedDeviceNotices + bootNotices + emulatedDiskNotices
    }

    private var domainNotices: [TranslationNotice] {
        var notices: [TranslationNotice] = []
        if let first = securityLabels.first, staticLabel == nil {
            notices.append(
                TranslationNotice(path: "/domain/seclabel[@type='\(first.type)']", reason: .unknownToXen))
        }
        if securityLabels.count > 1 {
            notices.append(TranslationNotice(path: "/domain/seclabel", reason: .onlyTheFirst))
        }
        if operatingSystem.guestType == .hvm, operatingSystem.acpiTables.count > 1 {
            notices.append(TranslationNotice(path: "/domain/os/acpi/table", reason: .onlyTheFirst))
        }
        if operatingSystem.guestType == .hvm,
            operatingSystem.firmwareFeatures.contains(where: { $0.name == .enrolledKeys && $0.isEnabled })
        {
            notices.append(TranslationNotice(path: "/domain/os/firmware/feature", reason: .unknownToXen))
        }
        return notices
    }

    /// Devices of which an hvm guest has one.
    private var repeatedDeviceNotices: [TranslationNotice] {
        guard operatingSystem.guestType == .hvm else { return [] }
        return [DeviceClass.sound, .video].flatMap { deviceClass in
            devices.filter { $0.deviceClass == deviceClass && !$0.isRefused }.dropFirst().map {
                TranslationNotice(
                    path: "/domain/devices/\(deviceClass.rawValue)", device: $0.familiarName, reason: .onlyTheFirst)
            }
        }
    }
}

extension Device {
    /// What of the device has no effect on a guest of `guestType`.
    package func translationNotices(for guestType: GuestType) -> [TranslationNotice] {
        foreignNotices(to: guestType) + (guests.contains(guestType) ? ownNotices : [])
    }

    /// Whether it is one that no guest can be started with.
    fileprivate var isRefused: Bool {
        if case .opaque(let device) = self { device.isRefused } else { false }
    }

    /// What of the device has no effect on a guest that it is for.
    private var ownNotices: [TranslationNotice] { translated.translationNotices }
}
