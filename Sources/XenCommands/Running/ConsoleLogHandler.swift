import Logging

/// Writes log lines to standard error as `LEVEL: message key=value …`; a warning or an error, whose sentence says what it is
/// about, without the rest.
struct ConsoleLogHandler: LogHandler {
    let console: Console
    var logLevel: Logger.Level
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?

    init(console: Console, logLevel: Logger.Level) {
        self.console = console
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        console.complain("\(event.level)", "\(event.message)" + (event.level < .warning ? details : ""))
    }
}
