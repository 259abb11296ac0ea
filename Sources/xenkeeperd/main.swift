import ArgumentParser
import Glibc
import HostOpening
import Logging
import ServiceLifecycle
import UnixSignals
import XenCommands
import XenDriver
import XenService
import XenUnits

/// The service's command line.
struct Xenkeeperd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xenkeeperd",
        abstract: "Keep the guests of a Xen host: start them again when they reboot, and with the host.",
        discussion: """
            It ends in order on SIGTERM and SIGINT, with its guests left running, and reads its configuration again on SIGHUP. \
            Commands work beside it, and without it.
            """)

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration.", valueName: "file"), completion: .file())
    var file = "/etc/xenkeeper/xenkeeperd.conf"

    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp("The host, in the place of the configuration's.", valueName: "URI"))
    var connection: String?

    @Flag(
        name: .customLong("stop-guests"),
        help: "Have every guest power off, in the reverse order of their start, and end: for when the host goes down.")
    var stopsGuests = false
}

/// A failure before the service runs.
func fail(_ sentence: String) -> Never {
    let line = "xenkeeperd: \(sentence)\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(1)
}

/// Reads the configuration's file; none at the usual place is one that leaves all as it is by default.
func readConfiguration(_ path: String) throws(ConfigurationError) -> ServiceConfiguration {
    let bytes: [UInt8]?
    do throws(RegularFileError) { bytes = try RegularFile.read(path, atMost: 1 << 20) } catch {
        throw ConfigurationError(file: path, reason: "\(error)")
    }
    guard let bytes else { return ServiceConfiguration() }
    return try ServiceConfiguration(text: String(decoding: bytes, as: UTF8.self), file: path)
}

let options = Xenkeeperd.parseOrExit()
let configuration: ServiceConfiguration
do throws(ConfigurationError) { configuration = try readConfiguration(options.file) } catch { fail("\(error)") }

LoggingSystem.bootstrap { label in
    var handler = StreamLogHandler.standardError(label: label)
    handler.logLevel = configuration.logLevel
    return handler
}
let logger = Logger(label: "xenkeeperd")
let clock = SystemClock()
let opened: OpenedHost
do throws(ConnectionError) {
    let connection = try Connection(uri: options.connection ?? configuration.connection)
    opened = try HostOpener(environment: Environment.ofThisProcess(), clock: clock).open(connection, logger: logger)
} catch {
    fail(error.description)
}

let service = HostService(
    driver: opened.driver, settings: configuration.settings(boot: opened.boot), clock: clock, logger: logger)
if options.stopsGuests {
    do throws(DriverError) {
        let left = try await service.stopGuests()
        exit(left.isEmpty ? 0 : 1)
    } catch {
        fail("\(error)")
    }
}
let manager = ServiceManager(environment: Environment.ofThisProcess())
let group = ServiceGroup(
    configuration: ServiceGroupConfiguration(
        services: [
            .init(
                service: DomainKeeping(service: service, manager: manager, logger: logger),
                successTerminationBehavior: .gracefullyShutdownGroup),
            .init(
                service: Reloading(
                    file: options.file, boot: opened.boot, service: service, manager: manager, logger: logger),
                successTerminationBehavior: .gracefullyShutdownGroup),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
do {
    try await group.run()
    logger.notice("ended; guests are left running")
} catch {
    fail("\(error)")
}
