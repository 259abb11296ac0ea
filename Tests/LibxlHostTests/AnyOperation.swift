import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

/// Every operation that changes something, so that a promise about them can be tested of each.
enum AnyOperation: String, CaseIterable, CustomTestStringConvertible {
    case createDomain = "libxl_domain_create_new"
    case softResetDomain = "libxl_domain_soft_reset"
    case unpauseDomain = "libxl_domain_unpause"
    case pauseDomain = "libxl_domain_pause"
    case shutdownDomain = "libxl_domain_shutdown"
    case rebootDomain = "libxl_domain_reboot"
    case pressPower = "libxl_send_trigger"
    case destroyDomain = "libxl_domain_destroy"
    case dumpCore = "libxl_domain_core_dump"
    case preserveDomain = "libxl_domain_preserve"
    case addNIC = "libxl_device_nic_add"
    case removeNIC = "libxl_device_nic_remove"
    case destroyNIC = "libxl_device_nic_destroy"
    case addDisk = "libxl_device_disk_add"
    case safeRemoveDisk = "libxl_device_disk_safe_remove"
    case destroyDisk = "libxl_device_disk_destroy"
    case addPCI = "libxl_device_pci_add"
    case removePCI = "libxl_device_pci_remove"
    case destroyPCI = "libxl_device_pci_destroy"
    case addUSBController = "libxl_device_usbctrl_add"
    case removeUSBController = "libxl_device_usbctrl_remove"
    case destroyUSBController = "libxl_device_usbctrl_destroy"
    case addUSBDevice = "libxl_device_usbdev_add"
    case removeUSBDevice = "libxl_device_usbdev_remove"
    case removeP9 = "libxl_device_p9_remove"
    case destroyP9 = "libxl_device_p9_destroy"
    case addVTPM = "libxl_device_vtpm_add"
    case removeVTPM = "libxl_device_vtpm_remove"
    case destroyVTPM = "libxl_device_vtpm_destroy"
    case addVDispl = "libxl_device_vdispl_add"
    case removeVDispl = "libxl_device_vdispl_remove"
    case destroyVDispl = "libxl_device_vdispl_destroy"
    case addVSnd = "libxl_device_vsnd_add"
    case removeVSnd = "libxl_device_vsnd_remove"
    case destroyVSnd = "libxl_device_vsnd_destroy"
    case addVKB = "libxl_device_vkb_add"
    case removeVKB = "libxl_device_vkb_remove"
    case destroyVKB = "libxl_device_vkb_destroy"
    case addVFB = "libxl_device_vfb_add"
    case removeVFB = "libxl_device_vfb_remove"
    case destroyVFB = "libxl_device_vfb_destroy"

    var testDescription: String { rawValue }

    static let domid = DomainID(rawValue: 7)

    /// Does it to domain 7, with values of the generator's.
    func callAsFunction(
        on libxl: HostLibxl, seed: UInt64 = 1, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        var generator = Generator(ofShim: seed)
        switch self {
        case .createDomain: _ = try await libxl.createDomain(generator.config(), deadline: deadline)
        case .softResetDomain:
            try await libxl.softResetDomain(Self.domid, generator.config(), deadline: deadline)
        case .unpauseDomain: try await libxl.unpauseDomain(Self.domid, deadline: deadline)
        case .pauseDomain: try await libxl.pauseDomain(Self.domid, deadline: deadline)
        case .shutdownDomain: try await libxl.shutdownDomain(Self.domid, deadline: deadline)
        case .rebootDomain: try await libxl.rebootDomain(Self.domid, deadline: deadline)
        case .pressPower: try await libxl.sendTrigger(.power, to: Self.domid, deadline: deadline)
        case .destroyDomain: try await libxl.destroyDomain(Self.domid, deadline: deadline)
        case .dumpCore: try await libxl.dumpCore(of: Self.domid, to: "/tmp/inn.core", deadline: deadline)
        case .preserveDomain:
            try await libxl.preserveDomain(
                Self.domid, name: "inn", suffix: "-then", uuid: DomainUUID(high: 0x12 << 56, low: 0x34),
                deadline: deadline)
        default:
            guard let device = device(seed: seed) else { return }
            switch rawValue.split(separator: "_").last {
            case "add": try await libxl.addDevice(device, to: Self.domid, deadline: deadline)
            case "remove": _ = try await libxl.removeDevice(device, from: Self.domid, deadline: deadline)
            default: try await libxl.destroyDevice(device, of: Self.domid, deadline: deadline)
            }
        }
    }

    /// The device that goes along; nil where there is none.
    private func device(seed: UInt64) -> LibxlDevice? {
        var generator = Generator(ofShim: seed)
        let words = rawValue.split(separator: "_").map(String.init)
        guard words.count >= 4, let kind = LibxlDevice.Kind(rawValue: words[2]) else { return nil }
        return generator.device(kind)
    }

    /// The plain words that went along; nil for none.
    var words: String? {
        switch self {
        case .dumpCore: "/tmp/inn.core"
        // The first and the last byte of the UUID.
        case .preserveDomain: "inn -then 1234"
        default: nil
        }
    }

    /// What went along, as libxl's JSON reads; nil for an operation on a whole domain.
    func value(seed: UInt64 = 1) -> (any Encodable)? {
        var generator = Generator(ofShim: seed)
        return switch self {
        case .createDomain, .softResetDomain: generator.config()
        case .unpauseDomain, .pauseDomain, .shutdownDomain, .rebootDomain, .pressPower, .destroyDomain, .dumpCore,
            .preserveDomain:
            nil
        default: device(seed: seed)?.structure
        }
    }
}
