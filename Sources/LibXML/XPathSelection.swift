import CLibXML2

/// What an XPath expression selects in a document.
package enum XPathSelection {
    /// Why nothing was selected.
    package enum Failure: Error, Hashable, Sendable {
        /// The expression is none.
        case malformed
        /// Its value is no set of nodes: a number, a text or a truth.
        case noNodes
        /// The document cannot be read.
        case noDocument
    }

    /// The text of each node of `document` that `expression`, in XPath 1.0, selects, in the document's order.
    ///
    /// With `isWrapped` it is one text: an element `nodes` with copies of them. The prefixes that the document's root
    /// declares may stand in the expression. The document must be well-formed and no longer than
    /// `XMLElement.maximumSize`; the one that a user hands in belongs into `XMLElement.parse`.
    package static func nodes(_ expression: String, in document: String, isWrapped: Bool) throws(Failure) -> [String] {
        guard document.utf8.count <= XMLElement.maximumSize, !expression.utf8.contains(0) else { throw .malformed }
        XMLElement.initializeLibrary
        var texts: [String] = []
        let outcome = withUnsafeMutablePointer(to: &texts) { texts in
            clibxml2_select(document, Int32(document.utf8.count), expression, isWrapped ? 1 : 0, texts) { texts, text in
                guard let texts, let text else { return }
                texts.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
            }
        }
        switch outcome {
        case CLIBXML2_SELECTED: return texts
        case CLIBXML2_NO_EXPRESSION: throw .malformed
        case CLIBXML2_NO_NODES: throw .noNodes
        default: throw .noDocument
        }
    }
}
