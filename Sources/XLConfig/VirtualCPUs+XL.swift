import XenModel
import XenUnits

// vcpus, maxvcpus, cpus, cpus_soft.
extension VirtualCPUs {
    /// How many a domain can have.
    private static let range: ClosedRange<UInt32> = 1...most

    static func read(_ reader: XLReader) throws(XLConfigError) -> VirtualCPUs {
        let current = reader.item("vcpus")
        let online = try current?.number(in: range)
        let nodes = try NUMACell.processorCount(reader)
        let maximum = try reader.item("maxvcpus")?.number(in: range) ?? nodes ?? online ?? 1
        if let current, let online, online > maximum {
            throw current.error(.aboveMaximum(UInt64(online), maximum: UInt64(maximum)))
        }
        // libxl's default is one on line.
        var vcpus = VirtualCPUs(maximum: maximum, current: online ?? 1)
        if let item = reader.item("cpus"), !item.isList { vcpus.cpuSet = try CPUSet.read(item) }
        return vcpus
    }

    func write(to writer: XLWriter) {
        if maximum != current { writer.set("maxvcpus", .number(maximum), path: "/domain/vcpu") }
        writer.set("vcpus", .number(current), path: "/domain/vcpu")
        // xl has the first ones on line.
        let isFirst = individual.allSatisfy { $0.isEnabled == ($0.id < current) }
        writer.omit("/domain/vcpus", if: !isFirst)
    }
}

extension CPUSet {
    /// Reads a list of the host's processors; nil for all of them.
    static func read(_ item: XLItem) throws(XLConfigError) -> CPUSet? {
        let text = try item.text()
        var map = ProcessorMap()
        var isAll = false
        var needsHost = false
        for part in text.parts(at: ",") {
            // As C's strtok does it.
            guard !part.isEmpty else { continue }
            let isOut = part.without(prefix: "^") != nil
            var name = part.without(prefix: "^") ?? part
            if let nodes = name.without(prefix: "nodes:") ?? name.without(prefix: "node:") {
                needsHost = true
                name = nodes
            }
            if name == "all", !isOut {
                isAll = true
                continue
            }
            let ends = name.parts(at: "-")
            guard (1...2).contains(ends.count), let first = ends[0].digits(radix: 10, UInt32.self),
                let last = ends[ends.count - 1].digits(radix: 10, UInt32.self), first <= last, last <= highest
            else { throw item.error(.badCPUList(text)) }
            // Which are left of all depends on the host.
            if isAll, isOut { needsHost = true }
            map.set(first...last, to: !isOut)
        }
        guard !needsHost else {
            item.note(.unsupportedPart(text))
            return nil
        }
        if isAll { return nil }
        let members = map.members
        guard !members.isEmpty else { throw item.error(.badCPUList(text)) }
        return CPUSet(members)
    }
}

extension DomainDefinition {
    mutating func readAffinity(_ reader: XLReader) throws(XLConfigError) {
        if let item = reader.item("cpus"), item.isList {
            cpuTuning.pins = try readPins(item)
            xen.numaPlacement = false
        } else if vcpus.cpuSet != nil {
            // libxl then looks for a place within the set.
            xen.numaPlacement = true
        } else if reader.configuration["cpus"] != nil {
            // All of them are a set as well, and leave libxl nothing to choose.
            xen.numaPlacement = false
        }
        guard let item = reader.item("cpus_soft") else { return }
        // xl then has libxl place the domain nowhere.
        xen.numaPlacement = false
        if item.isList {
            xen.softPins = try readPins(item)
        } else if let set = try CPUSet.read(item) {
            xen.softPins = (0..<vcpus.maximum).map { VCPUPin(vcpu: $0, cpuSet: set) }
        }
    }

    private func readPins(_ list: XLItem) throws(XLConfigError) -> [VCPUPin] {
        var pins: [VCPUPin] = []
        for (number, item) in try list.items().enumerated() {
            guard number < vcpus.maximum else {
                item.note(.ineffective(because: "maxvcpus"))
                continue
            }
            if let set = try CPUSet.read(item) { pins.append(VCPUPin(vcpu: UInt32(number), cpuSet: set)) }
        }
        return pins
    }

    func writeAffinity(to writer: XLWriter) {
        let path = "/domain/cputune/vcpupin"
        let isEmpty = vcpus.cpuSet.map(\.members.isEmpty) ?? false
        writer.omit("/domain/vcpu/@cpuset", if: isEmpty)
        if cpuTuning.pins.isEmpty, xen.numaPlacement == true, let set = vcpus.cpuSet, !isEmpty {
            // A text leaves it to libxl to choose among them; a list, one for each vCPU, does not.
            writer.set("cpus", .string(set.description), path: "/domain/vcpu/@cpuset")
        } else if !isEmpty {
            write(cpuTuning.pins, else: vcpus.cpuSet, key: "cpus", path: path, to: writer)
        }
        write(xen.softPins, else: nil, key: "cpus_soft", path: "/domain/xenkeeper:options/softPin", to: writer)
        let isUnplaced =
            writer.configuration["cpus"]?.text == nil && writer.configuration["cpus"] != nil
            || writer.configuration["cpus_soft"] != nil || !processor.numaCells.isEmpty
        let placementPath = "/domain/xenkeeper:options/numaPlacement"
        if xen.numaPlacement == false, !isUnplaced {
            // Says no more than that libxl is not to choose.
            writer.set("cpus_soft", .string("all"), path: placementPath)
        }
        writer.omit(placementPath, if: xen.numaPlacement == true && writer.configuration["cpus"]?.text == nil)
    }

    private func write(_ pins: [VCPUPin], else set: CPUSet?, key: String, path: String, to writer: XLWriter) {
        var sets: [UInt32: CPUSet] = [:]
        for (position, pin) in pins.enumerated() {
            guard pin.vcpu < vcpus.maximum, pin.vcpu < VirtualCPUs.most, !pin.cpuSet.members.isEmpty else {
                writer.omit("\(path)[\(position + 1)]")
                continue
            }
            sets[pin.vcpu] = pin.cpuSet
        }
        guard let last = set == nil ? sets.keys.max() : min(max(vcpus.maximum, 1), VirtualCPUs.most) - 1 else { return }
        writer.set(key, texts: (0...last).map { (sets[$0] ?? set)?.description ?? "all" }, path: path)
    }
}
