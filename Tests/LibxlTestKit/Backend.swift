import Glibc
import LibxlAPI
import LibxlFake

/// A Xen host that a suite can be run on.
package enum Backend: String, CaseIterable, Sendable {
    /// The fake host, in memory.
    case fake
    /// The Xen of this machine, where `XENKEEPER_LAB` names a directory with what guests are made of: `vmlinuz`, `guest.gz`
    /// (an initrd with frontends), `mute.gz` (one without), the raw images `a.raw`, `b.raw` and `c.raw`, and `vif-plain`,
    /// a hotplug script that does what `vif-bridge` does for a plain NIC and takes less time.
    case host

    /// The backends that are there on this machine.
    package static var available: [Backend] {
        labDirectory == nil ? [.fake] : [.host]
    }

    /// Opens a host; on the fake a new one each time, so that tests do not meet.
    package func open() throws -> ContractHost {
        switch self {
        case .fake: return ContractHost(fake: FakeXenHost(configuration: Self.fakeConfiguration))
        case .host:
            guard let directory = Self.labDirectory else { throw NoLab() }
            return try ContractHost(lab: directory, guests: Self.labGuests)
        }
    }

    /// Destroys the guests that tests shared.
    package func close() async throws {
        guard case .host = self else { return }
        let host = try open()
        for domid in await Self.labGuests.takeAll() {
            try await host.libxl.destroyDomain(domid, deadline: host.deadline)
        }
    }

    /// Limits short enough for tests, and one thing of each kind that is not there.
    private static var fakeConfiguration: FakeXenConfiguration {
        var configuration = FakeXenConfiguration()
        configuration.missing = [ContractHost.missingBridge, ContractHost.missingFile]
        configuration.frontendTimeout = .milliseconds(100)
        configuration.controlTimeout = .milliseconds(100)
        return configuration
    }

    private static let labGuests = SharedGuests()

    private static var labDirectory: String? {
        getenv("XENKEEPER_LAB").map { String(cString: $0) }
    }

    private struct NoLab: Error, CustomStringConvertible {
        let description = "XENKEEPER_LAB names no directory: see Backend.host"
    }
}
