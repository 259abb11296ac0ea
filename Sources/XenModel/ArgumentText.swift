/// The arguments of a command as one text, as a shell takes them apart, without expanding anything.
package enum ArgumentText {
    /// The words of `text`, separated by white space; single or double quotes keep white space in a word and are taken
    /// off. Nil if a quote does not close.
    package static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open {
                    quote = nil
                } else {
                    word?.append(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let complete = word { words.append(complete) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        return words + (word.map { [$0] } ?? [])
    }

    /// The text that `split` takes apart into `words`.
    package static func join(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        guard word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "'" || $0 == "\"" }) else { return word }
        guard word.contains("'") else { return "'\(word)'" }
        // Each apostrophe in quotes of the other kind, between pieces in its own.
        return word.split(separator: "'", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "'\($0)'" }
            .joined(separator: "\"'\"")
    }
}
