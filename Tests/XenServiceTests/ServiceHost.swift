import Foundation
import LibxlAPI
import LibxlFake
import Logging
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenService
import XenUnits

/// A fake host with a driver, and a service that keeps its domains while a test runs.
final class ServiceHost: Sendable {
    let fake: FakeXenHost
    let root: FilePath
    let driver: Driver
    let clock: any HostClock

    /// Whether its files are gone when the test ends.
    private let isTemporary: Bool

    /// A host whose driver has its files at `root`, or in a place of its own.
    init(clock: any HostClock = SystemClock(), root: FilePath? = nil) {
        self.clock = clock
        isTemporary = root == nil
        fake = FakeXenHost(clock: clock)
        self.root = root ?? FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
        driver = Self.driver(fake, self.root, clock)
    }

    /// A host all of which lies in a directory of the test's own.
    init(directory: FilePath, steps: StepHook = .none) throws {
        clock = SystemClock()
        isTemporary = false
        fake = try FakeXenHost(directory: directory.appending("xen"), clock: clock, steps: steps)
        root = directory
        driver = Self.driver(fake, root, clock, steps)
    }

    deinit {
        if isTemporary { try? FileManager.default.removeItem(atPath: root.string) }
    }

    private static func driver(
        _ fake: FakeXenHost, _ root: FilePath, _ clock: any HostClock, _ steps: StepHook = .none
    ) -> Driver {
        var settings = DriverSettings()
        settings.lockTimeout = Self.longest
        settings.operationTimeout = Self.longest
        settings.undoTimeout = Self.longest
        // A fake host's scripts end with their process.
        settings.scriptLimit = .milliseconds(50)
        // Looking now and then would let virtual time pass.
        settings.requestInterval = nil
        return Driver(
            host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
            settings: settings,
            clock: clock, steps: steps,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// No test passes so much time, however slow the machine is on which it lets time pass.
    static let longest: Duration = .seconds(10_000_000)

    /// Another driver, as another process would have.
    var otherDriver: Driver { Self.driver(fake, root, clock) }

    func service(
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ configure: (inout ServiceSettings) -> Void = { _ in }
    ) -> HostService {
        var settings = ServiceSettings()
        settings.startTimeout = Self.longest
        settings.restartTimeout = Self.longest
        settings.boot = fake.boot
        configure(&settings)
        return HostService(driver: driver, settings: settings, clock: clock, logger: logger)
    }

    /// Runs `body` while a service keeps the domains; it gets the service, and the events from its beginning.
    func serving(
        _ service: HostService? = nil, _ body: (HostService, inout AsyncStream<HostEvent>.Iterator) async throws -> Void
    ) async throws {
        let service = service ?? self.service()
        let events = await service.publisher.events()
        let (ready, source) = AsyncStream.makeStream(of: Void.self)
        let keeper = Task {
            try await service.run { source.finish() }
        }
        for await _ in ready {}
        var iterator = events.makeAsyncIterator()
        try await body(service, &iterator)
        keeper.cancel()
        _ = await keeper.result
    }

    func define(_ name: String = "inn", _ extra: String = "", devices: String = ServiceHost.devices) async throws {
        _ = try await driver.define(Self.document(name, extra, devices: devices), isStrict: false)
    }

    func start(_ name: String = "inn", _ extra: String = "") async throws -> DomainID {
        try await define(name, extra)
        _ = try await driver.start(DomainReference(name), paused: false)
        return try #require(fake.domid(named: name))
    }

    static let devices = """
        <interface type='bridge'><source bridge='xenbr0'/><alias name='ua-lan'/></interface>
        <interface type='bridge'><source bridge='xenbr0'/></interface>
        """

    static func document(_ name: String, _ extra: String = "", devices: String = devices) -> [UInt8] {
        Array(
            """
            <domain type='xen'><name>\(name)</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
            <os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>\(extra)<devices>\(devices)</devices></domain>
            """.utf8)
    }

    func aliases(_ name: String = "inn") async throws -> [String] {
        try await driver.devices(of: DomainReference(name)).compactMap { $0.alias?.description }.sorted()
    }
}

/// A log of which the lines at notice level and above are kept.
struct LineLog: LogHandler {
    let lines: Locked<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    init(lines: Locked<[String]>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
}

/// Returns once it `isSo`.
func wait(until isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(1)) }
}

extension AsyncStream<HostEvent>.Iterator {
    /// Reads on until an event that `isMeant`; throws where the stream ends before.
    mutating func first(_ isMeant: (HostEvent) -> Bool) async throws -> HostEvent {
        while let event = await next() { if isMeant(event) { return event } }
        throw StreamEnded()
    }

    /// Reads on until this has happened.
    mutating func first(_ kind: HostEvent.Kind) async throws -> HostEvent { try await first { $0.kind == kind } }

    private struct StreamEnded: Error {}
}
