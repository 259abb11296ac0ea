import ArgumentParser

/// A verb's words, each of which virsh takes by its place or by its name (`start vm1`, `start --domain vm1`).
///
/// Words given by place fill, in order, the slots that were not given by name.
struct Operands {
    /// One word that the verb needs.
    struct Slot {
        /// Its name, which is also its option's: `domain`.
        let name: String
        /// The value of its option.
        let named: String?
        /// Whether the verb can do without it.
        var isOptional = false
    }

    private var values: [String: String] = [:]

    /// Gives each of `slots` its value; throws a `ValidationError` if one is missing or empty, or a word is left over.
    init(_ slots: [Slot], words: [String?]) throws {
        var remaining = words.compactMap { $0 }[...]
        for slot in slots {
            guard let value = slot.named ?? remaining.popFirst() else {
                if slot.isOptional { continue }
                throw ValidationError("the operand <\(slot.name)> is missing")
            }
            guard !value.isEmpty else { throw ValidationError("the operand <\(slot.name)> is empty") }
            values[slot.name] = value
        }
        if let extra = remaining.first { throw ValidationError("unexpected data '\(extra)'") }
    }

    /// The value of a slot; nil for an optional one that was not given.
    subscript(name: String) -> String? { values[name] }

    /// The value of a slot that is not optional.
    func required(_ name: String) throws -> String {
        guard let value = values[name] else { throw ValidationError("the operand <\(name)> is missing") }
        return value
    }
}
