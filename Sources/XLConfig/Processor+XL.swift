import XenModel
import XenUnits

// cpuid, vnuma.
extension DomainDefinition {
    mutating func readProcessor(_ reader: XLReader) throws(XLConfigError) {
        processor.numaCells = try NUMACell.read(reader)
        // Each of them is on a node of the host's, and libxl is to look for no other.
        if !processor.numaCells.isEmpty { xen.numaPlacement = false }
        guard let item = reader.item("cpuid") else { return }
        processor.mode = .hostPassthrough
        let features = try item.isList ? Self.registerFeatures(item) : Self.namedFeatures(item)
        for feature in features {
            // A document's word for them is xl's nestedhvm, and not the bit alone.
            guard !["vmx", "svm"].contains(feature.name) else {
                item.note(.unsupportedPart("\(feature.name)=\(Self.bit(of: feature.policy))"))
                continue
            }
            processor.features.append(feature)
        }
    }

    func writeProcessor(to writer: XLWriter) {
        let path = "/domain/cpu"
        writer.omit("\(path)/@mode", if: processor.mode != nil && processor.mode != .hostPassthrough)
        writer.omit("\(path)/model", if: processor.model != nil)
        NUMACell.write(processor.numaCells, to: writer)
        guard processor.mode == .hostPassthrough else {
            writer.omit("\(path)/feature", if: !processor.features.isEmpty)
            return
        }
        var words = ["host"]
        for (position, feature) in processor.features.enumerated() {
            if ["vmx", "svm"].contains(feature.name) {
                // libxl shows the feature where guests of the guest's own are allowed.
                guard Self.bit(of: feature.policy) != "x", xen.nestedHVM == nil else { continue }
                let isOn = Self.bit(of: feature.policy) == "1"
                writer.set(
                    "nestedhvm", .flag(isOn), path: "\(path)/feature[\(position + 1)]", for: [.hvm, .pvh])
                continue
            }
            guard !feature.name.isEmpty, feature.name.utf8.allSatisfy(\.isFeatureCharacter) else {
                writer.omit("\(path)/feature[\(position + 1)]")
                continue
            }
            words.append("\(CPUFeatureName.xen(of: feature.name))=\(Self.bit(of: feature.policy))")
        }
        writer.set("cpuid", .string(words.joined(separator: ",")), path: path)
    }

    private static func bit(of policy: FeaturePolicy?) -> String {
        switch policy {
        case nil, .force, .require: "1"
        case .optional: "x"
        case .disable, .forbid: "0"
        }
    }

    private static func policy(of bit: String) -> FeaturePolicy? {
        ["0": .disable, "1": .force, "x": .optional][bit]
    }

    /// `host,NAME=BIT,…`.
    private static func namedFeatures(_ item: XLItem) throws(XLConfigError) -> [ProcessorFeature] {
        let options = try item.options()
        guard options.first?.text == "host" else {
            // As xl, which complains of what it cannot read here, and goes on.
            if !options.isEmpty { item.note(.unsupportedPart(try item.text())) }
            return []
        }
        var features: [ProcessorFeature] = []
        for option in options.dropFirst() {
            guard let policy = option.value.flatMap(policy), !option.key.isEmpty,
                option.key.utf8.allSatisfy(\.isFeatureCharacter), !CPUFeatureName.numbers.contains(option.key)
            else {
                item.unsupported(option)
                continue
            }
            features.append(ProcessorFeature(name: CPUFeatureName.libvirt(of: option.key), policy: policy))
        }
        return features
    }

    /// `LEAF[,SUBLEAF]:REGISTER=BITS,…`, the highest bit first.
    private static func registerFeatures(_ list: XLItem) throws(XLConfigError) -> [ProcessorFeature] {
        var features: [ProcessorFeature] = []
        for item in try list.items() {
            let text = try item.safe()
            let numbers = text.pair(at: ":")?.0.parts(at: ",") ?? []
            guard let (leaf, registers) = text.pair(at: ":"), (1...2).contains(numbers.count),
                case .number(let number) = numbers[0].number(UInt32.self)
            else {
                // As xl, which complains of what it cannot read here, and goes on.
                item.note(.unsupportedPart(text))
                continue
            }
            for register in registers.parts(at: ",") {
                guard let (name, bits) = register.trimmed().pair(at: "="), bits.utf8.count == 32,
                    ["eax", "ebx", "ecx", "edx"].contains(name)
                else {
                    item.note(.unsupportedPart(register))
                    continue
                }
                let place = "\(number):\(name)"
                for (position, bit) in bits.unicodeScalars.enumerated() where bit != "x" {
                    let bit = String(bit)
                    guard numbers.count == 1 || numbers[1] == "0", let policy = policy(of: bit),
                        let feature = CPUFeatureName.bits[place]?[31 - position]
                    else {
                        item.note(.unsupportedPart("\(leaf):\(name) bit \(31 - position)=\(bit)"))
                        continue
                    }
                    features.append(ProcessorFeature(name: feature, policy: policy))
                }
            }
        }
        return features
    }
}

