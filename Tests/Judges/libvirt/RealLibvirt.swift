import Foundation
import LibxlTestKit
import XLTestKit
import XenUnits

/// The libvirtd of a Debian package with its driver for Xen, which starts no domain for the stub that is loaded before it.
///
/// Its directories are to be private to the process, as Scripts/judge-libvirt makes them; its network is its own.
final class RealLibvirt {
    private let stub: String
    private let directory: URL
    private var daemon: Process?

    /// Keeps what the daemon needs in a directory beside the library `stub`.
    init(stub: String) throws {
        self.stub = stub
        directory = URL(filePath: stub).deletingLastPathComponent().appending(path: "daemon")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(
            """
            unix_sock_dir = "\(directory.path)"
            auth_unix_rw = "none"
            auth_unix_ro = "none"

            """.utf8
        ).write(to: directory.appending(path: "libvirtd.conf"))
    }

    /// Ends the daemon and removes what it left.
    func stop() {
        daemon?.terminate()
        daemon?.waitUntilExit()
        daemon = nil
        try? FileManager.default.removeItem(at: directory)
    }

    /// What its driver tells libxl of a document; one that ends the daemon is refused in these words.
    func outcome(of document: String) throws -> XLCase.Outcome {
        if daemon?.isRunning != true { try start() }
        let file = directory.appending(path: "guest.xml")
        try Data(document.utf8).write(to: file)
        try? FileManager.default.removeItem(at: passed)
        let complaint = try complaint(of: ["create", file.path])
        if let passed = try? String(contentsOf: passed, encoding: .utf8) {
            return .passed(try JSONValue(parsing: passed).leaves())
        }
        // The connection is cut before the daemon has ended.
        for _ in 0..<20 where complaint.contains("connection") && daemon?.isRunning == true {
            Thread.sleep(forTimeInterval: 0.05)
        }
        return .refused(daemon?.isRunning == true ? complaint : "libvirtd crashes")
    }

    private var passed: URL { directory.appending(path: "passed") }

    private func start() throws {
        // Not this process as well: Foundation needs the host's loopback.
        let daemon = process(
            "unshare",
            [
                "--net", "libvirtd", "--config", directory.appending(path: "libvirtd.conf").path, "--pid-file",
                directory.appending(path: "pid").path,
            ])
        daemon.environment?["LD_PRELOAD"] = stub
        daemon.environment?["JUDGE_PASSED"] = passed.path
        daemon.standardOutput = FileHandle.nullDevice
        daemon.standardError = FileHandle.nullDevice
        try daemon.run()
        self.daemon = daemon
        for _ in 0..<200 {
            if try complaint(of: ["version"]).isEmpty { return }
            guard daemon.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw NotStarted()
    }

    struct NotStarted: Error, CustomStringConvertible {
        var description: String { "libvirtd does not answer for xen:///system with the stub before it" }
    }

    /// The last line that virsh says on its standard error; empty if it succeeds.
    private func complaint(of arguments: [String]) throws -> String {
        let socket = directory.appending(path: "libvirt-sock").path
        let virsh = process("timeout", ["30", "virsh", "--connect", "xen:///system?socket=\(socket)"] + arguments)
        let output = Pipe()
        virsh.standardOutput = FileHandle.nullDevice
        virsh.standardError = output
        try virsh.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        virsh.waitUntilExit()
        guard virsh.terminationStatus != 0 else { return "" }
        let last = said.split(separator: "\n").last.map(String.init) ?? "status \(virsh.terminationStatus)"
        return last.hasPrefix("error: ") ? String(last.dropFirst("error: ".count)) : last
    }

    private func process(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment
        process.environment?["LC_ALL"] = "C"
        process.standardInput = FileHandle.nullDevice
        return process
    }
}
