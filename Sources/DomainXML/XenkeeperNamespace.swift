import LibXML

/// The namespace of what Xen knows and libvirt cannot express.
///
/// A document may bind any prefix to it; what is printed says `xenkeeper:`. Inside an element of the namespace, children
/// need no prefix, and may have it.
enum XenkeeperNamespace {
    static let uri = "urn:xenkeeper:domain:1"
    static let prefix = "xenkeeper"
}

extension XMLElement {
    /// An element of our namespace. The root of what is printed declares the prefix: `declaringXenkeeper`.
    init(xenkeeper name: String) {
        self.init(name)
        prefix = XenkeeperNamespace.prefix
        namespace = XenkeeperNamespace.uri
    }

    /// Whether this is an element of our namespace.
    var isXenkeeper: Bool { namespace == XenkeeperNamespace.uri }

    /// Adds the child `name` of our namespace with these attributes; no child if all of them are nil.
    mutating func add(xenkeeper name: String, _ attributes: KeyValuePairs<String, String?>) {
        guard attributes.contains(where: { $0.value != nil }) else { return }
        var child = XMLElement(xenkeeper: name)
        for (name, value) in attributes { child.set(name, value) }
        add(child)
    }

    /// The element as the root of a document: with a declaration of our prefix if something in it has the prefix.
    func declaringXenkeeper() -> XMLElement {
        guard uses(namespace: XenkeeperNamespace.uri) else { return self }
        var root = self
        root.declarations.append(XMLNamespace(prefix: XenkeeperNamespace.prefix, uri: XenkeeperNamespace.uri))
        return root
    }
}
