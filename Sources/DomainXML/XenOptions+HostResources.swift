import LibXML
import XenModel

// `ioports`, `irq` and `iomem` in `/domain/xenkeeper:options`.
extension XenOptions {
    mutating func readHostResources(in options: ElementReader) throws(DomainXMLError) {
        ioPorts = try options.children("ioports", IOPortRange.read)
        var numbers = FirstPlaces<UInt32>()
        irqs = try options.children("irq") { reader throws(DomainXMLError) in
            let number = try reader.requiredNumber("number", in: 0...UInt32(Int32.max))
            try numbers.take(number, at: "@number", in: reader)
            return number
        }
        ioMemory = try options.children("iomem", IOMemoryRange.read)
    }

    func writeHostResources(to options: inout XMLElement) {
        for range in ioPorts {
            options.add(xenkeeper: "ioports", ["first": range.first.hexadecimal(1), "count": "\(range.count)"])
        }
        for irq in irqs { options.add(xenkeeper: "irq", ["number": "\(irq)"]) }
        for range in ioMemory {
            options.add(
                xenkeeper: "iomem",
                [
                    "start": range.start.hexadecimal(1), "count": "\(range.count)",
                    "guestStart": range.guestStart?.hexadecimal(1),
                ])
        }
    }
}

extension IOPortRange {
    /// A processor has 65536 ports.
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> IOPortRange {
        let first = try reader.requiredAnyNumber("first", in: 0...0xffff as ClosedRange<UInt32>)
        return IOPortRange(first: first, count: try reader.requiredAnyNumber("count", in: 1...0x1_0000 - first))
    }
}

extension IOMemoryRange {
    /// Addresses have at most 64 bits, so pages have at most 52.
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> IOMemoryRange {
        let pages: UInt64 = 1 << 52
        let start = try reader.requiredAnyNumber("start", in: 0...pages - 1)
        let count = try reader.requiredAnyNumber("count", in: 1...pages - start)
        return IOMemoryRange(
            start: start, count: count, guestStart: try reader.anyNumber("guestStart", in: 0...pages - count))
    }
}

extension ElementReader {
    /// The attribute as a number in decimal digits or, after `0x`, hexadecimal ones; it must be there.
    fileprivate func requiredAnyNumber<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(DomainXMLError) -> Number {
        guard let number = try anyNumber(name, in: range) else { throw missing(name) }
        return number
    }
}
