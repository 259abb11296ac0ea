import Foundation
import Subprocess
import SystemPackage
import Testing

/// A command line, and all that a program said to it.
private struct Exchange: Hashable, CustomStringConvertible {
    /// The line, as a shell's user would write it.
    var line: String
    /// What came out, as the transcript has it: output, errors and status, each line marked.
    var said: [String]

    var description: String { "$ \(line)\n" + said.joined(separator: "\n") }

    /// The exchanges of a transcript.
    static func all(in transcript: String) -> [Exchange] {
        transcript.split(separator: "\n").reduce(into: []) { exchanges, text in
            if text.hasPrefix("$ ") {
                exchanges.append(Exchange(line: String(text.dropFirst(2)), said: []))
            } else if !exchanges.isEmpty {
                exchanges[exchanges.count - 1].said.append(String(text))
            }
        }
    }
}

/// The transcript of stock virsh and the documents that it is about.
private enum Virsh {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Virsh")

    static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Whether the programs are here that the transcript is made with: Debian's libvirt-clients and libvirt-daemon.
    static let isInstalled = ["/usr/bin/virsh", "/usr/sbin/libvirtd"].allSatisfy(
        FileManager.default.isExecutableFile)
}

@Suite("What virsh can, we say byte for byte")
struct VirshTests {
    @Test("The transcript of stock virsh is ours as well")
    func transcript() async throws {
        let exchanges = Exchange.all(in: try Virsh.text("transcript"))
        #expect(exchanges.count > 100)
        let xenkeeper = try Program()
        for name in ["inn.xml", "barn.xml"] {
            _ = try xenkeeper.file(name, try Virsh.text(name).replacing("type='TYPE'", with: "type='xen'"))
        }
        for exchange in exchanges {
            let outcome = try await xenkeeper(Self.words(of: exchange.line))
            let output = outcome.output.replacing("<domain type='xen'", with: "<domain type='TYPE'")
            let said =
                Self.lines(of: output).map { $0.isEmpty ? "|" : "| \($0)" }
                + Self.lines(of: outcome.errors).map { "! \($0)" } + ["= \(outcome.status ?? -1)"]
            #expect(Exchange(line: exchange.line, said: said) == exchange)
        }
    }

    @Test(
        "The transcript is what stock virsh says, of the lines that we have asked",
        .enabled(if: Virsh.isInstalled, "it needs libvirt-clients and libvirt-daemon"))
    func recorded() async throws {
        let lines = Exchange.all(in: try Virsh.text("transcript")).map(\.line)
        #expect(try Virsh.text("lines").split(separator: "\n").map(String.init) == lines)
        let result = try await Subprocess.run(
            .path("/bin/bash"), arguments: [Virsh.directory.appendingPathComponent("record").path],
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
        let now = Exchange.all(in: result.standardOutput)
        for (now, kept) in zip(now, Exchange.all(in: try Virsh.text("transcript"))) { #expect(now == kept) }
        #expect(now.count == lines.count)
    }

    /// The lines of a text in which each has its end.
    private static func lines(of text: String) -> [Substring] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).dropLast())
    }

    /// The words of a line, of which those in double quotes are one.
    private static func words(of line: String) -> [String] {
        var words: [String] = []
        for (index, part) in line.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            words += index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
        return words
    }
}
