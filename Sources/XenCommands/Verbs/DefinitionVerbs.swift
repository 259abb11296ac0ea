import ArgumentParser
import LibXML
import XenDriver

/// `define FILE`.
struct Define: Verb {
    static let configuration = VerbName.define.configuration(
        abstract: "Define a domain from an XML file, and do not start it.",
        usage: "<file> [--strict] \(ChangeOptions.usage)",
        discussion: """
            A domain of the same name and UUID is redefined; if it runs, its next start is the first to see that. \
            Elements that this version does not know are left out with a warning each.
            """)

    @OptionGroup var operand: FileOperand
    @OptionGroup var strict: StrictOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let file = try operand.resolved()
        let document = try file.read()
        let outcome = try await context.change("Failed to define domain from \(file)", change) {
            (driver, options) throws(DriverError) in
            try await driver.define(document, isStrict: strict.isStrict, options: options)
        }
        return Reply(outcome, "defined from \(file)")
    }
}

/// `undefine DOMAIN`.
struct Undefine: Verb {
    static let configuration = VerbName.undefine.configuration(
        abstract: "Drop a domain's persistent definition.",
        usage: "<domain> \(ChangeOptions.usage)",
        discussion: "A domain that runs goes on, as a transient one that is gone once it stops.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let outcome = try await context.change(domain, by: .undefine, change) {
            (driver, options) throws(DriverError) in
            try await driver.undefine(domain, options: options)
        }
        return Reply(outcome, "has been undefined")
    }
}

/// `dumpxml DOMAIN`.
struct Dumpxml: Verb {
    static let configuration = VerbName.dumpxml.configuration(
        abstract: "Print a domain's XML.",
        usage: "<domain> [--inactive] [--security-info] [--xpath <expression> [--wrap]]",
        discussion: """
            Of a running domain the live definition, with every device's alias, given or generated. Passwords are left \
            out unless asked for: a domain that is redefined from such a document has none any more.
            """)

    @OptionGroup var operand: DomainOperand
    @OptionGroup var definition: InactiveOption
    @OptionGroup var secrets: SecretsOption

    @Option(help: ArgumentHelp("Print the nodes alone that this XPath 1.0 selects.", valueName: "expression"))
    var xpath: String?

    @Flag(name: .customLong("wrap"), help: "Print the nodes in one element, <nodes>.")
    var isWrapped = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        if secrets.areShown, global.isReadOnly {
            throw CommandFailure("operation forbidden: virDomainGetXMLDesc with secure flag")
        }
        let driver = try context.driver()
        let document = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.document(of: domain, inactive: definition.isInactive, showsSecrets: secrets.areShown)
        }
        guard let xpath else { return Reply(.document(document)) }
        do throws(XPathSelection.Failure) {
            let nodes = try XPathSelection.nodes(xpath, in: document, isWrapped: isWrapped)
            return Reply(.document(nodes.map { $0 + "\n" }.joined()))
        } catch {
            throw CommandFailure("internal error: Incorrect xpath '\(xpath)'")
        }
    }
}
