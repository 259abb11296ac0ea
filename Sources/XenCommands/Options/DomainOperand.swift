import ArgumentParser
import XenDriver

/// The domain that a verb is about, alone or before other operands.
struct DomainOperand: ParsableArguments {
    @Argument(help: ArgumentHelp("The domain: its id, UUID or name.", valueName: "domain"), completion: .known)
    var word: String?

    @Option(
        name: .customLong("domain"), help: ArgumentHelp("The domain, by name.", valueName: "domain"), completion: .known
    )
    var named: String?

    /// Its slot among the operands of a verb that has others.
    var slot: Operands.Slot { Operands.Slot(name: "domain", named: named) }

    /// What the user wrote; throws unless it was written once.
    func resolved() throws(UsageError) -> DomainReference {
        try Operands([slot], words: [word]).domain()
    }
}

/// The document that a verb reads.
struct FileOperand: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The file with the domain's XML; - is standard input.", valueName: "file"),
        completion: .file())
    var word: String?

    @Option(name: .customLong("file"), help: ArgumentHelp("The same, by name.", valueName: "file"), completion: .file())
    var named: String?

    /// Where the document is; throws unless it was written once.
    func resolved() throws(UsageError) -> DocumentFile {
        DocumentFile(path: try Operands([Operands.Slot(name: "file", named: named)], words: [word]).required("file"))
    }
}
