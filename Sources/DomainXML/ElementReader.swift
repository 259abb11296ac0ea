import LibXML

/// Reads one element, and knows what of it was read.
///
/// Nothing can be forgotten: when the reading of an element ends, every attribute, child and text that nobody asked for
/// is reported.
final class ElementReader {
    let element: XMLElement
    /// Where the element stands in its document, for people.
    let path: String
    let document: DocumentReading

    /// Whether the element is one of our namespace, whose children need no prefix.
    private let isXenkeeper: Bool
    private var attributesRead: Set<String> = []
    private var childrenRead: Set<Int> = []
    private var isTextRead = false
    private var omission: DocumentNotice.Kind?
    private let children: [XMLElement]
    /// Where each child stands.
    private lazy var childPaths = pathsOfChildren()

    private init(_ element: XMLElement, path: String, of document: DocumentReading) {
        self.element = element
        self.path = path
        self.document = document
        children = element.children
        isXenkeeper = element.namespace == XenkeeperNamespace.uri
    }

    /// Reads `element` by `body`, then reports what `body` did not ask for.
    static func read<Value>(
        _ element: XMLElement, path: String, of document: DocumentReading,
        _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value {
        let reader = ElementReader(element, path: path, of: document)
        let value = try body(reader)
        reader.reportTheRest()
        return value
    }

    var options: ReaderOptions { document.options }

    /// The value of an attribute, if it is there.
    func attribute(_ name: String) -> String? {
        guard let value = element.attribute(name) else { return nil }
        attributesRead.insert(name)
        return value
    }

    /// Every attribute that is in no namespace.
    func allAttributes() -> [(name: String, value: String)] {
        let all = element.attributes.filter { $0.namespace == nil }
        attributesRead.formUnion(all.map(\.name))
        return all.map { ($0.name, $0.value) }
    }

    /// The text between the tags, that of children left out.
    func text() -> String {
        isTextRead = true
        return element.text
    }

    /// Reads the one child of this name by `body`; nil without one, an error with several.
    func child<Value>(
        _ name: String, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value? {
        try child(where: { isOwn($0, name) }, body)
    }

    /// Reads the one child that `isWanted` by `body`; nil without one, an error with several.
    func child<Value>(
        where isWanted: (XMLElement) -> Bool, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value? {
        let positions = take(where: isWanted)
        guard let first = positions.first else { return nil }
        if positions.count > 1 {
            let problem = DomainXMLProblem.repeated(firstLine: children[first].line)
            throw .model(path: childPaths[positions[1]], line: children[positions[1]].line, problem: problem)
        }
        return try Self.read(children[first], path: childPaths[first], of: document, body)
    }

    /// Reads every child of this name by `body`, in document order.
    func children<Value>(
        _ name: String, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        try children(where: { isOwn($0, name) }, body)
    }

    /// Reads every child that `isWanted` by `body`, in document order.
    func children<Value>(
        where isWanted: (XMLElement) -> Bool, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        var values: [Value] = []
        for position in take(where: isWanted) {
            values.append(
                try Self.read(children[position], path: childPaths[position], of: document, body))
        }
        return values
    }

    /// Has every child of this name read by `body`, in document order.
    func forEach(
        _ name: String, _ body: (ElementReader) throws(DomainXMLError) -> Void
    ) throws(DomainXMLError) {
        for position in take(where: { isOwn($0, name) }) {
            try Self.read(children[position], path: childPaths[position], of: document, body)
        }
    }

    /// Every child with its path. It does not count as read.
    func allChildren() -> [(element: XMLElement, path: String)] {
        children.indices.map { (children[$0], childPaths[$0]) }
    }

    /// Counts everything in the element as read, whatever it is.
    func readAll() {
        attributesRead.formUnion(element.attributes.map(\.qualifiedName))
        childrenRead.formUnion(children.indices)
        isTextRead = true
    }

    /// Ends the reading of the element, with one notice for all of it.
    func leaveOut(_ notice: DocumentNotice.Kind = .unsupported) {
        omission = notice
    }

    /// The error that something is wrong here, or with what stands at `place` below.
    func error(_ problem: DomainXMLProblem, at place: String? = nil) -> DomainXMLError {
        .model(path: place.map { "\(path)/\($0)" } ?? path, line: element.line, problem: problem)
    }

    /// Whether `child` is the one of this name that libvirt's format, or an element of our namespace, means.
    private func isOwn(_ child: XMLElement, _ name: String) -> Bool {
        child.name == name && (child.namespace == nil || isXenkeeper && child.namespace == XenkeeperNamespace.uri)
    }

    private func take(where isWanted: (XMLElement) -> Bool) -> [Int] {
        let positions = children.indices.filter { isWanted(children[$0]) }
        childrenRead.formUnion(positions)
        return positions
    }

    /// Devices are always numbered, for one of them is what a reader of the path looks for; others where they need it.
    private func pathsOfChildren() -> [String] {
        let names = children.map(\.qualifiedName)
        let totals = names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        var counts: [String: Int] = [:]
        return names.map { name in
            counts[name, default: 0] += 1
            guard path == "/domain/devices" || totals[name, default: 0] > 1 else { return "\(path)/\(name)" }
            return "\(path)/\(name)[\(counts[name, default: 0])]"
        }
    }

    private func reportTheRest() {
        if let omission { return document.note(omission, path: path, line: element.line) }
        for attribute in element.attributes where !attributesRead.contains(attribute.qualifiedName) {
            document.note(.unsupported, path: "\(path)/@\(attribute.qualifiedName)", line: element.line)
        }
        for position in children.indices where !childrenRead.contains(position) {
            document.note(.unsupported, path: childPaths[position], line: children[position].line)
        }
        if !isTextRead, element.text.contains(where: { !$0.isWhitespace }) {
            document.note(.unsupported, path: "\(path)/text()", line: element.line)
        }
    }
}
