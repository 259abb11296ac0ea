import LibXML
import XenModel
import XenUnits

// `/domain/devices/controller`.
extension Controller: DeviceElement {
    /// Reads a complete controller, as number 0 if it has none; nil if this driver knows nothing of its type, or if it
    /// is a part of another one.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Controller? {
        guard let type = try type(reader) else { return nil }
        // One of the USB 1 controllers that share index and place with the USB 2 one that they complete.
        guard !reader.element.children.contains(where: { $0.name == "master" }) else { return nil }
        var controller = Controller(type: type, index: try index(reader) ?? 0)
        controller.model = try reader.plainAttribute("model")
        if type == .usb {
            controller.ports = try reader.anyNumber("ports", in: 0...UInt32.max)
            try reader.child(xenkeeper: "usb") { reader throws(DomainXMLError) in
                controller.usbType = try reader.word("type")
                controller.usbVersion = try reader.number(attribute: "version", in: 1...3)
            }
        }
        if type == .xenbus {
            controller.maxGrantFrames = try reader.anyNumber("maxGrantFrames", in: 0...UInt32.max)
            controller.maxEventChannels = try reader.anyNumber("maxEventChannels", in: 0...UInt32.max)
        }
        controller.backendDomain = try reader.xenkeeperBackendDomain()
        return controller
    }

    // The parts that a complete controller and a request about one have in common.

    static func type(_ reader: ElementReader) throws(DomainXMLError) -> ControllerType? {
        // libvirt's default.
        try reader.wordUnlessForeign("type", of: ControllerType.self, foreign: ["nvme"], default: .ide)
    }

    static func index(_ reader: ElementReader) throws(DomainXMLError) -> UInt32? {
        try reader.anyNumber("index", in: 0...UInt32(Int32.max))
    }

    var bareElement: XMLElement {
        var element = XMLElement("controller")
        element.set("type", type.rawValue)
        element.set("index", "\(index)")
        element.set("model", model)
        element.set("ports", ports?.description)
        element.set("maxGrantFrames", maxGrantFrames?.description)
        element.set("maxEventChannels", maxEventChannels?.description)
        element.add(xenkeeper: "usb", ["type": usbType?.rawValue, "version": usbVersion?.description])
        element.add(xenkeeper: "backenddomain", ["name": backendDomain])
        return element
    }
}

extension ElementReader {
    /// The domain that serves a device which libvirt lets no other domain serve.
    func xenkeeperBackendDomain() throws(DomainXMLError) -> String? {
        try child(xenkeeper: "backenddomain") { reader throws(DomainXMLError) in try reader.requiredPlain("name") }
    }
}
