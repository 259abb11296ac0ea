import CLibXML2

/// Makes elements of what libxml2 tells of a document.
struct XMLBuilder {
    /// The root, once it has ended.
    private(set) var root: XMLElement?
    /// The elements that have not ended, the root first, as yet without content.
    private var open: [XMLElement.Storage] = []
    /// For each of them the place in `nodes` of the first node in it.
    private var firstNodes: [Int] = []
    /// What was read of the open elements' contents, that of the innermost last.
    private var nodes: [XMLNode] = []
    /// The text since the last of them, which may come in several parts.
    private var text = ""

    /// Hands `body` what libxml2 is to call while it runs.
    mutating func receive(_ body: (UnsafePointer<clibxml2_events>) -> Void) {
        withUnsafeMutablePointer(to: &self) { builder in
            var events = clibxml2_events(
                reader: builder,
                start: { reader, line, name, prefix, uri, declarationCount, declarations, attributeCount, attributes in
                    XMLBuilder.at(reader)?.pointee.start(
                        XMLElement.Storage(
                            name: String(copying: name) ?? "", prefix: uri == nil ? nil : String(copying: prefix),
                            namespace: String(copying: uri),
                            declarations: XMLBuilder.declarations(declarations, Int(declarationCount)),
                            attributes: XMLBuilder.attributes(attributes, Int(attributeCount)), line: Int(line)))
                },
                end: { XMLBuilder.at($0)?.pointee.end() },
                text: { reader, text, count in
                    let text = UnsafeBufferPointer(start: text, count: Int(count))
                    XMLBuilder.at(reader)?.pointee.text += String(decoding: text, as: UTF8.self)
                },
                comment: { reader, text in
                    XMLBuilder.at(reader)?.pointee.add(.comment(String(copying: text) ?? ""))
                },
                instruction: { reader, target, data in
                    let data = String(copying: data)
                    XMLBuilder.at(reader)?.pointee.add(.instruction(target: String(copying: target) ?? "", data: data))
                })
            body(&events)
        }
    }

    /// The builder that libxml2 was given.
    private static func at(_ reader: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<XMLBuilder>? {
        reader?.assumingMemoryBound(to: XMLBuilder.self)
    }

    private mutating func start(_ element: consuming XMLElement.Storage) {
        endText()
        open.append(element)
        firstNodes.append(nodes.count)
    }

    private mutating func end() {
        endText()
        guard let firstNode = firstNodes.popLast() else { return }
        if firstNode < nodes.count {
            open[open.count - 1].content = Array(nodes[firstNode...])
            nodes.removeLast(nodes.count - firstNode)
        }
        let element = XMLElement(open.removeLast())
        if open.isEmpty {
            root = element
        } else {
            nodes.append(.element(element))
        }
    }

    /// Adds what stands inside of an element; what stands around the root is nobody's.
    private mutating func add(_ node: XMLNode) {
        guard !open.isEmpty else { return }
        endText()
        nodes.append(node)
    }

    private mutating func endText() {
        guard !text.isEmpty else { return }
        nodes.append(.text(text))
        text = ""
    }

    private typealias Texts = UnsafeMutablePointer<UnsafePointer<xmlChar>?>

    private static func declarations(_ texts: Texts?, _ count: Int) -> [XMLNamespace] {
        guard let texts, count > 0 else { return [] }
        return (0..<count).map { number in
            XMLNamespace(
                prefix: String(copying: texts[2 * number]), uri: String(copying: texts[2 * number + 1]) ?? "")
        }
    }

    private static func attributes(_ texts: Texts?, _ count: Int) -> [XMLAttribute] {
        guard let texts, count > 0 else { return [] }
        return (0..<count).map { number in
            let parts = texts + 5 * number
            var attribute = XMLAttribute(String(copying: parts[0]) ?? "", value(from: parts[3], to: parts[4]))
            if let uri = parts[2] {
                attribute.prefix = String(copying: parts[1])
                attribute.namespace = String(cString: uri)
            }
            return attribute
        }
    }

    private static func value(from start: UnsafePointer<xmlChar>?, to end: UnsafePointer<xmlChar>?) -> String {
        guard let start, let end else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
    }
}

extension String {
    fileprivate init?(copying text: UnsafePointer<xmlChar>?) {
        guard let text else { return nil }
        self.init(cString: text)
    }
}
