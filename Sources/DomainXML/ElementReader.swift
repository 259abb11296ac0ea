import LibXML

/// Reads one element, and knows what of it was read.
///
/// Nothing can be forgotten: when the reading of an element ends, every attribute, child and text that nobody asked for
/// is reported.
final class ElementReader {
    let element: XMLElement
    let document: DocumentReading

    private let attributes: [XMLAttribute]
    /// The elements directly inside.
    private let children: [Child]
    /// Who reads the element around this one, and the place among its children; nil for the root.
    private let parent: (reader: ElementReader, position: Int)?
    private var attributesRead = Marks()
    private var childrenRead = Marks()
    private var isTextRead = false
    private var omission: DocumentNotice.Kind?
    /// Where each child stands; made when the first of them is asked for, for most documents need none.
    private lazy var childPaths = pathsOfChildren()

    private init(_ element: XMLElement, of document: DocumentReading, parent: (ElementReader, Int)?) {
        self.element = element
        self.document = document
        self.parent = parent
        attributes = element.attributes
        children = Child.all(in: element)
    }

    /// Reads the `root` of a document by `body`, then reports what `body` did not ask for.
    static func read<Value>(
        _ root: XMLElement, of document: DocumentReading, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value {
        try ElementReader(root, of: document, parent: nil).read(body)
    }

    /// Reads the element once more by `body`, of which only the errors count: nothing is read or noted by it.
    func require<Value>(_ body: (ElementReader) throws(DomainXMLError) -> Value) throws(DomainXMLError) {
        let reading = DocumentReading(document.options)
        reading.guestType = document.guestType
        _ = try ElementReader(element, of: reading, parent: parent).read(body)
    }

    /// Where the element stands in its document, for people.
    var path: String { parent.map { $0.reader.childPaths[$0.position] } ?? "/" + element.qualifiedName }

    var options: ReaderOptions { document.options }

    /// The value of an attribute; nil if it is not there, or is there and empty, which says as little.
    func attribute(_ name: String) -> String? {
        guard let value = writtenAttribute(name), !value.isEmpty else { return nil }
        return value
    }

    /// The value of an attribute, be it empty; nil if it is not there.
    func writtenAttribute(_ name: String) -> String? {
        for position in attributes.indices
        where attributes[position].name == name && attributes[position].namespace == nil {
            attributesRead.insert(position)
            return attributes[position].value
        }
        return nil
    }

    /// Every attribute that is in no namespace.
    func allAttributes() -> [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        for (position, attribute) in attributes.enumerated() where attribute.namespace == nil {
            attributesRead.insert(position)
            all.append((attribute.name, attribute.value))
        }
        return all
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
        guard let position = try onlyChild(where: { $0.isOwn && $0.name == name }) else { return nil }
        return try reader(ofChild: position).read(body)
    }

    /// Reads the one child of this name in our namespace by `body`; nil without one, an error with several.
    func child<Value>(
        xenkeeper name: String, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value? {
        guard let position = try onlyChild(where: { $0.isXenkeeper && $0.name == name }) else { return nil }
        return try reader(ofChild: position).read(body)
    }

    /// Reads the one child that `isWanted` by `body`; nil without one, an error with several.
    func child<Value>(
        where isWanted: (XMLElement) -> Bool, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value? {
        guard let position = try onlyChild(where: { isWanted($0.element) }) else { return nil }
        return try reader(ofChild: position).read(body)
    }

    /// Reads every child of this name by `body`, in document order.
    func children<Value>(
        _ name: String, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        try readChildren(where: { $0.isOwn && $0.name == name }, body)
    }

    /// Reads every child of this name in our namespace by `body`, in document order.
    func children<Value>(
        xenkeeper name: String, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        try readChildren(where: { $0.isXenkeeper && $0.name == name }, body)
    }

    /// Reads every child that `isWanted` by `body`, in document order.
    func children<Value>(
        where isWanted: (XMLElement) -> Bool, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        try readChildren(where: { isWanted($0.element) }, body)
    }

    /// Has every child of this name read by `body`, in document order.
    func forEach(
        _ name: String, _ body: (ElementReader) throws(DomainXMLError) -> Void
    ) throws(DomainXMLError) {
        _ = try children(name, body)
    }

    /// Every child. It does not count as read.
    func allChildren() -> [XMLElement] { children.map(\.element) }

    /// Where a child stands in the document, by its place in `allChildren`.
    func path(ofChild position: Int) -> String { childPaths[position] }

    /// Counts everything in the element as read, whatever it is.
    func readAll() {
        for position in attributes.indices { attributesRead.insert(position) }
        for position in children.indices { childrenRead.insert(position) }
        isTextRead = true
    }

    /// Says something of the element, or of what stands at `place` below.
    func note(_ notice: DocumentNotice.Kind, at place: String? = nil) {
        document.note(notice, path: place.map { "\(path)/\($0)" } ?? path, line: element.line)
    }

    /// Ends the reading of the element, with one notice for all of it.
    func leaveOut(_ notice: DocumentNotice.Kind = .unsupported) {
        omission = notice
    }

    /// The error that the attribute is not there, or is empty.
    func missing(_ name: String) -> DomainXMLError {
        element.attribute(name) == nil ? error(.missing("@\(name)")) : error(.empty, at: "@\(name)")
    }

    /// The error that something is wrong here, or with what stands at `place` below.
    func error(_ problem: DomainXMLProblem, at place: String? = nil) -> DomainXMLError {
        .model(path: place.map { "\(path)/\($0)" } ?? path, line: element.line, problem: problem)
    }

    /// The place of the one child that `isWanted`, which counts as read; nil without one, an error with several.
    private func onlyChild(where isWanted: (Child) -> Bool) throws(DomainXMLError) -> Int? {
        var first: Int?
        for position in children.indices where isWanted(children[position]) {
            childrenRead.insert(position)
            guard let first else {
                first = position
                continue
            }
            let problem = DomainXMLProblem.repeated(firstLine: children[first].element.line)
            throw .model(path: childPaths[position], line: children[position].element.line, problem: problem)
        }
        return first
    }

    private func readChildren<Value>(
        where isWanted: (Child) -> Bool, _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> [Value] {
        var values: [Value] = []
        for position in children.indices where isWanted(children[position]) {
            childrenRead.insert(position)
            values.append(try reader(ofChild: position).read(body))
        }
        return values
    }

    private func reader(ofChild position: Int) -> ElementReader {
        ElementReader(children[position].element, of: document, parent: (self, position))
    }

    private func read<Value>(
        _ body: (ElementReader) throws(DomainXMLError) -> Value
    ) throws(DomainXMLError) -> Value {
        let value = try body(self)
        reportTheRest()
        return value
    }

    /// Devices are always numbered, for one of them is what a reader of the path looks for; others where they need it.
    private func pathsOfChildren() -> [String] {
        let path = path
        let names = children.map(\.element.qualifiedName)
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
        for position in attributes.indices
        where !attributesRead.contains(position) && !attributes[position].value.isEmpty {
            let name = attributes[position].qualifiedName
            document.note(.unsupported, path: "\(path)/@\(name)", line: element.line)
        }
        for position in children.indices where !childrenRead.contains(position) {
            document.note(.unsupported, path: childPaths[position], line: children[position].element.line)
        }
        if !isTextRead, element.hasVisibleText {
            document.note(.unsupported, path: "\(path)/text()", line: element.line)
        }
    }
}

/// An element inside another, and by what it can be asked for.
private struct Child {
    let element: XMLElement
    let name: String
    /// Whether it is one of our namespace.
    let isXenkeeper: Bool
    /// Whether its name is one of libvirt's format or, inside an element of our namespace, one of ours.
    let isOwn: Bool

    /// The elements directly inside.
    static func all(in element: XMLElement) -> [Child] {
        let content = element.content
        guard !content.isEmpty else { return [] }
        let isXenkeeper = element.isXenkeeper
        var children: [Child] = []
        children.reserveCapacity(content.count)
        for case .element(let child) in content { children.append(Child(child, insideXenkeeper: isXenkeeper)) }
        return children
    }

    private init(_ element: XMLElement, insideXenkeeper: Bool) {
        self.element = element
        name = element.name
        let namespace = element.namespace
        isXenkeeper = namespace == XenkeeperNamespace.uri
        isOwn = namespace == nil || insideXenkeeper && isXenkeeper
    }
}

/// A set of small numbers, of which most elements need few.
private struct Marks {
    private var low: UInt64 = 0
    private var rest: Set<Int> = []

    mutating func insert(_ number: Int) {
        if number < 64 {
            low |= 1 << UInt64(number)
        } else {
            rest.insert(number)
        }
    }

    func contains(_ number: Int) -> Bool {
        number < 64 ? low >> UInt64(number) & 1 == 1 : rest.contains(number)
    }
}
