public import LibxlAPI
public import XenModel

/// A definition in libxl's words, and what of it has none.
public struct Translation: Hashable, Sendable {
    /// All that libxl is told.
    public var config: LibxlDomainConfig
    /// What libxl is told nothing of, in the order of the document.
    public var notices: [TranslationNotice]

    /// Translates `definition`, what it refers to taken from `context`; throws what no Xen can be told.
    public init(
        _ definition: DomainDefinition, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        config = try LibxlDomainConfig(definition, context: context)
        notices = definition.translationNotices
    }
}
