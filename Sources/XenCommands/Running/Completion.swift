import ArgumentParser
import XenDriver
import XenModel
import XenUnits

extension CompletionKind {
    /// A word that the host knows. The parser learns here only that a shell is to ask; `Completion` has the answer, for it
    /// must wait for a host, and the parser does not.
    static var known: CompletionKind { .custom { _, _, _ in [] } }
}

/// A shell's question which words may stand at a place of a command line. Source: the scripts that the argument parser
/// makes for bash, zsh and fish call `xenkeeper ---completion VERB -- ARGUMENT INDEX CURSOR WORD...`.
struct Completion {
    /// What belongs at the place: the name of the value in the verb's usage.
    private let valueName: String
    /// The words of the line before the place, without the program's own name.
    private let words: CommandWords

    /// The question that `arguments`, without the program's name, are; nil if they are none.
    init?(_ arguments: [String]) {
        guard arguments.first == "---completion" else { return nil }
        let parts = arguments.dropFirst().split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let verb = parts[0].first.flatMap(VerbName.init(rawValue:)) else { return nil }
        let question = Array(parts[1])
        guard question.count > 3, let index = Int(question[1]), index > 0,
            let valueName = VerbSyntax(verb.verb)?.valueName(of: question[0]),
            let words = try? CommandWords(Array(question[3...].prefix(index).dropFirst()))
        else { return nil }
        self.valueName = valueName
        self.words = words
    }

    /// The answer, a word a line. A shell has no place for an error: where nothing can be asked, there is no word.
    func text(in session: Session) async -> String {
        guard let global = try? GlobalOptions.parse(words.options),
            let driver = try? CommandContext(session: session, global: global).silentDriver()
        else { return "" }
        let found = (try? await candidates(of: driver)) ?? []
        // zsh takes what follows a colon for the description of the word.
        let isZsh = session.environment["SAP_SHELL"] == "zsh"
        return found.map { (isZsh ? $0.replacing(":", with: "\\:") : $0) + "\n" }.joined()
    }

    private func candidates(of driver: Driver) async throws(DriverError) -> [String] {
        if valueName == "domain" { return try await driver.domains().map(\.name) }
        guard let word = domain else { return [] }
        let domain = DomainReference(word)
        switch valueName {
        case "alias": return try await driver.devices(of: domain).compactMap { $0.alias?.description }
        case "identity": return try await driver.devices(of: domain).compactMap { $0.identity?.description }
        case "mac": return try await driver.interfaces(of: domain, inactive: false).map(\.mac.description)
        case "interface":
            return try await driver.interfaces(of: domain, inactive: false)
                .flatMap { [$0.target, $0.mac.description].compactMap { $0 } }
        case "target": return try await driver.disks(of: domain, inactive: false).map(\.target)
        default: return []
        }
    }

    /// The domain that the line names.
    private var domain: String? {
        let option = "--domain="
        if let named = words.operands.first(where: { $0.hasPrefix(option) }) {
            return String(named.dropFirst(option.count))
        }
        return words.operands.first { !$0.hasPrefix("-") }
    }
}
