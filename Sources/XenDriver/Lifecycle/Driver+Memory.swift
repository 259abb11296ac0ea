import LibxlAPI
import XenUnits

/// The memory that a domain needs before it is there.
extension Driver {
    /// Throws unless the host has the memory that libxl takes a domain of this configuration to need. Domain-0 gives none of its
    /// own: a host on which it has all of it starts no guest.
    ///
    /// What a dying domain gives back is waited for as long as it may take to be gone.
    func requireMemory(for config: LibxlDomainConfig, _ name: String, _ call: Call) async throws(DriverError) {
        let needed = try await operation(name, "start", call) { (_) throws(LibxlError) in
            try await host.libxl.memoryNeeded(by: config)
        }
        let end = clock.now + settings.deathLimit
        while let free = try await freeMemory(name, call), free < needed {
            let isComing = try await domainsInXen().contains { $0.dying }
            guard isComing, clock.now < end else { throw .memoryShort(domain: name, needed: needed, free: free) }
            do throws(CancellationError) { try await clock.sleep(until: clock.now + .milliseconds(100)) } catch {
                throw .memoryShort(domain: name, needed: needed, free: free)
            }
        }
    }

    /// nil where the host does not say.
    private func freeMemory(_ name: String, _ call: Call) async throws(DriverError) -> Kibibytes? {
        try await operation(name, "start", call) { (_) throws(LibxlError) in
            try await host.libxl.physicalInfo()
        }.freeMemory
    }
}
