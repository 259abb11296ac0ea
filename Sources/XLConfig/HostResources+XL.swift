import XenModel
import XenUnits

// ioports, irqs, iomem.
extension DomainDefinition {
    mutating func readHostResources(_ reader: XLReader) throws(XLConfigError) {
        for item in try reader.list("ioports") { xen.ioPorts.append(try IOPortRange.read(item)) }
        for item in try reader.list("irqs") {
            guard let irq = try item.text().digits(radix: 10, UInt32.self) else {
                throw item.error(.badNumber(try item.text()))
            }
            xen.irqs.append(irq)
        }
        for item in try reader.list("iomem") { xen.ioMemory.append(try IOMemoryRange.read(item)) }
    }

    func writeHostResources(to writer: XLWriter) throws(XLConfigError) {
        let options = "/domain/xenkeeper:options"
        var ports: [String] = []
        for (position, range) in xen.ioPorts.enumerated() {
            let (end, overflow) = range.first.addingReportingOverflow(range.count &- 1)
            guard range.count > 0, !overflow else {
                writer.omit("\(options)/ioports[\(position + 1)]")
                continue
            }
            ports.append(String(range.first, radix: 16) + (range.count == 1 ? "" : "-" + String(end, radix: 16)))
        }
        writer.set("ioports", texts: ports, path: "\(options)/ioports")
        let irqs = xen.irqs.map { XLValue.number($0) }
        writer.set("irqs", irqs.isEmpty ? nil : XLValue(.list(irqs)), path: "\(options)/irq")
        let memory = xen.ioMemory.map { range in
            "\(String(range.start, radix: 16)),\(String(range.count, radix: 16))"
                + (range.guestStart.map { "@" + String($0, radix: 16) } ?? "")
        }
        writer.set("iomem", texts: memory, path: "\(options)/iomem")
    }
}

extension IOPortRange {
    fileprivate static func read(_ item: XLItem) throws(XLConfigError) -> IOPortRange {
        let text = try item.text()
        let ends = text.parts(at: "-").map { ($0.without(prefix: "0x") ?? $0).digits(radix: 16, UInt32.self) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
            last - first < .max
        else { throw item.error(.badRange(text)) }
        return IOPortRange(first: first, count: last - first + 1)
    }
}

extension IOMemoryRange {
    fileprivate static func read(_ item: XLItem) throws(XLConfigError) -> IOMemoryRange {
        let text = try item.text()
        func number(_ text: String) -> UInt64? { (text.without(prefix: "0x") ?? text).digits(radix: 16) }
        guard let (start, rest) = text.pair(at: ","), let first = number(start) else {
            throw item.error(.badRange(text))
        }
        let places = rest.parts(at: "@")
        guard (1...2).contains(places.count), let count = number(places[0]), count > 0 else {
            throw item.error(.badRange(text))
        }
        guard places.count == 2 else { return IOMemoryRange(start: first, count: count) }
        guard let guest = number(places[1]) else { throw item.error(.badRange(text)) }
        return IOMemoryRange(start: first, count: count, guestStart: guest)
    }
}
