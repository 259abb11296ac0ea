import LibXML
package import XenModel

/// Where the document of a device differs from a device that exists, each by its path in the device's element.
///
/// It is found in the elements that both are written as, so that no member of a device can be forgotten.
package struct DeviceDifferences: Hashable, Sendable {
    /// What the document says and the device is not, such as `model/@type`.
    package var said: [String] = []
    /// What the device has and the document does not say.
    package var unsaid: [String] = []

    /// None.
    package init() {}

    /// The differences of a complete document from `device`; what names a device by itself, its alias and MAC address, is
    /// none.
    package init(of document: Device, from device: Device) {
        compare(document.element, device.element, at: "")
        leaveOutNames()
    }

    /// The differences of a document that need not be complete: nothing that it does not say is one.
    ///
    /// Throws if it is no XML.
    package init(of document: [UInt8], from device: Device) throws(DomainXMLError) {
        let root: XMLElement
        do throws(XMLSyntaxError) { root = try XMLElement.parse(document) } catch { throw .syntax(error) }
        compare(root, device.element, at: "")
        leaveOutNames()
        unsaid = []
    }

    private mutating func leaveOutNames() {
        func isName(_ path: String) -> Bool { path.hasPrefix("alias/") || path.hasPrefix("mac/") }
        said.removeAll(where: isName)
        unsaid.removeAll(where: isName)
    }

    private mutating func compare(_ document: XMLElement, _ device: XMLElement, at path: String) {
        func place(_ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }
        for attribute in document.attributes where attribute.value != device.attribute(attribute.name) {
            said.append(place("@\(attribute.name)"))
        }
        for attribute in device.attributes where document.attribute(attribute.name) == nil {
            unsaid.append(place("@\(attribute.name)"))
        }
        if document.hasVisibleText || device.hasVisibleText, document.text != device.text {
            if document.hasVisibleText { said.append(place("text()")) } else { unsaid.append(place("text()")) }
        }
        let theirs = Dictionary(grouping: document.children) { $0.pathName(inside: document) }
        let ours = Dictionary(grouping: device.children) { $0.pathName(inside: device) }
        for name in Set(theirs.keys).union(ours.keys).sorted() {
            let (new, old) = (theirs[name] ?? [], ours[name] ?? [])
            switch (new.first, old.first) {
            case (let document?, let device?) where new.count == 1 && old.count == 1:
                compare(document, device, at: place(name))
            case (let document?, nil): said.append(place(name + document.onlyPart))
            case (nil, let device?): unsaid.append(place(name + device.onlyPart))
            default: if new != old { said.append(place(name)) }
            }
        }
    }
}

extension XMLElement {
    /// The name in a path, the prefix of our namespace before it where `parent` is not of that itself.
    fileprivate func pathName(inside parent: XMLElement) -> String {
        isXenkeeper && !parent.isXenkeeper ? "\(XenkeeperNamespace.prefix):\(name)" : name
    }

    /// The path to all that it says, where that is one attribute.
    fileprivate var onlyPart: String {
        guard attributes.count == 1, children.isEmpty, let attribute = attributes.first else { return "" }
        return "/@\(attribute.name)"
    }
}
