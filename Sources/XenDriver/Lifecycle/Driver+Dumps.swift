import Glibc
import LibxlAPI
import Logging
import SystemPackage
import XenUnits

/// Memory dumps of guests that have ended, and domains that are kept beside those that follow them.
extension Driver {
    /// Dumps the memory of a guest that has ended, as its definition wants. Returns the file, or why there is none: the end
    /// itself is gone on with.
    ///
    /// Until the dump is whole its file has another name. One that was interrupted is begun anew by whoever finds the guest
    /// ended.
    func dump(_ live: LiveDomain) async throws(DriverError) -> MemoryDump {
        let files: (partial: FilePath, whole: FilePath)
        do throws(StateError) {
            files = try store.prepareDump(of: live.status.name, live.uuid, at: timeOfDay)
        } catch {
            return .failed("\(error)")
        }
        do throws(DriverError) {
            var call = live.call
            // It takes as long as the guest's memory does to be written.
            let time = CallOptions.Deadline(settings.dumpTimeout, from: clock.now)
            if time.end > call.time.end { call.time = time }
            try await operation(live.name, "memory dump", call) { (deadline) throws(LibxlError) in
                try await host.libxl.dumpCore(of: live.domid, to: files.partial.string, deadline: deadline)
            }
        } catch {
            do throws(StateError) { try FileSystem.remove(files.partial) } catch {
                logger.here.warning("what there is of a memory dump cannot be removed: \(error)")
            }
            guard !Task.isCancelled else { throw error }
            return .failed("\(error)")
        }
        do throws(StateError) { try store.completeDump(files.partial, files.whole) } catch {
            return .failed("\(error)")
        }
        steps.reached(.memoryDumped)
        return .written(files.whole)
    }

    /// Has the domain of a guest that has ended make room for the next one of its name and UUID. Returns what it is called from
    /// now on.
    func keepBeside(_ live: LiveDomain) async throws(DriverError) -> String {
        let suffix = "-\(timeOfDay)"
        try await operation(live.name, "renaming", live.call) { (deadline) throws(LibxlError) in
            try await host.libxl.preserveDomain(
                live.domid, name: live.name, suffix: suffix, uuid: .random(), deadline: deadline)
        }
        steps.reached(.endedDomainRenamed)
        return live.name + suffix
    }

    /// Those of `infos` that have our UUID in the hypervisor and made room for another domain that is to have it: each is kept
    /// for somebody to look at, under another name, and stands in nobody's way.
    func keptBeside(_ uuid: DomainUUID, among infos: [LibxlDomainInfo]) async throws(DriverError) -> Set<DomainID> {
        var kept: Set<DomainID> = []
        for info in infos where info.uuid == uuid && info.shutdown && !info.dying {
            if try await hasMadeRoom(info.domid, uuid) { kept.insert(info.domid) }
        }
        return kept
    }

    /// Whether a domain that made room for another one was ours before.
    func isOurs(keptBeside info: LibxlDomainInfo) async throws(DriverError) -> Bool {
        guard try await !keptBeside(info.uuid, among: [info]).isEmpty else { return false }
        return try await isMarked(info.domid)
    }

    /// The hypervisor's UUID of a domain is for good; libxl gives it another one in xenstore.
    func hasMadeRoom(_ domid: DomainID, _ uuid: DomainUUID) async throws(DriverError) -> Bool {
        try await xenstore { () throws(XenstoreError) in
            guard let path = try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/vm")) else {
                return false
            }
            return path != "/vm/\(uuid)"
        }
    }

    /// Now, in UTC, to the second, such as `20261130T204400Z`.
    private var timeOfDay: String {
        var seconds = time_t(clock.nanosecondsSince1970 / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2)
        return day + "T" + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
    }
}
