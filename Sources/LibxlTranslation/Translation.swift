package import LibxlAPI
package import XenModel

/// A definition in libxl's words, and what of it has none.
package struct Translation: Hashable, Sendable {
    /// All that libxl is given, without what `obstacles` are about.
    package var config: LibxlDomainConfig
    /// What is not passed to libxl, in the order of the document.
    package var notices: [TranslationNotice]
    /// All that keeps a domain from being made of it; none if one can be.
    package var obstacles: [Untranslatable]

    /// Translates `definition`, what it refers to taken from `context`.
    package init(_ definition: DomainDefinition, context: TranslationContext = TranslationContext()) {
        var obstacles = Obstacles()
        config = LibxlDomainConfig(definition, context, &obstacles)
        // Of what keeps the domain from being started it is not said that it has no effect.
        let refused = Set(obstacles.found.map(\.path))
        notices = definition.translationNotices.filter { !refused.contains($0.path) }
        self.obstacles = obstacles.found
    }
}
