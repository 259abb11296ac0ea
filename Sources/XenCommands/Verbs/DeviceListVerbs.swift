import ArgumentParser
import XenDriver

/// `device-list DOMAIN`.
struct DeviceList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "device-list",
        abstract: "List a domain's devices: by what alias, and what they are in Xen.",
        usage: "xenkeeper device-list <domain> [--json]",
        discussion: """
            Device is what a user who gave no alias knows it by: a disk's target, a NIC's MAC address. Identity is the \
            end of its path in xenstore. State is bound (ours and there), attaching, detaching, foreign (plugged by \
            somebody else; adopt gives it an alias), missing (ours, and gone from Xen or without its backend), or defined (the domain does not run).

            --json prints an array of objects with the fields alias, class, device, identity (kind and number), \
            backendDomainID, backendDomainName and state; null where there is nothing.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let devices = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.devices(of: domain)
        }
        return Reply(
            form.isJSON ? .json(try JSONText.text(devices.map(DeviceRecord.init))) : .table(Table(devices: devices)))
    }
}

/// `domiflist DOMAIN`.
struct Domiflist: Verb {
    static let configuration = CommandConfiguration(
        commandName: "domiflist",
        abstract: "List a domain's network interfaces.",
        usage: "xenkeeper domiflist <domain> [--inactive] [--json]",
        discussion: """
            --json prints an array of objects with the fields alias, interface, type, source, model and mac; null \
            where there is nothing.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var definition: InactiveOption
    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let interfaces = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.interfaces(of: domain, inactive: definition.isInactive)
        }
        return Reply(
            form.isJSON
                ? .json(try JSONText.text(interfaces.map(InterfaceRecord.init)))
                : .table(Table(interfaces: interfaces)))
    }
}

/// `domblklist DOMAIN`.
struct Domblklist: Verb {
    static let configuration = CommandConfiguration(
        commandName: "domblklist",
        abstract: "List a domain's disks.",
        usage: "xenkeeper domblklist <domain> [--inactive] [--details] [--json]",
        discussion: """
            --json prints an array of objects with the fields alias, type, device, target and source; null where \
            there is nothing.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var definition: InactiveOption

    @Flag(name: .customLong("details"), help: "Show each disk's type and device as well.")
    var hasDetails = false

    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let disks = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.disks(of: domain, inactive: definition.isInactive)
        }
        return Reply(
            form.isJSON
                ? .json(try JSONText.text(disks.map(DiskRecord.init)))
                : .table(Table(disks: disks, details: hasDetails)))
    }
}
