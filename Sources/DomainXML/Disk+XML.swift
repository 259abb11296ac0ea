import LibXML
import XenModel
import XenUnits

// `/domain/devices/disk`.
extension Disk: DeviceElement {
    /// Reads a complete disk; nil if Xen cannot express its type or device.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Disk? {
        // libvirt's defaults.
        let device = try device(reader, default: .disk)
        guard let kind = try sourceKind(reader, default: .file), let device, !DiskSource.isForeign(reader) else {
            return nil
        }
        var source = try DiskSource.read(kind, in: reader)
        let options = try options(reader, ofNetwork: kind == .network)
        source.network?.authenticatesAsConfigured = options?.authenticatesAsConfigured ?? false
        guard !source.isEmpty || device != .disk else {
            throw reader.error(.missing("source/@\(kind.sourceAttribute)"))
        }
        guard let target = try target(reader) else { throw reader.error(.missing("target/@dev")) }

        var disk = Disk(device: device, source: source, target: target.name)
        disk.bus = target.bus
        if let driver = try driver(reader) {
            disk.driverName = driver.name
            disk.driverType = driver.type
            disk.discard = driver.discard
        }
        let isReadOnly = try reader.flag("readonly")
        disk.isReadOnly = isReadOnly || device == .cdrom
        disk.isShareable = try reader.flag("shareable")
        disk.isTransient = try reader.flag("transient")
        disk.backendDomain = try Interface.backendDomain(reader)
        disk.script = try script(reader)
        if let options {
            disk.directIOSafe = options.directIOSafe
            disk.removable = options.removable
        }
        disk.bootOrder = try reader.bootOrder()
        return disk
    }

    // The parts that a complete disk and a request about one have in common.

    static func sourceKind(
        _ reader: ElementReader, default: DiskSourceKind
    ) throws(DomainXMLError) -> DiskSourceKind? {
        let foreign = ["dir", "volume", "nvme", "vhostuser", "vhostvdpa"]
        return try reader.wordUnlessForeign("type", foreign: foreign, default: `default`)
    }

    static func device(_ reader: ElementReader, default: DiskDevice) throws(DomainXMLError) -> DiskDevice? {
        try reader.wordUnlessForeign("device", foreign: ["lun"], default: `default`)
    }

    static func target(_ reader: ElementReader) throws(DomainXMLError) -> (name: String, bus: String?)? {
        try reader.child("target") { reader throws(DomainXMLError) in
            (try reader.requiredPlain("dev"), try reader.plainAttribute("bus"))
        }
    }

    static func driver(
        _ reader: ElementReader
    ) throws(DomainXMLError) -> (name: String?, type: String?, discard: DiskDiscard?)? {
        try reader.child("driver") { reader throws(DomainXMLError) in
            (try reader.plainAttribute("name"), try reader.plainAttribute("type"), try reader.word("discard"))
        }
    }

    static func script(_ reader: ElementReader) throws(DomainXMLError) -> String? {
        try reader.child(xenkeeper: "script") { reader throws(DomainXMLError) in try reader.requiredPlain("path") }
    }

    static func options(
        _ reader: ElementReader, ofNetwork: Bool
    ) throws(DomainXMLError) -> (directIOSafe: Bool?, removable: Bool?, authenticatesAsConfigured: Bool)? {
        try reader.child(xenkeeper: "options") { reader throws(DomainXMLError) in
            (
                try reader.yesOrNo("directIOSafe"), try reader.yesOrNo("removable"),
                ofNetwork ? try reader.word("authentication", of: [configured]) != nil : false
            )
        }
    }

    private static let configured = "configured"

    var bareElement: XMLElement {
        var element = XMLElement("disk")
        element.set("type", source.kind.rawValue)
        element.set("device", device.rawValue)
        if driverName != nil || driverType != nil || discard != nil {
            element.add("driver", ["name": driverName, "type": driverType, "discard": discard?.rawValue])
        }
        element.add(source.element)
        element.add("backenddomain", only: "name", backendDomain)
        element.add("target", ["dev": target, "bus": bus])
        if isReadOnly { element.add("readonly") }
        if isShareable { element.add("shareable") }
        if isTransient { element.add("transient") }
        element.add(xenkeeper: "script", ["path": script])
        element.add(
            xenkeeper: "options",
            [
                "directIOSafe": directIOSafe?.yesOrNo, "removable": removable?.yesOrNo,
                "authentication": source.network?.authenticatesAsConfigured == true ? Self.configured : nil,
            ])
        element.add("boot", only: "order", bootOrder?.description)
        return element
    }
}

extension ElementReader {
    /// `boot/@order` of a device.
    func bootOrder() throws(DomainXMLError) -> UInt32? {
        try child("boot") { reader throws(DomainXMLError) in
            guard let order = try reader.number(attribute: "order", in: 1...UInt32(Int32.max)) else {
                throw reader.missing("order")
            }
            return order
        }
    }
}
