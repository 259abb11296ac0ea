import Testing
import XenDriver
import XenModel
import XenUnits

/// A verb of the driver's, to be tried on a domain that refuses it.
struct AnyVerb: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (Driver, DomainReference) async throws(DriverError) -> Void

    var testDescription: String { name }

    private static let nic = Documents.bytes(Documents.nic("00:16:3e:00:00:01", "ua-a"))

    static let changes: [AnyVerb] = [
        AnyVerb(name: "undefine") { (driver, domain) throws(DriverError) in _ = try await driver.undefine(domain) },
        AnyVerb(name: "destroy") { (driver, domain) throws(DriverError) in _ = try await driver.destroy(domain) },
        AnyVerb(name: "suspend") { (driver, domain) throws(DriverError) in _ = try await driver.suspend(domain) },
        AnyVerb(name: "resume") { (driver, domain) throws(DriverError) in _ = try await driver.resume(domain) },
        AnyVerb(name: "shutdown") { (driver, domain) throws(DriverError) in _ = try await driver.shutdown(domain) },
        AnyVerb(name: "reboot") { (driver, domain) throws(DriverError) in _ = try await driver.reboot(domain) },
        AnyVerb(name: "start") { (driver, domain) throws(DriverError) in
            _ = try await driver.start(domain, paused: false)
        },
        AnyVerb(name: "attach") { (driver, domain) throws(DriverError) in
            _ = try await driver.attach(nic, to: domain, scope: .current, isStrict: false)
        },
        AnyVerb(name: "detach") { (driver, domain) throws(DriverError) in
            _ = try await driver.detach(.document(nic), from: domain, scope: .current, force: true, isStrict: false)
        },
        AnyVerb(name: "update") { (driver, domain) throws(DriverError) in
            _ = try await driver.update(nic, of: domain, alias: nil, scope: .current, isStrict: false)
        },
        AnyVerb(name: "set link") { (driver, domain) throws(DriverError) in
            _ = try await driver.setLinkState(.up, of: .alias("ua-a"), in: domain, scope: .current)
        },
        AnyVerb(name: "adopt") { (driver, domain) throws(DriverError) in
            _ = try await driver.adopt(.mac("00:16:3e:00:00:01"), of: domain, as: "ua-x", scope: .current)
        },
    ]

    /// Those that make sense on a domain that another toolstack made, if one asks for it.
    static let onForeignDomains: Set = [
        "destroy", "suspend", "resume", "shutdown", "reboot", "detach", "update", "set link",
    ]

    static let reads: [AnyVerb] = [
        AnyVerb(name: "summary") { (driver, domain) throws(DriverError) in _ = try await driver.summary(of: domain) },
        AnyVerb(name: "document") { (driver, domain) throws(DriverError) in
            _ = try await driver.document(of: domain, inactive: false)
        },
        AnyVerb(name: "devices") { (driver, domain) throws(DriverError) in _ = try await driver.devices(of: domain) },
        AnyVerb(name: "interfaces") { (driver, domain) throws(DriverError) in
            _ = try await driver.interfaces(of: domain, inactive: false)
        },
        AnyVerb(name: "disks") { (driver, domain) throws(DriverError) in
            _ = try await driver.disks(of: domain, inactive: true)
        },
    ]
}
