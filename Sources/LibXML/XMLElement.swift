/// One element of a document, with all that is in it: a plain value.
///
/// Two elements are equal wherever in a document they stood: `line` takes no part.
public struct XMLElement: Sendable {
    /// The name without its prefix.
    public var name: String
    /// The prefix as written; nil without one.
    public var prefix: String?
    /// The URI of the namespace that the element is in; nil in none.
    public var namespace: String?
    /// The `xmlns` declarations that stand on this element, in document order.
    public var declarations: [XMLNamespace]
    /// In document order.
    public var attributes: [XMLAttribute]
    /// Everything between the tags, in document order; no two texts side by side when read from a document.
    public var content: [XMLNode]
    /// The line of the start tag, from 1; 0 for an element that was not read from a document.
    public var line: Int

    /// An element in no namespace.
    public init(_ name: String, attributes: [XMLAttribute] = [], content: [XMLNode] = []) {
        self.name = name
        self.attributes = attributes
        self.content = content
        declarations = []
        line = 0
    }

    /// The name as it is written: with its prefix, if it has one.
    public var qualifiedName: String { prefix.map { "\($0):\(name)" } ?? name }

    /// The elements directly inside.
    public var children: [XMLElement] {
        content.compactMap { if case .element(let child) = $0 { child } else { nil } }
    }

    /// The text directly inside, that of children left out.
    public var text: String {
        content.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    /// Whether the text directly inside is more than white space.
    public var hasVisibleText: Bool {
        content.contains {
            guard case .text(let text) = $0 else { return false }
            // What is white space beyond ASCII is found the slow way.
            guard let first = text.utf8.first(where: { !$0.isXMLSpace }) else { return false }
            return first < 0x80 && first > 0x20 || text.contains { !$0.isWhitespace }
        }
    }

    /// The value of the attribute of this name in no namespace.
    public func attribute(_ name: String) -> String? {
        for position in attributes.indices where attributes[position].name == name {
            if attributes[position].namespace == nil { return attributes[position].value }
        }
        return nil
    }

    /// The same element, with those of its ancestors' `declarations` that it does not make itself, so that it stands
    /// alone.
    ///
    /// Prefixes that only appear inside a text or a value stay bound too.
    public func inheriting(_ declarations: [XMLNamespace]) -> XMLElement {
        var standalone = self
        let own = Set(self.declarations.map(\.prefix))
        standalone.declarations += declarations.filter { !own.contains($0.prefix) }
        return standalone
    }
}

extension XMLElement: Hashable {
    public static func == (left: XMLElement, right: XMLElement) -> Bool {
        left.name == right.name && left.prefix == right.prefix && left.namespace == right.namespace
            && left.declarations == right.declarations && left.attributes == right.attributes
            && left.content == right.content
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(namespace)
        hasher.combine(attributes)
        hasher.combine(content)
    }
}

/// What may stand between an element's tags.
public indirect enum XMLNode: Hashable, Sendable {
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
public struct XMLAttribute: Hashable, Sendable {
    /// The name without its prefix.
    public var name: String
    /// The prefix as written; nil without one.
    public var prefix: String?
    /// The URI of the namespace that the prefix stands for; nil without a prefix.
    public var namespace: String?
    /// The value, references resolved.
    public var value: String

    /// An attribute in no namespace.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The name as it is written: with its prefix, if it has one.
    public var qualifiedName: String { prefix.map { "\($0):\(name)" } ?? name }
}

/// An `xmlns` declaration.
public struct XMLNamespace: Hashable, Sendable {
    /// The declared prefix; nil is the default namespace.
    public var prefix: String?
    /// What it stands for; empty takes the default namespace away.
    public var uri: String

    /// The declaration that `prefix` stands for `uri`.
    public init(prefix: String?, uri: String) {
        self.prefix = prefix
        self.uri = uri
    }
}
