import Foundation
import Testing

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
    }

    /// What a run is given and what becomes of its output.
    struct Settings: Sendable {
        var input = ""
        var environment: [String: String] = [:]
        /// Redirections in the shell's words, such as `>&-`; they come after our own.
        var redirections = ""
    }

    /// Holds the fake host in `host`, and files for the tests.
    let folder: URL

    /// Variables of every run.
    let environment: [String: String]

    init(environment: [String: String] = [:]) throws {
        self.environment = environment
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("xk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A program on a copy of the fake host of `other`, as it is now.
    convenience init(copyOf other: Program) throws {
        try self.init(environment: other.environment)
        try FileManager.default.copyItem(
            at: other.folder.appendingPathComponent("host"), to: folder.appendingPathComponent("host"))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Test bundle and program are built into one folder.
    static let path: String = {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = [bundle.path, Bundle.main.bundlePath, CommandLine.arguments[0]]
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("xenkeeper").path }
        return beside.first(where: FileManager.default.isExecutableFile) ?? "xenkeeper"
    }()

    var uri: String { "test://\(folder.path)/host" }

    /// Whether a command has made anything of the host yet.
    var hasState: Bool { FileManager.default.fileExists(atPath: folder.appendingPathComponent("host").path) }

    /// Writes a file into the folder and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// The content of a file in the folder.
    func text(of name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Runs a command to its end.
    @discardableResult
    func callAsFunction(_ words: String..., settings: Settings = Settings()) async throws -> Outcome {
        try await start(words, settings: settings).value
    }

    /// Returns once the process is stopped by a signal. Source: proc(5), field 3 of `/proc/PID/stat`.
    static func stopped(_ pid: pid_t) async throws {
        while true {
            let stat = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/stat")), as: UTF8.self)
            if stat.contains(") T ") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Starts a command; `began` is told its process's id.
    func start(
        _ words: [String], settings: Settings = Settings(), began: (@Sendable (pid_t) -> Void)? = nil
    ) throws -> Task<Outcome, any Error> {
        let run = UUID().uuidString
        let (input, output, errors) = ("\(run).in", "\(run).out", "\(run).err")
        _ = try file(input, settings.input)
        _ = try file(output, "")
        _ = try file(errors, "")
        let process = Process()
        // The shell sets up what Process cannot: closed descriptors.
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            ["-c", "exec \"$0\" \"$@\" <\(input) >\(output) 2>\(errors) \(settings.redirections)", Self.path]
            + words
        process.currentDirectoryURL = folder
        process.environment = ["XENKEEPER_DEFAULT_URI": uri, "HOME": folder.path]
            .merging(environment) { $1 }.merging(settings.environment) { $1 }
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        began?(process.processIdentifier)
        return Task {
            for await _ in ends {}
            let isExit = process.terminationReason == .exit
            return Outcome(
                status: isExit ? process.terminationStatus : nil, signal: isExit ? nil : process.terminationStatus,
                output: try self.text(of: output), errors: try self.text(of: errors))
        }
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
