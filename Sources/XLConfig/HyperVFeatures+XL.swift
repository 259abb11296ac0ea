import XenModel
import XenUnits

// viridian.
extension Features {
    /// xl's groups, and the interface of a domain document that is the same.
    private static let groups: [(String, HyperVFeature?)] = [
        ("base", nil), ("freq", .frequencies), ("time_ref_count", nil), ("reference_tsc", nil),
        ("hcall_remote_tlb_flush", .tlbflush), ("apic_assist", .vapic), ("crash_ctl", nil), ("synic", .synic),
        ("stimer", .stimer), ("hcall_ipi", .ipi), ("ex_processor_masks", nil), ("no_vp_limit", nil),
        ("cpu_hotplug", nil),
    ]
    /// The groups that a document's `hyperv` always has, and those that `stimer` has besides.
    private static let always: Set<String> = ["base", "crash_ctl"]
    private static let withTimers: Set<String> = ["time_ref_count", "reference_tsc", "synic"]

    mutating func readViridian(_ reader: XLReader) throws(XLConfigError) {
        guard let item = reader.item("viridian", for: [.hvm]) else { return }
        guard item.isList else {
            // A document cannot express off, which is libxl's default.
            viridian = try item.flag() ? true : nil
            return
        }
        var on: Set<String> = []
        var off: Set<String> = []
        var hasAll = false
        let names = Self.groups.map { ($0.0, $0.0) }
        for group in try item.items() {
            let text = try group.text()
            if text == "all" {
                hasAll = true
            } else if text == "defaults" {
                viridian = true
            } else if let name = text.without(prefix: "!") {
                let name = try group.word(name, names)
                off.insert(name)
                on.remove(name)
            } else {
                let name = try group.word(text, names)
                on.insert(name)
                off.remove(name)
            }
        }
        guard hasAll || !on.isEmpty || !off.isEmpty else { return }
        var features = HyperVFeatures(mode: hasAll ? .passthrough : .custom)
        let hasTimers = on.contains("stimer")
        for (name, feature) in Self.groups {
            if off.contains(name) {
                guard let feature else {
                    item.note(.unsupportedPart("!\(name)"))
                    continue
                }
                features.states[feature] = false
            } else if on.contains(name), !hasAll {
                if let feature {
                    features.states[feature] = true
                } else if !Self.always.contains(name), !(hasTimers && Self.withTimers.contains(name)) {
                    item.note(.unsupportedPart(name))
                }
            } else if !hasAll, Self.always.contains(name) && !on.isEmpty || hasTimers && Self.withTimers.contains(name)
            {
                if let feature { features.states[feature] = true }
                item.note(.implied(name))
            }
        }
        hyperV = features
    }

    func writeViridian(to writer: XLWriter) {
        let path = "/domain/features/hyperv"
        guard let hyperV else {
            writer.set("viridian", viridian.map { .flag($0) }, path: "/domain/features/viridian", for: [.hvm])
            return
        }
        var groups: [String] = viridian == true ? ["defaults"] : []
        writer.omit("/domain/features/viridian", if: viridian == false)
        let isOn = hyperV.states.values.contains(true) || hyperV.states.isEmpty
        if hyperV.mode == .passthrough {
            groups.append("all")
        } else if isOn {
            groups += Self.groups.map(\.0).filter { Self.always.contains($0) }
        }
        let hasTimers = hyperV.mode == .custom && hyperV.states[.stimer] == true
        for (name, feature) in Self.groups {
            if let feature, let state = hyperV.states[feature] {
                if state {
                    if hyperV.mode == .custom { groups.append(name) }
                } else {
                    groups.append("!\(name)")
                }
            } else if hasTimers, Self.withTimers.contains(name) {
                groups.append(name)
            }
        }
        // Part of the base group, which is always there.
        let based: Set<HyperVFeature> = [.relaxed, .vpindex]
        for (feature, state) in hyperV.states.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let hasGroup = Self.groups.contains { $0.1 == feature } || state && based.contains(feature)
            writer.omit("\(path)/\(feature.rawValue)", if: !hasGroup)
        }
        writer.set("viridian", texts: groups, path: path, for: [.hvm])
    }
}
