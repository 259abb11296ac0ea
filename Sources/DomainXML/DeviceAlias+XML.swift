import LibXML
import XenModel

// `/domain/devices/*/alias`.
extension DeviceAlias {
    /// The alias of a device that a definition or a complete device document describes.
    static func read(in device: ElementReader) throws(DomainXMLError) -> DeviceAlias? {
        try device.child("alias") { reader throws(DomainXMLError) -> DeviceAlias? in
            guard let alias = try reader.alias(), alias.user == nil, reader.options.form == .inactive
            else { return try reader.alias() }
            reader.note(.generatedAliasDropped(alias.description))
            return nil
        } ?? nil
    }

    /// The alias by which a request names a device; a generated one is as good as a user's.
    static func readCriterion(in device: ElementReader) throws(DomainXMLError) -> DeviceAlias? {
        try device.child("alias") { reader throws(DomainXMLError) in try reader.alias() } ?? nil
    }

    var element: XMLElement {
        XMLElement("alias", attributes: [XMLAttribute("name", description)])
    }

    /// Checks every alias below `/domain/devices`, those of devices that are left out too: that it is well-formed, and
    /// that no two devices share it.
    ///
    /// A first console that mirrors the first serial port is the same device, and may share its alias.
    static func checkAll(in devices: ElementReader) throws(DomainXMLError) {
        var firstPositions: [DeviceAlias: Int] = [:]
        var seenSerial = false
        var seenConsole = false
        var firstSerialAlias: DeviceAlias?
        let options = devices.options
        let children = devices.allChildren()
        firstPositions.reserveCapacity(children.count)
        for (position, device) in children.enumerated() {
            let isFirstSerial = !seenSerial && device.name == "serial" && device.prefix == nil
            let isFirstConsole = !seenConsole && device.name == "console" && device.prefix == nil
            if isFirstSerial { seenSerial = true }
            if isFirstConsole { seenConsole = true }
            for case .element(let element) in device.content where isAlias(element, of: device) {
                guard let text = element.attribute("name"), !text.isEmpty else { continue }
                guard let alias = DeviceAlias(text), alias.user == nil || options.features.contains(.userAliases) else {
                    let path = devices.path(ofChild: position) + "/alias"
                    _ = try check(text, path: path, line: element.line, options: options)
                    continue
                }
                if isFirstSerial { firstSerialAlias = alias }
                if isFirstConsole, alias == firstSerialAlias { continue }
                if let first = firstPositions[alias] {
                    let problem = DomainXMLProblem.duplicateAlias(text, firstPath: devices.path(ofChild: first))
                    throw .model(
                        path: devices.path(ofChild: position) + "/alias", line: element.line, problem: problem)
                }
                guard alias.user != nil || options.form == .live else { continue }
                firstPositions[alias] = position
            }
        }
    }

    /// Whether `child` is what `read` takes for the alias of `device`.
    private static func isAlias(_ child: XMLElement, of device: XMLElement) -> Bool {
        child.name == "alias" && (child.namespace == nil || child.isXenkeeper && device.isXenkeeper)
    }

    fileprivate static func check(
        _ text: String, path: @autoclosure () -> String, line: Int, options: ReaderOptions
    ) throws(DomainXMLError) -> DeviceAlias {
        guard let alias = DeviceAlias(text) else { throw .model(path: path(), line: line, problem: .badAlias(text)) }
        guard alias.user == nil || options.features.contains(.userAliases) else {
            throw .model(path: path(), line: line, problem: .userAliasesNotSupported(text))
        }
        return alias
    }
}

extension ElementReader {
    /// The alias in the element; nil if it names none.
    fileprivate func alias() throws(DomainXMLError) -> DeviceAlias? {
        guard let name = attribute("name") else { return nil }
        return try DeviceAlias.check(name, path: path, line: element.line, options: options)
    }
}
