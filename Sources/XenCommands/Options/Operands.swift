import XenDriver

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

    /// Gives each of `slots` its value; throws if one is missing or empty, or a word is left over.
    init(_ slots: [Slot], words: [String?]) throws(UsageError) {
        var remaining = words.compactMap { $0 }[...]
        var missing: [String] = []
        for slot in slots {
            if let value = slot.named ?? remaining.popFirst() {
                values[slot.name] = value
            } else if !slot.isOptional {
                missing.append("<\(slot.name)>")
            }
        }
        if let extra = remaining.first { throw .unexpected(extra) }
        guard missing.isEmpty else { throw .missing(missing) }
        for slot in slots where values[slot.name]?.isEmpty == true { throw .empty(slot.name) }
    }

    /// The value of a slot; nil for an optional one that was not given.
    subscript(name: String) -> String? { values[name] }

    /// The value of a slot that is not optional.
    func required(_ name: String) throws(UsageError) -> String {
        guard let value = values[name] else { throw .missing(["<\(name)>"]) }
        return value
    }

    /// The value of the slot of a `DomainOperand`.
    func domain() throws(UsageError) -> DomainReference { DomainReference(try required("domain")) }
}
