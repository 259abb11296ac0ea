import ArgumentParser
import XenDriver

/// Which of the domain's two definitions a change is for.
struct ScopeOptions: ParsableArguments {
    /// The flags in a line of usage.
    static let usage = "[--current | --live --config]"

    @Flag(help: "Change the running domain.")
    var live = false

    @Flag(help: "Change the persistent definition: what the next start makes.")
    var config = false

    @Flag(help: "Change the running domain if it runs, else the persistent definition.")
    var current = false

    /// The scope that the flags mean; `unsaid` if there are none.
    func scope(unsaid: ChangeScope) throws -> ChangeScope {
        try ScopeFlags(live: live, config: config, current: current).scope(unsaid: unsaid)
    }

    func validate() throws {
        _ = try scope(unsaid: .current)
    }
}

/// The same, for the verbs that know `--persistent`.
struct PersistentScopeOptions: ParsableArguments {
    /// The flags in a line of usage.
    static let usage = "[--persistent | --current | --live --config]"

    @Flag(help: "Change the persistent definition, and the running domain too if it runs.")
    var persistent = false

    @OptionGroup var others: ScopeOptions

    /// The scope that the flags mean; `unsaid` if there are none.
    func scope(unsaid: ChangeScope) throws -> ChangeScope {
        let flags = ScopeFlags(
            live: others.live, config: others.config, current: others.current, persistent: persistent)
        return try flags.scope(unsaid: unsaid)
    }

    func validate() throws {
        _ = try scope(unsaid: .current)
    }
}

/// virsh's scope flags, and what each combination of them means.
struct ScopeFlags: Hashable, Sendable {
    var live = false
    var config = false
    var current = false
    var persistent = false

    /// The scope that the flags mean; `unsaid` if there are none. Throws a `ValidationError` where virsh refuses the
    /// combination.
    func scope(unsaid: ChangeScope) throws -> ChangeScope {
        for (isGiven, name) in [(live, "live"), (config, "config")] where current && isGiven {
            throw ValidationError("Options --current and --\(name) are mutually exclusive")
        }
        if persistent && current {
            throw ValidationError("Options --persistent and --current are mutually exclusive")
        }
        return switch (live, config, current, persistent) {
        case (true, true, _, _), (true, _, _, true): .liveAndConfig
        case (true, false, _, false): .live
        case (false, _, _, true): .persistent
        case (false, true, _, false): .config
        case (false, false, true, false): .current
        case (false, false, false, false): unsaid
        }
    }
}
