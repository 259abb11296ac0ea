import LibXML
import XenModel

// `/domain/devices/*/address`.
extension GuestAddress {
    static func read(in device: ElementReader) throws(DomainXMLError) -> GuestAddress? {
        try device.child("address") { reader throws(DomainXMLError) in
            let type = try reader.required("type")
            var fields = Dictionary(reader.allAttributes().map { ($0.name, $0.value) }) { first, _ in first }
            fields["type"] = nil
            return GuestAddress(type: type, fields: fields)
        }
    }

    var element: XMLElement {
        var element = XMLElement("address")
        element.set("type", type)
        let others = fields.keys.filter { !Self.customaryOrder.contains($0) }.sorted()
        for name in Self.customaryOrder + others { element.set(name, fields[name]) }
        return element
    }

    /// The order in which virsh prints them.
    private static let customaryOrder = [
        "domain", "controller", "bus", "target", "slot", "unit", "port", "function", "multifunction",
    ]
}
