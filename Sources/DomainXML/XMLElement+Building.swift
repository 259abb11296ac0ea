import LibXML

extension XMLElement {
    /// Sets the attribute, or leaves it out if `value` is nil.
    mutating func set(_ name: String, _ value: String?) {
        guard let value else { return }
        attributes.append(XMLAttribute(name, value))
    }

    /// Adds a child with these attributes; those that are nil are left out.
    mutating func add(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:]) {
        add(XMLElement(name), attributes)
    }

    /// Adds a child with this text; no child if it is nil.
    mutating func add(_ name: String, text: String?, _ attributes: KeyValuePairs<String, String?> = [:]) {
        guard let text else { return }
        add(XMLElement(name, content: [.text(text)]), attributes)
    }

    /// Adds the child `name` with one attribute; no child if that is nil.
    mutating func add(_ name: String, only attribute: String, _ value: String?) {
        guard let value else { return }
        add(name, [attribute: value])
    }

    /// Adds a child, if there is one.
    mutating func add(_ child: XMLElement?) {
        guard let child else { return }
        content.append(.element(child))
    }

    private mutating func add(_ child: XMLElement, _ attributes: KeyValuePairs<String, String?>) {
        var child = child
        for (name, value) in attributes { child.set(name, value) }
        content.append(.element(child))
    }
}
