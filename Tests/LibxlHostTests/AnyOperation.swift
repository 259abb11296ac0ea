#if Xen
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

/// Every operation that changes something, so that a promise about them can be tested of each.
enum AnyOperation: String, CaseIterable, CustomTestStringConvertible {
    case createDomain = "libxl_domain_create_new"
    case unpauseDomain = "libxl_domain_unpause"
    case pauseDomain = "libxl_domain_pause"
    case shutdownDomain = "libxl_domain_shutdown"
    case rebootDomain = "libxl_domain_reboot"
    case pressPower = "libxl_send_trigger"
    case destroyDomain = "libxl_domain_destroy"
    case addNIC = "libxl_device_nic_add"
    case removeNIC = "libxl_device_nic_remove"
    case destroyNIC = "libxl_device_nic_destroy"
    case addDisk = "libxl_device_disk_add"
    case safeRemoveDisk = "libxl_device_disk_safe_remove"
    case destroyDisk = "libxl_device_disk_destroy"

    var testDescription: String { rawValue }

    static let domid = DomainID(rawValue: 7)

    /// Does it to domain 7, with values of the generator's.
    func callAsFunction(
        on libxl: HostLibxl, seed: UInt64 = 1, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        var generator = Generator(seed: seed)
        switch self {
        case .createDomain: _ = try await libxl.createDomain(generator.config(), deadline: deadline)
        case .unpauseDomain: try await libxl.unpauseDomain(Self.domid, deadline: deadline)
        case .pauseDomain: try await libxl.pauseDomain(Self.domid, deadline: deadline)
        case .shutdownDomain: try await libxl.shutdownDomain(Self.domid, deadline: deadline)
        case .rebootDomain: try await libxl.rebootDomain(Self.domid, deadline: deadline)
        case .pressPower: try await libxl.sendTrigger(.power, to: Self.domid, deadline: deadline)
        case .destroyDomain: try await libxl.destroyDomain(Self.domid, deadline: deadline)
        case .addNIC: try await libxl.addNIC(generator.nic(), to: Self.domid, deadline: deadline)
        case .removeNIC: _ = try await libxl.removeNIC(generator.nic(), from: Self.domid, deadline: deadline)
        case .destroyNIC: try await libxl.destroyNIC(generator.nic(), of: Self.domid, deadline: deadline)
        case .addDisk: try await libxl.addDisk(generator.disk(), to: Self.domid, deadline: deadline)
        case .safeRemoveDisk: try await libxl.safeRemoveDisk(generator.disk(), from: Self.domid, deadline: deadline)
        case .destroyDisk: try await libxl.destroyDisk(generator.disk(), of: Self.domid, deadline: deadline)
        }
    }

    /// What went along, as libxl's JSON reads; nil for an operation on a whole domain.
    func value(seed: UInt64 = 1) -> (any LibxlStructure & Codable)? {
        var generator = Generator(seed: seed)
        return switch self {
        case .createDomain: generator.config()
        case .unpauseDomain, .pauseDomain, .shutdownDomain, .rebootDomain, .pressPower, .destroyDomain: nil
        case .addNIC, .removeNIC, .destroyNIC: generator.nic()
        case .addDisk, .safeRemoveDisk, .destroyDisk: generator.disk()
        }
    }
}
#endif
