import Glibc

/// A text that equals another only if it has the same bytes: a name or a path, as libxl, xenstore and the file system
/// distinguish them.
///
/// Swift's own texts are equal if a reader sees the same, so that "é" as one scalar and as two would be one name.
package struct ExactText: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// The bytes of `text`.
    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }

    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.isExactly(right.text) }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // No byte of UTF-8.
        hasher.combine(UInt8.max)
    }
}

extension String {
    /// Whether this has the same bytes as `other`.
    package func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension [UInt8] {
    /// Whether this is the same as `other`, found out by the system: a file's bytes are many.
    package func isExactly(_ other: [UInt8]) -> Bool {
        count == other.count
            && withUnsafeBytes { mine in
                other.withUnsafeBytes { theirs in
                    guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                    return memcmp(left, right, mine.count) == 0
                }
            }
    }
}
