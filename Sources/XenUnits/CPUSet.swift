/// A set of processors, host's or guest's, or of NUMA nodes: numbers from 0 to 16383, as in libvirt.
///
/// Text form: numbers and ranges joined by commas, as in `0-3,8`; reading also takes `^N`, which takes a number out of
/// what stands before it, and white space around each part. Source: `/domain/vcpu/@cpuset` and its like, libxl's
/// `libxl_bitmap`.
package struct CPUSet: Hashable, Sendable, LosslessStringConvertible {
    /// In order, none twice.
    package let members: [UInt32]

    /// The highest number that a set may have.
    package static let highest: UInt32 = 16383

    /// The set of these numbers; those above `highest` are left out.
    package init(_ members: some Sequence<UInt32>) {
        self.members = Set(members).filter { $0 <= Self.highest }.sorted()
    }

    /// Reads the text form; nil for anything else, and for a set of nothing.
    package init?(_ description: String) {
        var members: Set<UInt32> = []
        for part in description.split(separator: ",", omittingEmptySubsequences: false) {
            let part = part.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
            let text = String(part)
            if text.hasPrefix("^") {
                guard let number = Self.number(text.dropFirst()) else { return nil }
                members.remove(number)
                continue
            }
            let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = Self.number(ends[0]),
                let last = Self.number(ends[ends.count - 1]), first <= last
            else { return nil }
            members.formUnion(first...last)
        }
        guard !members.isEmpty else { return nil }
        self.members = members.sorted()
    }

    package var description: String {
        var ranges: [ClosedRange<UInt32>] = []
        for member in members {
            if let last = ranges.last, last.upperBound + 1 == member {
                ranges[ranges.count - 1] = last.lowerBound...member
            } else {
                ranges.append(member...member)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    private static func number(_ text: some StringProtocol) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt32(text), number <= highest
        else { return nil }
        return number
    }
}
