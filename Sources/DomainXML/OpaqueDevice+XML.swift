import LibXML
import XenModel
import XenUnits

// `/domain/devices/*`, as far as Xen cannot express it.
extension OpaqueDevice: DeviceElement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> OpaqueDevice? {
        guard let deviceClass = Device.deviceClass(of: reader.element) else { return nil }
        return try read(reader, deviceClass)
    }

    /// Keeps the whole element, with a notice that it is not passed to Xen.
    static func read(_ reader: ElementReader, _ deviceClass: DeviceClass) throws(DomainXMLError) -> OpaqueDevice {
        let element = OpaqueElement(reader.element, without: ["alias", "address"])
        var device = OpaqueDevice(deviceClass: deviceClass, element: element)
        device.handle = try DeviceHandle.read(in: reader)
        // What an interface without a type is, a request about it leaves open; it can be made all the same.
        if deviceClass == .interface, reader.element.attribute("type") == nil {
            try reader.require(DeviceRequest.interface)
        }
        noteForeign(in: reader.element, path: reader.path, reader.document)
        reader.leaveOut(.descriptionOnly)
        return device
    }

    /// What is in a namespace belongs to somebody else, and is not kept.
    private static func noteForeign(in element: XMLElement, path: String, _ document: DocumentReading) {
        for attribute in element.attributes where attribute.namespace != nil {
            document.note(.unsupported, path: "\(path)/@\(attribute.qualifiedName)", line: element.line)
        }
        for child in element.children {
            let childPath = "\(path)/\(child.qualifiedName)"
            guard child.namespace == nil else {
                document.note(.unsupported, path: childPath, line: child.line)
                continue
            }
            noteForeign(in: child, path: childPath, document)
        }
    }

    var bareElement: XMLElement { XMLElement(element) }
}

extension OpaqueElement {
    fileprivate init(_ xml: XMLElement, without left: Set<String> = []) {
        self.init(
            xml.name, attributes: xml.attributes.filter { $0.namespace == nil }.map { Attribute($0.name, $0.value) })
        for node in xml.content {
            switch node {
            case .element(let child) where child.namespace == nil && !left.contains(child.name):
                content.append(.element(OpaqueElement(child)))
            case .text(let text):
                // What stood between two texts may have been left out.
                if case .text(let before)? = content.last {
                    content[content.count - 1] = .text(before + text)
                } else {
                    content.append(.text(text))
                }
            case .element, .comment, .instruction, .markup: break
            }
        }
        // White space between elements is the layout's.
        content.removeAll { if case .text(let text) = $0 { text.allSatisfy(\.isWhitespace) } else { false } }
    }
}

extension XMLElement {
    fileprivate init(_ opaque: OpaqueElement) {
        self.init(
            opaque.name, attributes: opaque.attributes.map { XMLAttribute($0.name, $0.value) },
            content: opaque.content.map { node in
                switch node {
                case .element(let child): .element(XMLElement(child))
                case .text(let text): .text(text)
                }
            })
    }
}
