import ArgumentParser
import XenDriver
import XenUnits

/// `list`.
struct List: Verb {
    static let configuration = CommandConfiguration(
        commandName: VerbName.list.rawValue, _superCommandName: Xenkeeper.name,
        abstract: "List domains: those that run, unless told otherwise.",
        discussion: """
            --json prints an array of objects with the fields id (null if the domain does not run), name, uuid, \
            state, persistent, and foreign (made by another toolstack).
            """)

    @Flag(name: .customLong("all"), help: "List the domains that run and those that do not.")
    var isAll = false

    @Flag(name: .customLong("inactive"), help: "List the domains that do not run.")
    var isInactive = false

    @Flag(name: .customLong("name"), help: "Print names alone.")
    var hasNames = false

    @Flag(name: .customLong("uuid"), help: "Print UUIDs alone; with --name, each followed by the name.")
    var hasUUIDs = false

    @Flag(name: .customLong("table"), help: "Print a table, which is what is done anyway.")
    var isTable = false

    @OptionGroup var form: JSONOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        let forms = [("table", isTable), ("name", hasNames), ("uuid", hasUUIDs), ("json", form.isJSON)]
        let given = forms.filter(\.1).map(\.0)
        guard given.count < 2 || given == ["name", "uuid"] else {
            throw ValidationError("Options --\(given[0]) and --\(given[given.count - 1]) are mutually exclusive")
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
        let domains = everything.filter { isAll || ($0.domid == nil) == isInactive }
        if form.isJSON { return Reply(.json(try JSONText.text(domains.map(DomainRecord.init)))) }
        return switch (hasUUIDs, hasNames) {
        case (false, false): Reply(.table(Table(domains: domains)))
        case (true, false): Reply(.lines(domains.map(\.uuid.description)))
        case (false, true): Reply(.lines(domains.map(\.name)))
        case (true, true): Reply(.lines(domains.map { "\($0.uuid) \($0.name)" }))
        }
    }
}
