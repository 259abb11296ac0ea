import ArgumentParser
import XenDriver
import XenModel
import XenUnits

/// `device-list DOMAIN`.
struct DeviceList: Verb {
    static let configuration = VerbName.deviceList.configuration(
        abstract: "List a domain's devices: by what alias, and what they are in Xen.",
        usage: "<domain> [--json]",
        discussion: """
            Device is what a user who gave no alias knows it by: a disk's target, a NIC's MAC address. Identity is the \
            end of its path in xenstore. State is bound (ours and there), attaching, detaching, foreign (plugged by \
            somebody else; adopt gives it an alias), missing (ours, and gone from Xen or without its backend), or defined (the domain does not run).

            --json prints an object with the member devices, each with alias, class, device, identity (as --identity \
            takes it), backendDomainID, backendDomainName and state; null where there is nothing.
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
            form.isJSON
                ? .json(try JSONText.text("devices", devices.map(DeviceRecord.init))) : .table(Table(devices: devices)))
    }
}

/// `domiflist DOMAIN`.
struct Domiflist: Verb {
    static let configuration = VerbName.domiflist.configuration(
        abstract: "List a domain's network interfaces.",
        usage: "<domain> [--inactive] [--json]",
        discussion: """
            --json prints an object with the member interfaces, each with alias, interface, type, source, model and mac; null \
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
                ? .json(try JSONText.text("interfaces", interfaces.map(InterfaceRecord.init)))
                : .table(Table(interfaces: interfaces)))
    }
}

/// `domif-getlink DOMAIN INTERFACE`.
struct DomifGetlink: Verb {
    static let configuration = VerbName.domifGetlink.configuration(
        abstract: "Print whether the cable of a network interface is plugged: up or down.",
        usage: "<domain> (<interface> | --alias <alias>) [--config]",
        discussion: "The link is up unless the definition says that it is down.")

    @OptionGroup var operand: DomainOperand

    @Argument(
        help: ArgumentHelp(
            "The interface: its MAC address or the name of its host end (vif1.0); left out with --alias.",
            valueName: "interface"), completion: .known)
    var interfaceWord: String?

    @Option(
        name: .customLong("interface"), help: ArgumentHelp("The interface, by name.", valueName: "interface"),
        completion: .known)
    var namedInterface: String?

    @Option(help: ArgumentHelp("The alias of the interface.", valueName: "alias"), completion: .known)
    var alias: String?

    @Flag(name: .customLong("config"), help: "Look into the persistent definition even if the domain runs.")
    var isConfig = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        var slots = [operand.slot]
        if alias == nil { slots.append(Operands.Slot(name: "interface", named: namedInterface)) }
        let operands = try Operands(slots, words: [operand.word, interfaceWord])
        let domain = try operands.domain()
        let driver = try context.driver()
        let interfaces = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.interfaces(of: domain, inactive: isConfig)
        }
        let name = try alias ?? operands.required("interface")
        let mac = alias == nil ? MACAddress(name) : nil
        let fitting = interfaces.filter { nic in
            guard alias == nil else { return nic.alias?.description == alias }
            return mac.map { nic.mac == $0 } ?? (nic.target == name)
        }
        let kind = alias != nil ? "alias" : mac == nil ? "dev" : "mac"
        guard let nic = fitting.first else { throw CommandFailure("Interface (\(kind): \(name)) not found.") }
        guard fitting.count == 1 else {
            let names = fitting.compactMap { $0.alias?.description }.joined(separator: ", ")
            throw CommandFailure(
                "Interface (\(kind): \(name)) is \(fitting.count) interfaces"
                    + (names.isEmpty ? "" : "; name one by --alias: \(names)"))
        }
        return Reply(.value("\(name) \(nic.link.rawValue)"))
    }
}

/// `domblklist DOMAIN`.
struct Domblklist: Verb {
    static let configuration = VerbName.domblklist.configuration(
        abstract: "List a domain's disks.",
        usage: "<domain> [--inactive] [--details] [--json]",
        discussion: """
            --json prints an object with the member disks, each with alias, type, device, target and source; null where \
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
                ? .json(try JSONText.text("disks", disks.map(DiskRecord.init)))
                : .table(Table(disks: disks, details: hasDetails)))
    }
}
