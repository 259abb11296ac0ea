import Logging
import XenService
import Yams

/// The content of `xenkeeperd.conf`: YAML, a mapping whose members may all be left out.
struct ServiceConfiguration: Hashable, Sendable {
    var connection = "xen:///system"
    var logLevel = Logger.Level.notice
    private var service = ServiceSettings()

    /// The defaults.
    init() {}

    /// How the service is to keep the host, in the boot of the kernel that `boot` names.
    func settings(boot: String?) -> ServiceSettings {
        var settings = service
        settings.boot = boot
        return settings
    }

    private static let keys = [
        "connection", "log-level", "autostart", "parallel-starts", "start-timeout", "restart-timeout",
        "stop-timeout",
    ]

    /// Reads `text`, which `file` holds.
    init(text: String, file: String) throws(ConfigurationError) {
        func refusal(_ reason: String) -> ConfigurationError { ConfigurationError(file: file, reason: reason) }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            // Yams draws a picture of the place in more lines.
            throw refusal("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
        guard let node else { return }
        guard let mapping = node.mapping else { throw refusal("it is no mapping of keys to values") }
        for (key, value) in mapping {
            guard let name = key.string, Self.keys.contains(name) else {
                throw refusal("'\(key.string ?? "?")' is none of its keys: \(Self.keys.joined(separator: ", "))")
            }
            func number(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
                guard let number = value.int, range.contains(number) else {
                    throw refusal(
                        "\(name) is '\(value.string ?? "…")', and must be a number from \(range.lowerBound) to"
                            + " \(range.upperBound)")
                }
                return number
            }
            switch name {
            case "connection":
                guard let text = value.string, !text.isEmpty else { throw refusal("connection must be a URI") }
                connection = text
            case "log-level":
                guard let level = value.string.flatMap(Logger.Level.init(rawValue:)) else {
                    let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    throw refusal("log-level is '\(value.string ?? "…")', and must be one of \(levels)")
                }
                logLevel = level
            case "autostart":
                guard let isOn = value.bool else {
                    throw refusal("autostart is '\(value.string ?? "…")', and must be true or false")
                }
                service.autostarts = isOn
            case "parallel-starts": service.parallelStarts = try number(1...1000)
            case "start-timeout": service.startTimeout = .seconds(try number(1...86_400))
            case "stop-timeout": service.stopTimeout = .seconds(try number(1...86_400))
            default: service.restartTimeout = .seconds(try number(1...86_400))
            }
        }
    }
}

/// What is wrong with the configuration.
struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    let file: String
    /// A clause.
    let reason: String

    var description: String { "the configuration '\(file)' cannot be used: \(reason)" }
}
