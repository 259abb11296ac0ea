import Glibc
import SystemPackage
import XenUnits

/// What the environment asks of a process on the fake host, above all to do to itself, for tests of what a killed or
/// stuck command leaves behind. Real hosts never look at it.
///
/// Steps are counted from 1, over driver and fake host together, in the order in which the process reaches them:
/// - `XENKEEPER_FAKE_STEP_LOG=FILE` appends each step's name to FILE, a line each;
/// - `XENKEEPER_FAKE_END_AT_STEP=N` ends the process (SIGKILL) as it reaches step N, before the step is done;
/// - `XENKEEPER_FAKE_STOP_AT_STEP=N` stops it there (SIGSTOP), until somebody sends SIGCONT.
///
/// And `XENKEEPER_FAKE_SCRIPT_LIMIT=SECONDS` says how long a hotplug script that a killed command left behind is waited
/// for. The fake host's scripts end with their process, so that waiting as long as for a real one is for nothing.
struct FaultSettings {
    let endStep: Int?
    let stopStep: Int?
    let logFile: FilePath?
    let scriptLimit: Duration?

    /// Reads the four variables; an empty one counts as not set.
    init(environment: [String: String]) throws(FaultSettingError) {
        func number(_ variable: String) throws(FaultSettingError) -> Int? {
            guard let text = environment[variable], !text.isEmpty else { return nil }
            guard let number = Int(text), number > 0 else {
                throw .badNumber(variable: variable, text: text)
            }
            return number
        }
        endStep = try number("XENKEEPER_FAKE_END_AT_STEP")
        stopStep = try number("XENKEEPER_FAKE_STOP_AT_STEP")
        scriptLimit = try number("XENKEEPER_FAKE_SCRIPT_LIMIT").map { .seconds($0) }
        let path = environment["XENKEEPER_FAKE_STEP_LOG"] ?? ""
        logFile = path.isEmpty ? nil : FilePath(path)
    }

    /// The hook that does it; the one hook must be given to driver and fake host, so that they count together.
    func hook() throws(FaultSettingError) -> StepHook {
        guard endStep != nil || stopStep != nil || logFile != nil else { return .none }
        let log = try logFile.map { path throws(FaultSettingError) in try Self.openLog(path) }
        let counter = StepCounter()
        let (endStep, stopStep) = (endStep, stopStep)
        return StepHook { step in
            counter.next { number in
                _ = try? log?.writeAll("\(step)\n".utf8)
                if number == stopStep { raise(SIGSTOP) }
                if number == endStep { raise(SIGKILL) }
            }
        }
    }

    private static func openLog(_ path: FilePath) throws(FaultSettingError) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                path, .writeOnly, options: [.append, .create, .closeOnExec], permissions: [.ownerReadWrite])
        } catch {
            throw .noLog(path: path.string, reason: "\(error)")
        }
    }
}

/// Counts steps from 1.
private final class StepCounter: Sendable {
    private let count = Locked(0)

    /// Counts a step and calls `body` with its number, one step at a time, so that the log has the order of the count.
    func next(_ body: (Int) -> Void) {
        count.withLock { count in
            count += 1
            body(count)
        }
    }
}

/// Why the fault settings are of no use.
enum FaultSettingError: Error, CustomStringConvertible {
    case badNumber(variable: String, text: String)
    case noLog(path: String, reason: String)

    var description: String {
        switch self {
        case .badNumber(let variable, let text):
            "\(variable) is '\(text)'; it must be a whole number, 1 or more"
        case .noLog(let path, let reason):
            "XENKEEPER_FAKE_STEP_LOG: cannot open '\(path)': \(reason)"
        }
    }
}
