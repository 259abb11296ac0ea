import LibXML
import XenModel
import XenUnits

/// One document on its way to a value: how it is to be read, and what has been left out of it so far.
final class DocumentReading {
    let options: ReaderOptions
    /// The type of the guest that the document is about, on which some of libvirt's defaults depend; nil is not known.
    var guestType: GuestType?
    private(set) var notices: [DocumentNotice] = []

    init(_ options: ReaderOptions) {
        self.options = options
    }

    func note(_ kind: DocumentNotice.Kind, path: String, line: Int) {
        notices.append(DocumentNotice(path: path, line: line, kind: kind))
    }

    /// Reads a whole document whose root is named one of `roots`, or passes for one by `isRoot`.
    static func read<Value: Sendable>(
        _ document: [UInt8], roots: [String], isRoot: ((XMLElement) -> Bool)? = nil, options: ReaderOptions,
        _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Parsed<Value> {
        let root: XMLElement
        do throws(XMLSyntaxError) {
            root = try XMLElement.parse(document)
        } catch {
            throw .syntax(error)
        }
        guard isRoot?(root) ?? (root.namespace == nil && roots.contains(root.name)) else {
            let problem = DomainXMLProblem.unexpectedRoot(found: root.qualifiedName, expected: roots)
            throw .model(path: "/" + root.qualifiedName, line: root.line, problem: problem)
        }
        let reading = DocumentReading(options)
        let value = try ElementReader.read(root, of: reading, body)
        let notices = reading.noticesByLine()
        let unsupported = notices.filter(\.isOmission)
        guard unsupported.isEmpty || !options.isStrict else { throw .unsupported(unsupported) }
        return Parsed(value: value, notices: notices)
    }

    private func noticesByLine() -> [DocumentNotice] {
        notices.enumerated()
            .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
            .map(\.element)
    }
}
