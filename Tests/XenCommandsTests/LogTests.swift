import Logging
import SystemPackage
import Testing

@testable import XenCommands

@Suite("The log is one line an event, on standard error")
struct LogTests {
    /// What `body` makes the handler write.
    private func lines(level: Logger.Level, _ body: (Logger) -> Void) throws -> String {
        let pipe = try FileDescriptor.pipe()
        defer { try? pipe.readEnd.close() }
        let console = Console(output: pipe.writeEnd, errors: pipe.writeEnd)
        body(Logger(label: "test") { _ in ConsoleLogHandler(console: console, logLevel: level) })
        try pipe.writeEnd.close()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = try bytes.withUnsafeMutableBytes { try pipe.readEnd.read(into: $0) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test("Level, message, and what is known of it in order of the keys")
    func form() throws {
        let text = try lines(level: .info) { logger in
            var logger = logger
            logger[metadataKey: "uuid"] = "u"
            logger[metadataKey: "domain"] = "vm"
            logger.notice("plugged", metadata: ["alias": "ua-a", "uuid": "v"])
        }
        #expect(text == "notice: plugged alias=ua-a domain=vm uuid=v\n")
        let warning = try lines(level: .info) { $0.warning("domain 'vm' is gone", metadata: ["domain": "vm"]) }
        #expect(warning == "warning: domain 'vm' is gone\n")
    }

    @Test("Only what is severe enough")
    func level() throws {
        let text = try lines(level: .warning) { logger in
            logger.info("no")
            logger.warning("yes")
            logger.error("yes")
        }
        #expect(text == "warning: yes\nerror: yes\n")
    }

    @Test("A foreign name cannot forge a line")
    func forged() throws {
        let text = try lines(level: .info) { $0.info("seen", metadata: ["name": "x\nerror: \u{1b}[31m"]) }
        #expect(text == "info: seen name=x\\x0aerror: \\x1b[31m\n")
    }

    @Test("--log-level knows every level by swift-log's name")
    func names() {
        #expect(LogLevel.allCases.map(\.rawValue) == Logger.Level.allCases.map(\.rawValue))
        #expect(LogLevel.allCases.map(\.level) == Logger.Level.allCases)
    }
}
