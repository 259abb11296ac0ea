import LibXML
import XenModel
import XenUnits

// `memory`, `grants` and `reservedMemory` in `/domain/xenkeeper:options`.
extension XenOptions {
    mutating func readMemory(in options: ElementReader) throws(DomainXMLError) {
        try options.child("memory") { reader throws(DomainXMLError) in
            mmioHole = try reader.mebibytes("mmioHole")
            shadowMemory = try reader.mebibytes("shadow")
            claimMemory = try reader.yesOrNo("claim")
        }
        try options.child("grants") { reader throws(DomainXMLError) in
            maxMaptrackFrames = try reader.number(attribute: "maxMaptrackFrames", in: 0...UInt32.max)
            maxGrantVersion = try reader.number(attribute: "maxVersion", in: 1...2)
        }
        reservedMemory = try options.child("reservedMemory") { reader throws(DomainXMLError) in
            let strategy = try reader.word("strategy", of: Strategy.self)
            return ReservedMemory(
                isWholeHost: strategy == .host, policy: try reader.word("policy"),
                boundary: try reader.mebibytes("boundary"))
        }
    }

    func writeMemory(to options: inout XMLElement) {
        options.add(
            xenkeeper: "memory",
            [
                "mmioHole": mmioHole?.mebibytes, "shadow": shadowMemory?.mebibytes, "claim": claimMemory?.yesOrNo,
            ])
        options.add(
            xenkeeper: "grants",
            ["maxMaptrackFrames": maxMaptrackFrames?.description, "maxVersion": maxGrantVersion?.description])
        if let reservedMemory {
            let strategy: Strategy = reservedMemory.isWholeHost ? .host : .ignore
            options.add(
                xenkeeper: "reservedMemory",
                [
                    "strategy": strategy.rawValue, "policy": reservedMemory.policy?.rawValue,
                    "boundary": reservedMemory.boundary?.mebibytes,
                ])
        }
    }
}

/// `reservedMemory/@strategy`, in libxl's words; absent is `ignore`.
private enum Strategy: String, CaseIterable {
    case ignore
    case host
}

extension ElementReader {
    /// The attribute as a number of MiB, at most 2 to the power of 40; nil if it is not there.
    func mebibytes(_ name: String) throws(DomainXMLError) -> Kibibytes? {
        try number(attribute: name, in: 0...1 << 40).map { Kibibytes($0 << 10) }
    }
}

extension Kibibytes {
    /// The amount in MiB, rounded up.
    var mebibytes: String { "\(count / 1024 + (count % 1024 == 0 ? 0 : 1))" }
}
