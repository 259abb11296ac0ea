import ArgumentParser
import XenDriver

/// The domain that a verb changes, and the document of the device that it is about.
struct DeviceDocumentOperands: ParsableArguments {
    @OptionGroup var operand: DomainOperand

    @Argument(
        help: ArgumentHelp("The file with the device's XML; - is standard input.", valueName: "file"),
        completion: .file())
    var fileWord: String?

    @Option(name: .customLong("file"), help: ArgumentHelp("The file, by name.", valueName: "file"), completion: .file())
    var namedFile: String?

    /// The domain and, unless it may be left out and was, the document.
    func resolved(fileIsOptional: Bool = false) throws(UsageError) -> (domain: DomainReference, file: DocumentFile?) {
        let operands = try Operands(
            [
                operand.slot,
                Operands.Slot(name: "file", named: namedFile, isOptional: fileIsOptional),
            ], words: [operand.word, fileWord])
        return (try operands.domain(), operands["file"].map(DocumentFile.init(path:)))
    }

    /// The domain and the document.
    func resolvedBoth() throws(UsageError) -> (domain: DomainReference, file: DocumentFile) {
        let (domain, file) = try resolved()
        guard let file else { throw .missing(["<file>"]) }
        return (domain, file)
    }
}
