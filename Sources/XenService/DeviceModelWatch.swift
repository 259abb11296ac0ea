import LibxlAPI
import XenDriver
import XenUnits

/// Sees that QEMUs end, of which libxl tells nothing: each that a look has shown is followed until its process ends.
final class DeviceModelWatch: Sendable {
    private let processes: any HostProcesses
    private let looks: Looks
    private let followed = Locked<[DomainID: Int32]>([:])
    private let found: AsyncStream<(DomainID, Int32)>
    private let source: AsyncStream<(DomainID, Int32)>.Continuation

    init(_ processes: any HostProcesses, _ looks: Looks) {
        self.processes = processes
        self.looks = looks
        (found, source) = AsyncStream.makeStream()
    }

    /// Takes what a look has found; a QEMU that is followed already is not followed twice.
    func follow(_ domains: [ObservedDomain]) {
        for domain in domains where !domain.hasLostDeviceModel {
            guard let domid = domain.domid, let process = domain.deviceModel else { continue }
            let isNew = followed.withLock { followed in
                defer { followed[domid] = process }
                return followed[domid] != process
            }
            if isNew { source.yield((domid, process)) }
        }
    }

    /// Follows them until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await (domid, process) in found {
                group.addTask { [self] in
                    for await _ in processes.end(of: process) {}
                    followed.withLock { followed in
                        if followed[domid] == process { followed[domid] = nil }
                    }
                    // Gone with its domain, as a rule; the look shows which it is.
                    if !Task.isCancelled { looks.add(.domid(domid)) }
                }
            }
        }
    }
}
