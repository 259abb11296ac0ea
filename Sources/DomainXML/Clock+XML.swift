import LibXML
import XenModel

// `/domain/clock`.
extension Clock {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Clock {
        switch try reader.word("offset", of: Offset.self) ?? .utc {
        case .utc: return .utc
        case .localtime: return .localtime
        case .variable:
            let adjustment = try reader.number(attribute: "adjustment", in: Int32.min...Int32.max) ?? 0
            return .variable(adjustment: adjustment, basis: try reader.word("basis") ?? .utc)
        case .timezone:
            return .timezone(try reader.requiredPlain("timezone"))
        }
    }

    var element: XMLElement {
        var element = XMLElement("clock")
        switch self {
        case .utc: element.set("offset", Offset.utc.rawValue)
        case .localtime: element.set("offset", Offset.localtime.rawValue)
        case .variable(let adjustment, let basis):
            element.set("offset", Offset.variable.rawValue)
            element.set("adjustment", "\(adjustment)")
            element.set("basis", basis.rawValue)
        case .timezone(let zone):
            element.set("offset", Offset.timezone.rawValue)
            element.set("timezone", zone)
        }
        return element
    }
}

/// `/domain/clock/@offset`; libvirt's other words have no meaning for Xen.
private enum Offset: String, CaseIterable {
    case utc
    case localtime
    case variable
    case timezone
}
