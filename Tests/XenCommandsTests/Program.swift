import Foundation
import Subprocess
import SystemPackage
import Testing

import func LibxlTestKit.contents

/// The built `xenkeeper`, run as its users run it, on a fake host of its own that goes with this value.
final class Program: Sendable {
    /// How a run ended, and what it said.
    struct Outcome: Sendable {
        /// The exit code; nil if a signal ended the process.
        var status: Int32?
        /// The signal; nil if the process exited.
        var signal: Int32?
        var output: String
        var errors: String

        /// The output; of a verb that failed without the blank line that virsh prints after it.
        var result: String { status != 0 && output == "\n" ? "" : output }
    }

    /// What a run is given and what becomes of its output.
    struct Settings: Sendable {
        var input = ""
        var environment: [String: String] = [:]
        /// Redirections in the shell's words, such as `>&-`; they come after our own.
        var redirections = ""
        /// Which of the built programs is run.
        var name = "xenkeeper"
        /// A program that the command is run by, and its operands.
        var tracer: [String] = []
    }

    /// Holds the fake host in `host`, and files for the tests.
    let directory: URL

    /// Variables of every run.
    let environment: [String: String]

    init(environment: [String: String] = [:]) throws {
        self.environment = environment
        directory = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("xk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// A program on a copy of the fake host of `other`, as it is now.
    convenience init(copyOf other: Program) throws {
        try self.init(environment: other.environment)
        try FileManager.default.copyItem(
            at: other.directory.appendingPathComponent("host"), to: directory.appendingPathComponent("host"))
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// Test bundle and program are built into one directory.
    static let path = path(of: "xenkeeper")

    private static func path(of name: String) -> String {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = [bundle.path, Bundle.main.bundlePath, CommandLine.arguments[0]]
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name).path }
        return beside.first(where: FileManager.default.isExecutableFile) ?? name
    }

    var uri: String { "test://\(directory.path)/host" }

    /// Whether a command has made anything of the host yet.
    var hasState: Bool { FileManager.default.fileExists(atPath: directory.appendingPathComponent("host").path) }

    /// Writes a file into the directory and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let url = directory.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// The content of a file in the directory.
    func text(of name: String) throws -> String {
        String(decoding: try contents(ofFile: directory.appendingPathComponent(name).path), as: UTF8.self)
    }

    /// Runs a command to its end.
    @discardableResult
    func callAsFunction(_ words: String..., settings: Settings = Settings()) async throws -> Outcome {
        try await self(words, settings: settings)
    }

    @discardableResult
    func callAsFunction(_ words: [String], settings: Settings = Settings()) async throws -> Outcome {
        try await start(words, settings: settings).outcome
    }

    /// Returns once the process is stopped by a signal. Source: proc(5), field 3 of `/proc/PID/stat`.
    static func stopped(_ pid: pid_t) async throws {
        while true {
            let stat = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/stat")), as: UTF8.self)
            if stat.contains(") T ") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A command under way.
    struct Running: Sendable {
        let pid: pid_t
        fileprivate let end: Task<Outcome, any Error>

        /// How it ended, once it has.
        var outcome: Outcome {
            get async throws { try await end.value }
        }
    }

    /// Starts a command, and returns once it has a process. It ignores `signal`, such as `HUP`.
    func start(_ words: [String], settings: Settings = Settings(), ignoring signal: String? = nil) async throws
        -> Running
    {
        let run = UUID().uuidString
        let (input, output, errors) = ("\(run).in", "\(run).out", "\(run).err")
        _ = try file(input, settings.input)
        _ = try file(output, "")
        _ = try file(errors, "")
        // The shell sets up what a library for processes does not: closed descriptors.
        let trap = signal.map { "trap '' \($0); " } ?? ""
        let line = trap + "exec \"$@\" <\(input) >\(output) 2>\(errors) \(settings.redirections)"
        let variables = ["XENKEEPER_DEFAULT_URI": uri, "HOME": directory.path]
            .merging(environment) { $1 }.merging(settings.environment) { $1 }
        let (pids, pid) = AsyncStream.makeStream(of: pid_t.self)
        let end = Task {
            defer { pid.finish() }
            let result = try await Subprocess.run(
                .path("/bin/sh"),
                arguments: Arguments(["-c", line, "sh"] + settings.tracer + [Self.path(of: settings.name)] + words),
                environment: .custom(
                    Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })),
                workingDirectory: FilePath(directory.path), input: .none, output: .discarded, error: .discarded
            ) { execution in
                pid.yield(execution.processIdentifier.value)
                pid.finish()
            }
            var outcome = Outcome(output: try self.text(of: output), errors: try self.text(of: errors))
            switch result.terminationStatus {
            case .exited(let status): outcome.status = status
            case .signaled(let signal): outcome.signal = signal
            }
            return outcome
        }
        for await pid in pids { return Running(pid: pid, end: end) }
        // Without a process there is an error.
        _ = try await end.value
        throw CancellationError()
    }
}

extension Program {
    /// A PVH guest with one disk and one NIC.
    static func domain(_ name: String, extra: String = "") -> String {
        """
        <domain type='xen'>
          <name>\(name)</name>
          <memory unit='MiB'>256</memory>
          <vcpu>1</vcpu>
          <os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>
          <devices>
            <disk type='file' device='disk'>
              <source file='/img/\(name).raw'/><target dev='xvda' bus='xen'/><alias name='ua-root'/>
            </disk>
            <interface type='bridge'>
              <mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/><alias name='ua-a'/>
            </interface>
            \(extra)
          </devices>
        </domain>
        """
    }

    /// A NIC with the alias `ua-NAME`.
    static func nic(_ name: String, mac: Int, bridge: String = "xenbr1") -> String {
        let octet = String(mac, radix: 16)
        return """
            <interface type='bridge'>
              <mac address='00:16:3e:00:01:\(octet.count < 2 ? "0" + octet : octet)'/>
              <source bridge='\(bridge)'/><alias name='ua-\(name)'/>
            </interface>
            """
    }
}
