import ArgumentParser
import XenDriver
import XenUnits

/// `dominfo DOMAIN`.
struct Dominfo: Verb {
    static let configuration = VerbName.dominfo.configuration(
        abstract: "Print what a domain is and has.",
        usage: "<domain> [--json]",
        discussion: """
            --json prints an object with the member domain, which has what list --json has and guestType (pv, pvh, hvm), vcpus, \
            cpuTimeNanoseconds (null if the domain does not run), maximumMemoryKiB and usedMemoryKiB.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let summary = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.summary(of: domain)
        }
        return Reply(
            form.isJSON ? .json(try JSONText.text("domain", DomainSummaryRecord(summary))) : .lines(summary.lines))
    }
}

/// `domstate DOMAIN`.
struct Domstate: Verb {
    static let configuration = VerbName.domstate.configuration(
        abstract: "Print a domain's state.",
        usage: "<domain> [--reason]",
        discussion: """
            One of: no state, running, idle, paused, in shutdown, shut off, crashed, dying. In shutdown is a domain \
            whose guest has ended; the next command that changes it does what its definition says of that. Dying is one \
            that was destroyed and not gone yet; a warning says what keeps it. A note tells of a change that a command \
            has begun and not ended.
            """)

    @OptionGroup var operand: DomainOperand

    @Flag(
        name: .customLong("reason"),
        help: "Print after it how the domain came to that: for a guest that has ended poweroff, reboot and so on.")
    var hasReason = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let listing = try await context.listing(of: operand)
        var reply = Reply(.lines([listing.state.rawValue + (hasReason ? " (\(listing.reason.rawValue))" : "")]))
        reply.warnings = listing.dyingNews
        reply.notes = listing.unfinishedNews + (hasReason ? listing.reasonNews : [])
        return reply
    }
}

/// `domid DOMAIN`.
struct Domid: Verb {
    static let configuration = VerbName.domid.configuration(
        abstract: "Print a domain's id; - if it does not run.",
        usage: "<domain>",
        discussion: "The id is the hypervisor's, and another one after each start.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        Reply(.lines([try await context.listing(of: operand).domid?.description ?? Table.none]))
    }
}

/// `domuuid DOMAIN`.
struct Domuuid: Verb {
    static let configuration = VerbName.domuuid.configuration(
        abstract: "Print a domain's UUID.",
        usage: "<domain>",
        discussion: "The UUID stays the same for the domain's life, whatever it is called.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        Reply(.lines([try await context.listing(of: operand).uuid.description]))
    }
}

/// `domname DOMAIN`.
struct Domname: Verb {
    static let configuration = VerbName.domname.configuration(
        abstract: "Print a domain's name.",
        usage: "<domain>",
        discussion: "The domain is named by its id or its UUID: as with virsh, a name is not one's own name.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let listing = try await context.listing(of: operand)
        let text = try operand.resolved().text
        let names = [listing.domid?.description, listing.uuid.description]
        guard names.contains(text.lowercased()) else {
            throw CommandFailure("failed to get domain '\(text)'", "domname takes an id or a UUID, which this is not")
        }
        return Reply(.lines([listing.name]))
    }
}

extension CommandContext {
    /// The one domain that `operand` names.
    fileprivate func listing(of operand: DomainOperand) async throws -> DomainListing {
        let domain = try operand.resolved()
        let driver = try driver()
        return try await attempting(on: domain) { () throws(DriverError) in try await driver.domain(domain) }
    }
}