extension UInt8 {
    fileprivate var isFeatureCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// What libvirt and libxl call a feature of a processor, where they differ, and where CPUID has it.
enum CPUFeatureName {
    private static let names: [(libvirt: String, xen: String)] = [
        ("cx16", "cmpxchg16"), ("cid", "cntxid"), ("ds_cpl", "dscpl"), ("pclmuldq", "pclmulqdq"), ("pni", "sse3"),
        ("ht", "htt"), ("pn", "psn"), ("clflush", "clfsh"), ("sep", "sysenter"), ("cx8", "cmpxchg8"),
        ("nodeid_msr", "nodeid"), ("cr8legacy", "altmovcr8"), ("lahf_lm", "lahfsahf"),
        ("cmp_legacy", "cmplegacy"), ("fxsr_opt", "ffxsr"), ("pdpe1gb", "page1gb"), ("spec-ctrl", "ibrsb"),
    ]
    private static let xenNames = Dictionary(uniqueKeysWithValues: names.map { ($0.libvirt, $0.xen) })
    private static let libvirtNames = Dictionary(uniqueKeysWithValues: names.map { ($0.xen, $0.libvirt) })

    /// The names that stand for a number, not for a feature.
    static let numbers: Set<String> = [
        "apicidsize", "brandid", "clflush", "family", "localapicid", "maxleaf", "maxhvleaf", "model", "nc",
        "proccount", "procpkg", "stepping",
    ]

    static func xen(of libvirt: String) -> String { xenNames[libvirt] ?? libvirt }

    static func libvirt(of xen: String) -> String { libvirtNames[xen] ?? xen }

    /// libvirt's names by leaf, register and bit.
    static let bits: [String: [Int: String]] = [
        "1:ecx": [
            0: "pni", 1: "pclmuldq", 2: "dtes64", 3: "monitor", 4: "ds_cpl", 5: "vmx", 6: "smx", 7: "est", 8: "tm2",
            9: "ssse3", 10: "cid", 12: "fma", 13: "cx16", 14: "xtpr", 15: "pdcm", 17: "pcid", 18: "dca",
            19: "sse4.1", 20: "sse4.2", 21: "x2apic", 22: "movbe", 23: "popcnt", 24: "tsc-deadline", 25: "aes",
            26: "xsave", 27: "osxsave", 28: "avx", 29: "f16c", 30: "rdrand", 31: "hypervisor",
        ],
        "1:edx": [
            0: "fpu", 1: "vme", 2: "de", 3: "pse", 4: "tsc", 5: "msr", 6: "pae", 7: "mce", 8: "cx8", 9: "apic",
            11: "sep", 12: "mtrr", 13: "pge", 14: "mca", 15: "cmov", 16: "pat", 17: "pse36", 18: "pn",
            19: "clflush", 21: "ds", 22: "acpi", 23: "mmx", 24: "fxsr", 25: "sse", 26: "sse2", 27: "ss", 28: "ht",
            29: "tm", 30: "ia64", 31: "pbe",
        ],
        "7:ebx": [
            0: "fsgsbase", 3: "bmi1", 4: "hle", 5: "avx2", 7: "smep", 8: "bmi2", 9: "erms", 10: "invpcid", 11: "rtm",
            18: "rdseed", 19: "adx", 20: "smap",
        ],
        "2147483649:ecx": [
            0: "lahf_lm", 1: "cmp_legacy", 2: "svm", 3: "extapic", 4: "cr8legacy", 5: "abm", 6: "sse4a",
            7: "misalignsse", 8: "3dnowprefetch", 9: "osvw", 10: "ibs", 11: "xop", 12: "skinit", 13: "wdt",
            15: "lwp", 16: "fma4", 19: "nodeid_msr", 21: "tbm", 22: "topoext",
        ],
        "2147483649:edx": [
            11: "syscall", 20: "nx", 22: "mmxext", 25: "fxsr_opt", 26: "pdpe1gb", 27: "rdtscp", 29: "lm",
            30: "3dnowext", 31: "3dnow",
        ],
    ]
}
