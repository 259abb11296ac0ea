import LibXML
import XenModel
package import XenUnits

// `/domain/on_poweroff`, `/domain/on_reboot`, `/domain/on_crash`.
extension LifecycleAction {
    /// The action in the child `name`; nil without one, and for an empty one.
    static func read(_ name: String, in domain: ElementReader) throws(DomainXMLError) -> LifecycleAction? {
        try domain.child(name) { reader throws(DomainXMLError) -> LifecycleAction? in
            let word = reader.text()
            guard !word.isEmpty else { return nil }
            guard let action = allCases.first(where: { $0.word == word }) else {
                throw reader.error(.unknownWord(word, known: allCases.map(\.word)))
            }
            return action
        } ?? nil
    }

    /// The word of the domain document.
    package var word: String {
        switch self {
        case .destroy: "destroy"
        case .restart: "restart"
        case .restartRename: "rename-restart"
        case .preserve: "preserve"
        case .coredumpDestroy: "coredump-destroy"
        case .coredumpRestart: "coredump-restart"
        }
    }
}

// `/domain/xenkeeper:options/onSoftReset`.
extension SoftResetAction {
    /// The word of the domain document.
    package var word: String { LifecycleAction(rawValue: rawValue)?.word ?? "soft-reset" }
}
