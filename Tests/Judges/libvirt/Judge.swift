import DomainXML
import LibxlTestKit
import XLTestKit
import XenModel
import XenUnits

/// Compares what Xenkeeper tells libxl of documents with what libvirt's driver tells it.
struct Judge {
    let libvirt: RealLibvirt
    var purposes: Purposes

    /// What is found of one document.
    struct Judgement {
        var verdict: Verdict
        /// What is different and not on purpose.
        var unexplained: [Difference] = []

        /// What kinds of differences there are, whatever the number and the name of a device.
        var kinds: Set<String> {
            Set(
                unexplained.map { difference in
                    let place = difference.path.replacing(/\[\d+\]/, with: "[]")
                    let sentence = place == "refused" ? difference.theirs ?? difference.ours ?? "" : ""
                    return place + sentence.replacing(/'[^']*'|\d+|\(.*\)/, with: "")
                })
        }
    }

    enum Verdict: String {
        case same, failed = "FAIL", onPurpose = "on purpose", refused = "refused by both"
    }

    mutating func judgement(of document: Document) throws -> Judgement {
        let text = document.text
        let theirs = try libvirt.outcome(of: text)
        let ours = Self.outcome(of: text)
        if case .refused = theirs, case .refused = ours { return Judgement(verdict: .refused) }
        let found = XLComparison(theirs: theirs.resolved(in: text), ours: ours.resolved(in: text), notices: [])
            .differences
        if found.isEmpty { return Judgement(verdict: .same) }
        var unexplained: [Difference] = []
        for difference in found where purposes.reason(for: difference, in: document.name) == nil {
            unexplained.append(difference)
        }
        return Judgement(verdict: unexplained.isEmpty ? .onPurpose : .failed, unexplained: unexplained)
    }

    /// The smallest document of the parts of `document` that differs in one of these ways.
    mutating func reduced(_ document: Document, differingIn kinds: Set<String>) throws -> Document {
        try document.reduced { try !judgement(of: $0).kinds.isDisjoint(with: kinds) }
    }

    /// What Xenkeeper tells libxl of a document.
    private static func outcome(of text: String) -> XLCase.Outcome {
        do throws(DomainXMLError) {
            return XLResult.outcome(of: try DomainDefinition.parse(Array(text.utf8), options: XLResult.options).value)
        } catch {
            return .refused(error.description)
        }
    }
}

extension XLCase.Outcome {
    /// The same, where an address that `document` does not name is only said to be drawn, CPUID's leaves have no order, and
    /// nothing is said of an amount that libvirt asks libxl for.
    fileprivate func resolved(in document: String) -> XLCase.Outcome {
        guard case .passed(let leaves) = self else { return self }
        let named = document.lowercased()
        var kept: Leaves = [:]
        for (place, value) in leaves where place != "b_info.shadow_memkb" {
            if place.hasSuffix("].mac"), !named.contains(value.lowercased()) {
                kept[place] = "drawn"
            } else if let policy = place.firstMatch(of: /^(b_info\.cpuid\.cpuid\[\d+\]\.)([a-z]+)$/) {
                guard policy.2.count == 3, let leaf = leaves[policy.1 + "leaf"] else { continue }
                let subleaf = leaves[policy.1 + "subleaf"].map { ".\($0)" } ?? ""
                kept["b_info.cpuid.\(leaf)\(subleaf).\(policy.2)"] = value
            } else {
                kept[place] = value
            }
        }
        return .passed(kept)
    }
}
