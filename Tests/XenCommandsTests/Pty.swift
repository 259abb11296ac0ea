import Foundation
import Glibc
import Testing

/// A pseudo-terminal, of which the test has the end that a terminal emulator has, or xenconsoled.
final class Pty: Sendable {
    private let master: CInt
    /// The end that programs open.
    let path: String

    /// A new one; bytes are changed on their way as on any terminal unless it `isRaw`.
    init(isRaw: Bool) throws {
        var ends: (master: CInt, program: CInt) = (-1, -1)
        try #require(openpty(&ends.master, &ends.program, nil, nil, nil) == 0)
        defer { close(ends.program) }
        master = ends.master
        // Programs that the test starts have none of it.
        for end in [ends.master, ends.program] { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        try #require(fcntl(master, F_SETFL, O_NONBLOCK) == 0)
        var name = [CChar](repeating: 0, count: 64)
        try #require(ttyname_r(ends.program, &name, name.count) == 0)
        path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard isRaw else { return }
        var settings = try self.settings
        cfmakeraw(&settings)
        try #require(tcsetattr(master, TCSANOW, &settings) == 0)
    }

    deinit {
        close(master)
    }

    private var settings: termios {
        get throws {
            var settings = termios()
            try #require(tcgetattr(master, &settings) == 0)
            return settings
        }
    }

    /// Whether a line is given to whoever reads it as a whole, and its characters are shown: as it is while nobody has
    /// made the terminal raw.
    var isCooked: Bool {
        get throws { try settings.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO) }
    }

    /// Says something, as the person at the terminal or the guest does.
    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(Glibc.write(master, bytes, bytes.count) == bytes.count)
    }

    /// What comes out, until `text` has.
    @discardableResult
    func read(until text: String) async throws -> String {
        var all: [UInt8] = []
        while true {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(master, &bytes, bytes.count)
            if count > 0 { all += bytes[..<count] }
            let said = String(decoding: all, as: UTF8.self)
            if said.contains(text) { return said }
            // Nobody has it open, or nobody says anything.
            if count <= 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    /// Whether the process `pid` has it open. Source: proc(5), `/proc/PID/fd`.
    func isOpen(in pid: pid_t) -> Bool {
        let directory = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.contains {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")) == path
        }
    }
}
