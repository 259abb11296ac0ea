/// One element of a document, with all that is in it: a plain value.
///
/// Two elements are equal wherever in a document they stood: `line` takes no part.
package struct XMLElement: Sendable {
    /// Always one: what the element holds, in a place that its copies share until one of them changes.
    private var storage: ContiguousArray<Storage>

    struct Storage {
        var name: String
        var prefix: String?
        var namespace: String?
        var declarations: [XMLNamespace] = []
        var attributes: [XMLAttribute] = []
        var content: [XMLNode] = []
        var line = 0
    }

    /// The element that holds this.
    init(_ storage: consuming Storage) {
        self.storage = [storage]
    }

    /// An element in no namespace.
    package init(_ name: String, attributes: [XMLAttribute] = [], content: [XMLNode] = []) {
        storage = [Storage(name: name, attributes: attributes, content: content)]
    }

    /// The name without its prefix.
    package var name: String {
        get { storage[0].name }
        _modify { yield &storage[0].name }
    }

    /// The prefix as written; nil without one.
    package var prefix: String? {
        get { storage[0].prefix }
        _modify { yield &storage[0].prefix }
    }

    /// The URI of the namespace that the element is in; nil in none.
    package var namespace: String? {
        get { storage[0].namespace }
        _modify { yield &storage[0].namespace }
    }

    /// The `xmlns` declarations that stand on this element, in document order.
    package var declarations: [XMLNamespace] {
        get { storage[0].declarations }
        _modify { yield &storage[0].declarations }
    }

    /// In document order.
    package var attributes: [XMLAttribute] {
        get { storage[0].attributes }
        _modify { yield &storage[0].attributes }
    }

    /// Everything between the tags, in document order; no two texts side by side when read from a document.
    package var content: [XMLNode] {
        get { storage[0].content }
        _modify { yield &storage[0].content }
    }

    /// The line of the start tag, from 1; 0 for an element that was not read from a document.
    package var line: Int {
        get { storage[0].line }
        _modify { yield &storage[0].line }
    }

    /// The name as it is written: with its prefix, if it has one.
    package var qualifiedName: String { prefix.map { "\($0):\(name)" } ?? name }

    /// The elements directly inside.
    package var children: [XMLElement] {
        var children: [XMLElement] = []
        for case .element(let child) in content {
            if children.isEmpty { children.reserveCapacity(content.count) }
            children.append(child)
        }
        return children
    }

    /// The text directly inside, that of children left out.
    package var text: String {
        content.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    /// Whether the text directly inside is more than white space.
    package var hasVisibleText: Bool {
        content.contains {
            guard case .text(let text) = $0, !text.isXMLSpace else { return false }
            // What is white space beyond ASCII is found the slow way.
            return text.contains { !$0.isWhitespace }
        }
    }

    /// The value of the attribute of this name in no namespace.
    package func attribute(_ name: String) -> String? {
        position(ofAttribute: name).map { storage[0].attributes[$0].value }
    }

    /// The place among `attributes` of the one of this name in no namespace.
    package func position(ofAttribute name: String) -> Int? {
        storage[0].attributes.firstIndex { $0.name == name && $0.namespace == nil }
    }

    /// Whether the element, an attribute of it or something in it is in the namespace.
    package func uses(namespace uri: String) -> Bool {
        let (attributes, content) = (storage[0].attributes, storage[0].content)
        return storage[0].namespace == uri || attributes.indices.contains { attributes[$0].namespace == uri }
            || content.contains { if case .element(let child) = $0 { child.uses(namespace: uri) } else { false } }
    }

    /// The same element, with those of its ancestors' `declarations` that it does not make itself, so that it stands
    /// alone.
    ///
    /// Prefixes that only appear inside a text or a value stay bound too.
    package func inheriting(_ declarations: [XMLNamespace]) -> XMLElement {
        var standalone = self
        let own = Set(self.declarations.map(\.prefix))
        standalone.declarations += declarations.filter { !own.contains($0.prefix) }
        return standalone
    }
}

extension XMLElement: Hashable {
    package static func == (left: XMLElement, right: XMLElement) -> Bool {
        left.name == right.name && left.prefix == right.prefix && left.namespace == right.namespace
            && left.declarations == right.declarations && left.attributes == right.attributes
            && left.content == right.content
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(namespace)
        hasher.combine(attributes)
        hasher.combine(content)
    }
}

/// What may stand between an element's tags.
package enum XMLNode: Hashable, Sendable {
    case element(XMLElement)
    /// Characters, a CDATA section's among them.
    case text(String)
    /// What stands between `<!--` and `-->`.
    case comment(String)
    /// What stands between `<?` and `?>`: the first word, and the rest if there is any.
    case instruction(target: String, data: String?)
    /// Text that is XML already, written as it is; never the result of reading.
    case markup(String)
}

/// An attribute of an element.
package struct XMLAttribute: Hashable, Sendable {
    /// The name without its prefix.
    package var name: String
    /// The prefix as written; nil without one.
    package var prefix: String?
    /// The URI of the namespace that the prefix stands for; nil without a prefix.
    package var namespace: String?
    /// The value, references resolved.
    package var value: String

    /// An attribute in no namespace.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The name as it is written: with its prefix, if it has one.
    package var qualifiedName: String { prefix.map { "\($0):\(name)" } ?? name }
}

/// An `xmlns` declaration.
package struct XMLNamespace: Hashable, Sendable {
    /// The declared prefix; nil is the default namespace.
    package var prefix: String?
    /// What it stands for; empty takes the default namespace away.
    package var uri: String

    /// The declaration that `prefix` stands for `uri`.
    package init(prefix: String?, uri: String) {
        self.prefix = prefix
        self.uri = uri
    }
}
