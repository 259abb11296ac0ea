import ArgumentParser
import XenDriver
import XenUnits

/// `xl-import DIR`.
struct XlImport: Verb {
    static let configuration = VerbName.xlImport.configuration(
        abstract: "Define the domains of all of xl's files in a directory.",
        usage: "<dir> [--aliases] [--dry-run] [--json] \(ChangeOptions.usage)",
        discussion: """
            Read are the directory's files (not those of directories in it) whose name ends in .cfg or has no dot, such as \
            the links of xl's autostart directory, in order of their names. Each is defined whole or refused. \
            Only new domains are defined: one whose name or UUID a definition or an earlier file has is refused. A \
            domain that xl runs goes on; its next start is yours. A file without uuid gets a UUID drawn at random.

            --aliases gives every device an alias, by its class and its target or number: ua-disk-xvda for a disk; for \
            others ua-net0, ua-hostdev0, ua-serial0 and so on, counted from 0 in the order of the file.

            What a definition has no place for is left out with a warning each. If a file is refused, the exit code is \
            1, and the others are defined all the same. --json prints an object with the member files, each with file, domain, \
            result (defined, would define, refused), reason (of a refusal), notCarried and warnings.
            """)

    @Argument(help: ArgumentHelp("The directory.", valueName: "dir"), completion: .directory)
    var dirWord: String?

    @Option(
        name: .customLong("dir"), help: ArgumentHelp("The same, by name.", valueName: "dir"), completion: .directory)
    var dir: String?

    @Flag(name: .customLong("dry-run"), help: "Say what would be done, and define nothing.")
    var isDryRun = false

    @Flag(name: .customLong("aliases"), help: "Give each device an alias (ua-disk-xvda, ua-net0 ...).")
    var namesDevices = false

    @OptionGroup var form: JSONOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func directory() throws -> DocumentDirectory {
        DocumentDirectory(
            path: try Operands([Operands.Slot(name: "dir", named: dir)], words: [dirWord]).required("dir"))
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let directory = try directory()
        let files = try directory.names().filter(Self.isXL)
        let (driver, options) = try context.driver(for: change)
        var xlImport = XLImport(driver, isDryRun: isDryRun, namesDevices: namesDevices, options: options)
        var entries: [XLImport.Entry] = []
        for file in files {
            do throws(CommandFailure) {
                entries.append(await xlImport.add(file, try directory.file(file).read()))
            } catch {
                entries.append(XLImport.Entry(file: file, result: .refused(error.description)))
            }
        }
        var reply = Reply(
            form.isJSON
                ? .json(try JSONText.text("files", entries.map(XLImportRecord.init))) : .table(Table(imported: entries))
        )
        for entry in entries {
            reply.warnings += (entry.notCarried + entry.warnings).map { "\(entry.file): \($0.message)" }
        }
        let refused = entries.count { if case .refused = $0.result { true } else { false } }
        if refused > 0 { reply.errors = ["\(refused) of \(entries.count) files refused"] }
        return reply
    }

    /// Whether a file of this name is taken for one of xl's.
    static func isXL(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".cfg") || !name.contains("."))
    }
}
