import XenDriver

/// Why a verb failed: the lines that go to standard error, each after `error: `.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    /// What was attempted and why it failed, in this order.
    let lines: [String]
    /// Whether it failed before the verb itself was begun: virsh prints no blank line then.
    var isBeforeVerb = false

    /// A failure with these lines.
    init(_ lines: String...) {
        self.lines = lines
    }

    /// A failure with these lines.
    init(_ lines: [String]) {
        self.lines = lines
    }

    /// The driver's refusal of `attempt` on `domain`.
    ///
    /// An unknown domain fails before the attempt, so that is what virsh says then.
    init(attempt: String?, domain: DomainReference?, code: LibvirtErrorCode, reason: String) {
        if let domain, code == .noDomain {
            lines = ["failed to get domain '\(domain)'", reason]
        } else if let attempt {
            lines = [attempt, reason]
        } else {
            lines = [reason]
        }
    }

    var description: String { lines.joined(separator: ": ") }
}

/// Does `body`, and says of its failure that it was `attempt` on `domain` that failed; or what `virsh` says of it,
/// where virsh finds it out before the attempt.
func attempting<Result>(
    _ attempt: String? = nil, on domain: DomainReference? = nil, virsh: (DriverError) -> [String]? = { _ in nil },
    _ body: () async throws(DriverError) -> Result
) async throws(CommandFailure) -> Result {
    do throws(DriverError) {
        return try await body()
    } catch {
        if let lines = virsh(error) { throw CommandFailure(lines) }
        throw CommandFailure(attempt: attempt, domain: domain, code: error.code, reason: error.message)
    }
}

/// Does `body` with a document that was written of options, and reports what is wrong in it in the options' words:
/// `options` has the option or operand that each path of the document stands for.
func attempting<Result>(
    _ attempt: String, on domain: DomainReference, options: [String: String],
    _ body: () async throws(DriverError) -> Result
) async throws(CommandFailure) -> Result {
    do throws(DriverError) {
        return try await body()
    } catch {
        if let (path, problem) = error.documentProblem, let option = options[path] {
            throw CommandFailure(attempt, "invalid argument: \(option): \(problem)")
        }
        throw CommandFailure(attempt: attempt, domain: domain, code: error.code, reason: error.message)
    }
}
