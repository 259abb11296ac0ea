package import LibxlAPI
import XenUnits

/// Draws libxl's values, the same for the same seed.
package struct Generator: RandomNumberGenerator {
    private var random: SeededGenerator
    /// Whether values have what libxl came to know after Xen 4.17.
    let isOfLaterXen: Bool

    package init(seed: UInt64, isOfLaterXen: Bool = true) {
        random = SeededGenerator(seed: seed)
        self.isOfLaterXen = isOfLaterXen
    }

    package mutating func next() -> UInt64 { random.next() }

    package mutating func flip() -> Bool { next() & 1 == 1 }

    package mutating func maybe<Value>(_ value: (inout Generator) -> Value) -> Value? {
        flip() ? value(&self) : nil
    }

    /// Up to three.
    package mutating func list<Value>(_ value: (inout Generator) -> Value) -> [Value] {
        (0..<Int(next() % 4)).map { _ in value(&self) }
    }

    /// Some numbers below 100, in order.
    package mutating func numbers() -> [UInt32] {
        (0..<UInt32(100)).filter { _ in next() % 8 == 0 }
    }

    package mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(next() % UInt64(values.count))]
    }

    /// A text with everything in it that JSON has to take care of.
    package mutating func text() -> String {
        let parts = ["a", "xenbr0", "/dev/vg/x", " ", "\"", "\\", "é", "日本", "\n", "\t", "/", "0", "🗝", "\u{1}"]
        return (0..<(1 + Int(next() % 6))).map { _ in pick(parts) }.joined()
    }

    package mutating func domainInfo() -> LibxlDomainInfo {
        var info = LibxlDomainInfo(
            domid: DomainID(rawValue: UInt32(next() >> 40)), uuid: DomainUUID(high: next(), low: next()),
            guestType: pick(GuestType.allCases), currentMemory: Kibibytes(next() >> 20),
            maximumMemory: Kibibytes(next() >> 20), vcpuCount: UInt32(next() >> 40), vcpuOnline: UInt32(next() >> 40))
        info.running = flip()
        info.blocked = flip()
        info.paused = flip()
        info.shutdown = flip()
        info.dying = flip()
        if info.shutdown { info.shutdownReason = pick(LibxlShutdownReason.allCases) }
        info.cpuTime = next()
        return info
    }
}
