import ArgumentParser
import XenDriver
import XenUnits

/// `list`.
struct List: Verb {
    static let configuration = VerbName.list.configuration(
        abstract: "List domains: those that run, unless asked otherwise.",
        usage: """
            [--all | --inactive] [--persistent] [--transient] [--state-running] [--state-paused] \
            [--state-shutoff] [--state-other] [--autostart] [--no-autostart] [--with-managed-save] \
            [--without-managed-save] [--with-snapshot] [--without-snapshot] [--with-checkpoint] [--without-checkpoint] \
            [--table [--title] [--managed-save] [--foreign] | --uuid --id --name | --json]
            """,
        discussion: """
            --all, --inactive and --state-shutoff choose which domains are looked at. Of these only those are listed that \
            every other filter lets pass; of filters of one kind, such as the states, one is enough.

            --json prints an object with the member domains, each with id (null if the domain does not run), name, uuid, title \
            (null if it has none), state, persistent, autostart, foreign (made by another toolstack), and unfinished (what a \
            command has begun and not ended; null if there is nothing). Of a domain that is dying a warning says what \
            keeps it.
            """)

    @Flag(name: .customLong("all"), help: "List the domains that run and those that do not.")
    var isAll = false

    @Flag(name: .customLong("inactive"), help: "List the domains that do not run.")
    var isInactive = false

    @OptionGroup var filters: ListFilters

    @Flag(name: .customLong("foreign"), help: "Print in one more column who made each domain that runs.")
    var hasMakers = false

    @Flag(name: .customLong("name"), help: "Print names alone.")
    var hasNames = false

    @Flag(name: .customLong("uuid"), help: "Print UUIDs alone, before what --id and --name print.")
    var hasUUIDs = false

    @Flag(name: .customLong("id"), help: "Print ids alone, of the domains that run; before what --name prints.")
    var hasIDs = false

    @Flag(name: .customLong("table"), help: "Print a table, which is what is done anyway.")
    var isTable = false

    @Flag(name: .customLong("managed-save"), help: "Say saved of domains with a managed save; this version makes none.")
    var marksSaved = false

    @Flag(name: .customLong("title"), help: "Show the domains' titles in the table.")
    var hasTitles = false

    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        let columns = [("uuid", hasUUIDs), ("name", hasNames), ("id", hasIDs)].filter(\.1).map(\.0)
        let forms = [("table", isTable), ("json", form.isJSON)].filter(\.1).map(\.0)
        let exclusive = forms.count == 2 ? forms : forms + columns.prefix(1)
        guard exclusive.count < 2 else {
            throw ValidationError("Options --\(exclusive[0]) and --\(exclusive[1]) are mutually exclusive")
        }
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let driver = try context.driver()
        let everything = try await attempting("Failed to list domains") { () throws(DriverError) in
            try await driver.domains()
        }
        return try reply(with: everything)
    }

    /// What is said of `everything` there is.
    func reply(with everything: [DomainListing]) throws(CommandFailure) -> Reply {
        let wantsInactive = isInactive || filters.isShutOff
        let domains = everything.filter { domain in
            (isAll || (domain.domid == nil) == wantsInactive) && filters.pass(domain)
        }
        var reply = try result(with: domains)
        reply.warnings += domains.flatMap(\.dyingNews)
        return reply
    }

    private func result(with domains: [DomainListing]) throws(CommandFailure) -> Reply {
        if form.isJSON { return Reply(.json(try JSONText.text("domains", domains.map(ListedDomain.init)))) }
        guard hasNames || hasUUIDs || hasIDs else {
            return Reply(.table(Table(domains: domains, titles: hasTitles, makers: hasMakers)))
        }
        return Reply(.lines(domains.compactMap(line)))
    }

    /// A domain's line without a table; nil if nothing of what is asked for is known of it.
    private func line(_ domain: DomainListing) -> String? {
        guard hasNames || hasUUIDs else { return domain.domid?.description }
        var words: [String] = []
        if hasUUIDs { words.append(domain.uuid.description) }
        if hasIDs { words.append(domain.domid?.description ?? Table.none) }
        if hasNames { words.append(domain.name) }
        return words.joined(separator: " ")
    }
}

/// Which domains `list` lets pass. Source: virsh's, of libvirt's `VIR_CONNECT_LIST_DOMAINS_*`.
struct ListFilters: ParsableArguments {
    @Flag(name: .customLong("transient"), help: "List domains without a persistent definition.")
    var isTransient = false

    @Flag(name: .customLong("persistent"), help: "List domains with a persistent definition.")
    var isPersistent = false

    @Flag(name: .customLong("with-snapshot"), help: "List domains with snapshots; this version makes none.")
    var hasSnapshot = false

    @Flag(name: .customLong("without-snapshot"), help: "List domains without snapshots: every one.")
    var hasNoSnapshot = false

    @Flag(name: .customLong("with-checkpoint"), help: "List domains with checkpoints; this version makes none.")
    var hasCheckpoint = false

    @Flag(name: .customLong("without-checkpoint"), help: "List domains without checkpoints: every one.")
    var hasNoCheckpoint = false

    @Flag(name: .customLong("state-running"), help: "List domains that are running.")
    var isRunning = false

    @Flag(name: .customLong("state-paused"), help: "List domains that are paused.")
    var isPaused = false

    @Flag(name: .customLong("state-shutoff"), help: "List domains that are shut off; it implies --inactive.")
    var isShutOff = false

    @Flag(name: .customLong("state-other"), help: "List domains in any other state.")
    var isOther = false

    @Flag(name: .customLong("autostart"), help: "List domains that start with the host.")
    var isAutostarted = false

    @Flag(name: .customLong("no-autostart"), help: "List domains that do not start with the host.")
    var isNotAutostarted = false

    @Flag(name: .customLong("with-managed-save"), help: "List domains with a managed save; this version makes none.")
    var hasSave = false

    @Flag(name: .customLong("without-managed-save"), help: "List domains without a managed save: every one.")
    var hasNoSave = false

    /// Whether every kind of filter that is given has one that `domain` fits.
    func pass(_ domain: DomainListing) -> Bool {
        let others = [DomainState.running, .paused, .shutOff]
        let kinds = [
            [(isTransient, !domain.isPersistent), (isPersistent, domain.isPersistent)],
            [
                (isRunning, domain.state == .running), (isPaused, domain.state == .paused),
                (isShutOff, domain.state == .shutOff), (isOther, !others.contains(domain.state)),
            ],
            [(hasSnapshot, false), (hasNoSnapshot, true)], [(hasCheckpoint, false), (hasNoCheckpoint, true)],
            [(isAutostarted, domain.isAutostarted), (isNotAutostarted, !domain.isAutostarted)],
            [(hasSave, false), (hasNoSave, true)],
        ]
        return kinds.allSatisfy { kind in !kind.contains(where: \.0) || kind.contains { $0.0 && $0.1 } }
    }
}
