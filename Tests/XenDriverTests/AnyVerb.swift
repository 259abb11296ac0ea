import Testing
import XenDriver
import XenModel
import XenUnits

/// A verb of the driver's, to be tried on a domain that refuses it.
struct AnyVerb: Sendable, CustomTestStringConvertible {
    let name: String
    private let body: @Sendable (Driver, DomainReference, CallOptions) async throws(DriverError) -> Void

    private init(
        name: String, body: @escaping @Sendable (Driver, DomainReference, CallOptions) async throws(DriverError) -> Void
    ) {
        self.name = name
        self.body = body
    }

    func run(
        _ driver: Driver, _ domain: DomainReference, options: CallOptions = CallOptions()
    ) async throws(DriverError) {
        try await body(driver, domain, options)
    }

    var testDescription: String { name }

    private static let nic = Documents.bytes(Documents.nic("00:16:3e:00:00:01", "ua-a"))

    static let changes: [AnyVerb] = [
        AnyVerb(name: "undefine") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.undefine(domain, options: options)
        },
        AnyVerb(name: "destroy") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.destroy(domain, options: options)
        },
        AnyVerb(name: "suspend") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.suspend(domain, options: options)
        },
        AnyVerb(name: "resume") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.resume(domain, options: options)
        },
        AnyVerb(name: "shutdown") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.shutdown(domain, options: options)
        },
        AnyVerb(name: "reboot") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.reboot(domain, options: options)
        },
        AnyVerb(name: "start") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.start(domain, paused: false, options: options)
        },
        AnyVerb(name: "attach") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.attach(nic, to: domain, scope: .current, isStrict: false, options: options)
        },
        AnyVerb(name: "detach") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.detach(
                .document(nic), from: domain, scope: .current, force: true, isStrict: false, options: options)
        },
        AnyVerb(name: "update") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.update(nic, of: domain, alias: nil, scope: .current, isStrict: false, options: options)
        },
        AnyVerb(name: "set link") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.setLinkState(.up, of: .alias("ua-a"), in: domain, scope: .current, options: options)
        },
        AnyVerb(name: "adopt") { (driver, domain, options) throws(DriverError) in
            _ = try await driver.adopt(
                .mac("00:16:3e:00:00:01"), of: domain, as: "ua-x", scope: .current, options: options)
        },
    ]

    /// Those that make sense on a domain that another toolstack made, if one asks for it.
    static let onForeignDomains: Set = [
        "destroy", "suspend", "resume", "shutdown", "reboot", "detach", "update", "set link",
    ]

    static let reads: [AnyVerb] = [
        AnyVerb(name: "summary") { (driver, domain, _) throws(DriverError) in _ = try await driver.summary(of: domain)
        },
        AnyVerb(name: "document") { (driver, domain, _) throws(DriverError) in
            _ = try await driver.document(of: domain, inactive: false)
        },
        AnyVerb(name: "devices") { (driver, domain, _) throws(DriverError) in _ = try await driver.devices(of: domain)
        },
        AnyVerb(name: "interfaces") { (driver, domain, _) throws(DriverError) in
            _ = try await driver.interfaces(of: domain, inactive: false)
        },
        AnyVerb(name: "disks") { (driver, domain, _) throws(DriverError) in
            _ = try await driver.disks(of: domain, inactive: true)
        },
    ]
}
