import LibXML
import XenModel

// `/domain/clock`.
extension Clock {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Clock {
        var names = FirstPlaces<String>()
        let timers = try reader.children("timer") { reader throws(DomainXMLError) in
            let timer = try Timer.read(reader)
            try names.take(timer.name.rawValue, at: "@name", in: reader)
            return timer
        }
        return Clock(offset: try ClockOffset.read(reader), timers: timers)
    }

    var element: XMLElement {
        var element = XMLElement("clock")
        offset.write(to: &element)
        for timer in timers { element.add(timer.element) }
        return element
    }
}

extension ClockOffset {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> ClockOffset {
        switch try reader.word("offset", of: Offset.self) ?? .utc {
        case .utc: return try adjusted(reader, basis: .utc) ?? .utc
        case .localtime: return try adjusted(reader, basis: .localtime) ?? .localtime
        case .variable:
            let basis = try reader.word("basis", of: ClockBasis.self) ?? .utc
            return try adjusted(reader, basis: basis) ?? .variable(adjustment: 0, basis: basis)
        case .timezone:
            return .timezone(try reader.requiredPlain("timezone"))
        }
    }

    /// A clock that stands `adjustment` seconds off `basis`; nil without that attribute.
    ///
    /// As in libvirt, a clock of either kind that is given seconds is a variable one. `reset` is about what a guest
    /// made of its clock in an earlier run; this driver keeps none of that, and reports the word.
    private static func adjusted(_ reader: ElementReader, basis: ClockBasis) throws(DomainXMLError) -> ClockOffset? {
        guard reader.element.attribute("adjustment") != "reset" else { return nil }
        let adjustment = try reader.number(attribute: "adjustment", in: Int32.min...Int32.max)
        return adjustment.map { .variable(adjustment: $0, basis: basis) }
    }

    fileprivate func write(to element: inout XMLElement) {
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
    }
}

/// `/domain/clock/@offset`; libvirt's other words have no meaning for Xen.
private enum Offset: String, CaseIterable {
    case utc
    case localtime
    case variable
    case timezone
}
