import ArgumentParser
import XenDriver

/// `check FILE`.
struct Check: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Print what libxl is told of each element of a domain document.",
        usage: "xenkeeper check <file> [--strict] [--json]",
        discussion: """
            Each element and attribute that the document has, or that every document says something of, with the \
            members of libxl's configuration that it decides and their values in libxl's JSON; description only if \
            libxl is not to be told; ignored, and why; or required, if without it no domain could be started. Under - \
            are members that nothing in the document decides alone. default is a value that libxl takes without being told. \
            Long values are cut; --json has them whole. No host is asked, and nothing is defined.

            What keeps the domain from being started is an error by its path, and the exit code is 1. With --strict so is \
            everything that is ignored. --json prints an object with the fields elements (path, device, outcome, reason, \
            fields), defaults and problems (path, device, reason).
            """)

    @OptionGroup var operand: FileOperand
    @OptionGroup var form: JSONOption

    @Flag(name: .customLong("strict"), help: "Make an error of everything that is ignored.")
    var isStrict = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let file = try operand.resolved()
        let document = try file.read()
        let check = try await attempting("Failed to check \(file)") { () throws(DriverError) in
            try DocumentCheck(document, isStrict: isStrict)
        }
        var reply = Reply(
            form.isJSON ? .json(try JSONText.text(DocumentCheckRecord(check))) : .table(Table(check: check)))
        reply.errors = check.problems.map { problem in
            problem.path + (problem.device.map { " of '\($0)'" } ?? "") + ": \(problem.reason)"
        }
        return reply
    }
}
