import XenModel
import XenUnits

// vnuma.
extension NUMACell {
    /// One node as it is written.
    private struct Node {
        var memory = Kibibytes(0)
        var cpus: [UInt32] = []
        var distances: [UInt32] = []
    }

    static func read(_ reader: XLReader) throws(XLConfigError) -> [NUMACell] {
        try nodes(reader, isNoting: true).enumerated().map { position, node in
            var cell = NUMACell(
                id: UInt32(position), cpus: node.cpus.isEmpty ? nil : CPUSet(node.cpus), memory: node.memory)
            for (other, distance) in node.distances.enumerated() { cell.distances[UInt32(other)] = distance }
            return cell
        }
    }

    /// What the nodes have together; nil without nodes.
    static func memory(_ reader: XLReader) throws(XLConfigError) -> Kibibytes? {
        let nodes = try nodes(reader)
        guard !nodes.isEmpty else { return nil }
        return Kibibytes(nodes.reduce(0) { $0 + $1.memory.count })
    }

    /// How many processors the nodes have together; nil if none is named.
    static func processorCount(_ reader: XLReader) throws(XLConfigError) -> UInt32? {
        let count = try nodes(reader).reduce(0) { $0 + $1.cpus.count }
        return count == 0 ? nil : UInt32(min(count, Int(VirtualCPUs.most)))
    }

    private static func nodes(_ reader: XLReader, isNoting: Bool = false) throws(XLConfigError) -> [Node] {
        let items = try reader.list("vnuma")
        guard items.count <= 64 else {
            throw items[64].error(.outOfRange("\(items.count)", lowest: 0, highest: 64))
        }
        var nodes: [Node] = []
        for (position, item) in items.enumerated() {
            nodes.append(try node(item, at: position, of: items.count, isNoting: isNoting))
        }
        return nodes
    }

    private static func node(
        _ item: XLItem, at position: Int, of count: Int, isNoting: Bool
    ) throws(XLConfigError) -> Node {
        var node = Node()
        for part in try item.items() {
            let text = try part.safe()
            guard let (key, value) = text.pair(at: "=") else { throw part.error(.unknownPart(text)) }
            let numbers = value.trimmed()
            switch key.trimmed() {
            case "pnode":
                // The nth node is on the host's nth, as a domain document has it.
                let place = try part.number(numbers, in: UInt32(0)...4095)
                if isNoting, place != position { part.note(.unsupportedPart(text)) }
            case "size":
                node.memory = Kibibytes(try part.number(numbers, in: UInt64(1)...(1 << 37)) * 1024)
            case "vcpus": node.cpus = try cpus(numbers, part)
            case "vdistances":
                for distance in numbers.parts(at: ",") {
                    node.distances.append(try part.number(distance.trimmed(), in: UInt32(0)...255))
                }
                guard node.distances.count <= count else { throw part.error(.badRange(text)) }
            default: throw part.error(.unknownPart(text))
            }
        }
        if isNoting, node.distances.count < count {
            // xl's own are zeros, which no guest can make sense of.
            let rest = (node.distances.count..<count).map { $0 == position ? "10" : "20" }.joined(separator: ",")
            item.note(.implied("vdistances=…,\(rest)"))
        }
        if !node.distances.isEmpty {
            node.distances += (node.distances.count..<count).map { $0 == position ? 10 : 20 }
        }
        guard node.memory.count > 0 else { throw item.error(.missingPart("size=…")) }
        return node
    }

    private static func cpus(_ text: String, _ item: XLItem) throws(XLConfigError) -> [UInt32] {
        var map = ProcessorMap()
        for range in text.parts(at: ",") {
            let ends = range.trimmed().parts(at: "-")
            guard (1...2).contains(ends.count), let first = ends[0].digits(radix: 10, UInt32.self),
                let last = ends[ends.count - 1].digits(radix: 10, UInt32.self), first <= last, last <= CPUSet.highest
            else { throw item.error(.badCPUList(text)) }
            map.set(first...last, to: true)
        }
        return map.members
    }

    /// The nodes as xl's list; nil if xl cannot have them.
    static func write(_ cells: [NUMACell], to writer: XLWriter) {
        guard !cells.isEmpty else { return }
        let path = "/domain/cpu/numa"
        guard cells.count <= 64 else {
            writer.omit(path)
            return
        }
        let cells = cells.sorted { $0.id < $1.id }
        var nodes: [XLValue] = []
        for (place, cell) in cells.enumerated() {
            let memory = writer.mebibytes(cell.memory, path: "\(path)/cell[\(cell.id + 1)]/@memory")?.text ?? "0"
            var options = ["pnode=\(place)", "size=\(memory)"]
            if let cpus = cell.cpus { options.append("vcpus=\(cpus)") }
            // Also where none is said: xl's would be 0.
            options.append("vdistances=" + cells.map { "\(cell.distance(to: $0))" }.joined(separator: ","))
            nodes.append(.strings(options))
        }
        writer.set("vnuma", XLValue(.list(nodes)), path: path)
    }
}
