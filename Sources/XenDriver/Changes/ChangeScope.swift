/// Which of a domain's two definitions a change is for. Source: virsh's `--current`, `--live`, `--config`,
/// `--persistent`.
public enum ChangeScope: String, Hashable, Sendable, CaseIterable {
    /// The live one if the domain runs, else the persistent one.
    case current
    /// The live one; an error if the domain does not run.
    case live
    /// The persistent one, for the next start; an error if the domain is transient.
    case config
    /// Both; an error if either is missing.
    case liveAndConfig
    /// The persistent one, and the live one if the domain runs.
    case persistent
}
