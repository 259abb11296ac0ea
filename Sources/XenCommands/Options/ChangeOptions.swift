import ArgumentParser
import XenDriver

/// What every verb that changes something takes.
struct ChangeOptions: ParsableArguments {
    /// The longest wait that can be asked for: a day.
    static let longestTimeout = 86_400

    /// The option in a line of usage.
    static let usage = "[--timeout <seconds>]"

    @Option(
        help: ArgumentHelp(
            "Give up after so many seconds, 1 to \(longestTimeout), and undo what was begun.",
            discussion: """
                It is for all of the command, the wait for another one on the same domain included; else that has 60 \
                seconds, and the wait 30 of them. Undoing has 60 seconds of its own.
                """,
            valueName: "seconds"))
    var timeout: Int?

    func validate() throws {
        guard let timeout else { return }
        guard (1...Self.longestTimeout).contains(timeout) else {
            throw ValidationError("--timeout is \(timeout); it must be 1 to \(Self.longestTimeout) seconds")
        }
    }
}

/// The permission to change a domain that another toolstack made, for verbs that make sense on it.
struct ForeignOption: ParsableArguments {
    @Flag(
        name: .customLong("foreign"),
        help: "Do it also to a domain that another toolstack, such as xl, made; such a domain is left alone otherwise.")
    var isForeign = false
}

/// Whether a verb takes a device away without asking.
struct ForceOption: ParsableArguments {
    @Flag(
        name: .customLong("force"),
        help: "Take the device away without asking the guest, who may lose what it had not written yet.")
    var isForced = false
}

/// What a device is in Xen, as one more criterion.
struct IdentityOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the device is in Xen, as device-list shows it: vif/3 or vbd/51712.", valueName: "identity"),
        completion: .known)
    var identity: String?

    /// The criterion, if it is given.
    var selectors: [DeviceSelector] { identity.map { [.identity($0)] } ?? [] }
}

/// How a verb that reads a document takes what it does not know.
struct StrictOption: ParsableArguments {
    @Flag(
        name: .customLong("strict"),
        help: "Refuse a document with an element that would be left out, instead of warning of it.")
    var isStrict = false
}

/// The choice of form for a verb that lists something.
struct JSONOption: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON instead of a table.")
    var isJSON = false
}

/// Whether a verb shows what only they may see who ask for it.
struct SecretsOption: ParsableArguments {
    @Flag(name: .customLong("security-info"), help: "Show passwords, which are left out otherwise.")
    var areShown = false
}

/// Which definition a verb shows.
struct InactiveOption: ParsableArguments {
    @Flag(name: .customLong("inactive"), help: "Show the persistent definition even if the domain runs.")
    var isInactive = false
}
