#if Xen
import Glibc

extension Optional<String> {
    /// A copy that libxl frees; nil for nil.
    func duplicated(for field: String) throws(Unfit) -> UnsafeMutablePointer<CChar>? {
        guard let self else { return nil }
        return try self.duplicated(for: field)
    }
}

extension String {
    /// A copy that libxl frees.
    func duplicated(for field: String) throws(Unfit) -> UnsafeMutablePointer<CChar> {
        // C would take what is behind it for the end, and the rest would vanish.
        guard !utf8.contains(0) else { throw Unfit(field: field, reason: "the text has a zero byte in it") }
        guard let copy = strdup(self) else { throw Unfit(field: field, reason: "out of memory") }
        return copy
    }
}

extension [String] {
    /// A `libxl_string_list` that libxl frees; nil if there are none.
    func duplicated(for field: String) throws(Unfit) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard !isEmpty else { return nil }
        // Cleared, so that it ends where the copies end, also if one of them fails.
        guard let memory = calloc(count + 1, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride) else {
            throw Unfit(field: field, reason: "out of memory")
        }
        let list = memory.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: count + 1)
        do throws(Unfit) {
            for (index, text) in enumerated() { list[index] = try text.duplicated(for: field) }
        } catch {
            for index in indices { free(list[index]) }
            free(memory)
            throw error
        }
        return list
    }
}

extension UnsafeMutablePointer<CChar>? {
    /// The text; nil for NULL. Bytes that are no UTF-8 are replaced.
    var text: String? { map { String(cString: $0) } }
}
#endif
