import XenUnits

/// Which processors a text has named so far. A range costs as much as the map has words, however long it is.
struct ProcessorMap {
    private var words = [UInt64](repeating: 0, count: Int(CPUSet.highest / 64) + 1)

    /// Puts the processors of `range` in or takes them out; none of them is above `CPUSet.highest`.
    mutating func set(_ range: ClosedRange<UInt32>, to isMember: Bool) {
        let first = Int(range.lowerBound / 64)
        let last = Int(range.upperBound / 64)
        for word in first...last {
            var mask = UInt64.max
            if word == first { mask &= .max << UInt64(range.lowerBound % 64) }
            if word == last { mask &= .max >> UInt64(63 - range.upperBound % 64) }
            words[word] = isMember ? words[word] | mask : words[word] & ~mask
        }
    }

    /// In order.
    var members: [UInt32] {
        (0...CPUSet.highest).filter { words[Int($0 / 64)] >> UInt64($0 % 64) & 1 == 1 }
    }
}
