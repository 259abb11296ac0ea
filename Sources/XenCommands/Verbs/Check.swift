import ArgumentParser
import XenDriver
import XenUnits

/// `check (FILE | --domain DOMAIN)`.
struct Check: Verb {
    static let configuration = VerbName.check.configuration(
        abstract: "Print what each element of a domain document becomes in libxl.",
        usage: "(<file> | --domain <domain>) [--strict] [--json] [--security-info]",
        discussion: """
            Each element and attribute that the document has, or that every document says something of, with the \
            members of libxl's configuration that it decides and their values in libxl's JSON; description only if \
            it is not for libxl; ignored or refused, and why; or required, if without it no domain could be started. \
            Under - are members that nothing in the document decides alone. default is a value that libxl takes by \
            itself. Long values are cut; --json has them whole. Passwords are hidden without \
            --security-info. Of a domain its persistent definition is looked at, or \
            what it runs as if it has none. A document in a file needs no host, and nothing is defined.

            Everything that keeps the domain from being started is an error by its path, and the exit code is 1. With \
            --strict so is everything that is ignored. --json prints an object with the member document, which has elements (path, device, \
            outcome, reason, fields), defaults and problems (path, device, reason).
            """)

    @Argument(
        help: ArgumentHelp("The file with the domain's XML; - is standard input.", valueName: "file"),
        completion: .file())
    var word: String?

    @Option(name: .customLong("file"), help: ArgumentHelp("The same, by name.", valueName: "file"), completion: .file())
    var named: String?

    @Option(
        help: ArgumentHelp("Look at this domain, by id, UUID or name, instead of a file.", valueName: "domain"),
        completion: .known)
    var domain: String?

    @OptionGroup var form: JSONOption
    @OptionGroup var secrets: SecretsOption

    @Flag(name: .customLong("strict"), help: "Make an error of everything that is ignored.")
    var isStrict = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func file() throws -> DocumentFile? {
        let slot = Operands.Slot(name: "file", named: named, isOptional: domain != nil)
        let operands = try Operands([slot], words: [word])
        guard domain == nil || operands["file"] == nil else {
            throw ValidationError("Options --domain and --file are mutually exclusive")
        }
        return domain == nil ? DocumentFile(path: try operands.required("file")) : nil
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let everything = try await check(in: context)
        let check = secrets.areShown ? everything : everything.withoutSecrets
        var reply = Reply(
            form.isJSON ? .json(try JSONText.text("document", DocumentCheckRecord(check))) : .table(Table(check: check))
        )
        reply.errors = check.problems.map { problem in
            problem.path + (problem.device.map { " of '\($0)'" } ?? "") + ": \(problem.reason)"
        }
        return reply
    }

    private func check(in context: CommandContext) async throws -> DocumentCheck {
        if let file = try file() {
            let document = try file.read()
            return try await attempting("Failed to check \(file)") { () throws(DriverError) in
                try DocumentCheck(document, isStrict: isStrict)
            }
        }
        let reference = DomainReference(domain ?? "")
        let driver = try context.driver()
        return try await attempting("Failed to check domain '\(reference)'", on: reference) { () throws(DriverError) in
            try await driver.check(reference, isStrict: isStrict)
        }
    }
}
