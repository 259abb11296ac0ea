import LibXML

extension XMLElement {
    /// Sets the attribute, or leaves it out if `value` is nil.
    mutating func set(_ name: String, _ value: String?) {
        guard let value else { return }
        attributes.append(XMLAttribute(name, value))
    }

    /// Adds a child with these attributes; those that are nil are left out.
    mutating func add(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:]) {
        add(XMLElement(name, attributes: attributes.given))
    }

    /// Adds a child with this text; no child if it is nil.
    mutating func add(_ name: String, text: String?, _ attributes: KeyValuePairs<String, String?> = [:]) {
        guard let text else { return }
        add(XMLElement(name, attributes: attributes.given, content: [.text(text)]))
    }

    /// Adds the child `name` with one attribute; no child if that is nil.
    mutating func add(_ name: String, only attribute: String, _ value: String?) {
        guard let value else { return }
        add(XMLElement(name, attributes: [XMLAttribute(attribute, value)]))
    }

    /// Adds a child, if there is one.
    mutating func add(_ child: XMLElement?) {
        guard let child else { return }
        // A device has some children, and few.
        if content.isEmpty { content.reserveCapacity(8) }
        content.append(.element(child))
    }
}

extension KeyValuePairs<String, String?> {
    /// Those that have a value.
    fileprivate var given: [XMLAttribute] {
        var given: [XMLAttribute] = []
        given.reserveCapacity(count)
        for (name, value) in self {
            if let value { given.append(XMLAttribute(name, value)) }
        }
        return given
    }
}
