import LibXML
import XenModel

// `/domain/clock`.
extension Clock {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Clock {
        switch try reader.word("offset", of: Offset.self) ?? .utc {
        case .utc: return try fixed(.utc, else: .utc, reader)
        case .localtime: return try fixed(.localtime, else: .localtime, reader)
        case .variable:
            let adjustment = try reader.number(attribute: "adjustment", in: Int32.min...Int32.max) ?? 0
            return .variable(adjustment: adjustment, basis: try reader.word("basis") ?? .utc)
        case .timezone:
            return .timezone(try reader.requiredPlain("timezone"))
        }
    }

    /// A clock on `basis`, variable if the document adjusts it: libvirt's rule. `reset` is what Xen does at each start.
    private static func fixed(
        _ basis: ClockBasis, else clock: Clock, _ reader: ElementReader
    ) throws(DomainXMLError) -> Clock {
        guard let text = reader.attribute("adjustment"), text != "reset" else { return clock }
        let adjustment = try reader.number(text, in: Int32.min...Int32.max, at: "@adjustment")
        return .variable(adjustment: adjustment, basis: basis)
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
