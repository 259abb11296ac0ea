import Glibc
import Logging
import ServiceLifecycle
import UnixSignals
import XenDriver
import XenService
import XenUnits

/// The part of the program that keeps the domains.
struct DomainKeeping: Service {
    let service: HostService
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown { () async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: FileThreads.shared) {
                    try await service.run {
                        logger.notice("this host's domains are kept from now on")
                        manager.notify("READY=1")
                    }
                }
                group.addTask { await manager.keepAlive(SystemClock()) }
                // The first to end takes the other along.
                try await group.next()
                group.cancelAll()
            }
        }
        manager.notify("STOPPING=1")
    }
}

/// The part that reads the configuration again when it is asked to.
struct Reloading: Service {
    let file: String
    let boot: String?
    let service: HostService
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            manager.notify("RELOADING=1\nMONOTONIC_USEC=\(Self.microsecondsSinceBoot)")
            do throws(ConfigurationError) {
                let configuration = try readConfiguration(file)
                service.configure(configuration.settings(boot: boot))
                logger.notice("the configuration was read again; another connection or log level needs a restart")
            } catch {
                logger.error("the configuration stays as it was: \(error)")
            }
            manager.notify("READY=1")
        }
    }

    private static var microsecondsSinceBoot: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
