import XenModel
import XenUnits

/// A field of a definition, and what is left of a definition to see what becomes of the field.
struct DomainProbe: Sendable {
    let field: DomainField
    /// Leaves of both what the field has to do with, where the rest could not do without it.
    let simplify: @Sendable (inout DomainDefinition) -> Void

    var path: String { field.path }
    var guests: [GuestType] { field.guests }

    static let all = DomainField.all.map { DomainProbe(field: $0, simplify: simplifications[$0.path] ?? { _ in }) }

    private static let simplifications: [String: @Sendable (inout DomainDefinition) -> Void] = [
        "/domain/os/type": {
            var system = OperatingSystem(guestType: $0.operatingSystem.guestType)
            // Of a pv guest it is said what boots it without one.
            if system.guestType != .pv { system.kernel = "/" }
            $0 = DomainDefinition(name: $0.name, uuid: $0.uuid, memory: $0.memory, operatingSystem: system)
        },
        // A pvh guest is none that nothing boots.
        "/domain/os/kernel": { if $0.operatingSystem.guestType == .pvh { $0.operatingSystem.bootloader = "/" } },
        "/domain/bootloader": { if $0.operatingSystem.guestType == .pvh { $0.operatingSystem.kernel = "/" } },
    ]
}
