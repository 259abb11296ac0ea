public import LibxlAPI
public import XenUnits

/// The processes of a fake host are the QEMUs of its guests, by the numbers that xenstore has of them.
extension FakeXenHost: HostProcesses {
    public func isDeviceModel(_ process: Int32, of domid: DomainID) async -> Bool {
        do throws(FakeXenError) {
            return try current { state in state.deviceModels.contains { $0 == (domid, process) } }
        } catch {
            return false
        }
    }

    public func end(of process: Int32) -> AsyncStream<Never> {
        let (stream, source) = AsyncStream.makeStream(of: Never.self)
        let task = Task(executorPreference: FileThreads.shared) {
            await self.followState { state in
                state.deviceModels.contains { $0.process == process }
            } _: { isThere in
                if !isThere { source.finish() }
            }
            source.finish()
        }
        source.onTermination = { _ in task.cancel() }
        return stream
    }
}

extension HostState {
    /// The QEMUs that live.
    fileprivate var deviceModels: [(domid: DomainID, process: Int32)] {
        domains.compactMap { domain in
            guard hasDeviceModel(domain.domid), let process = read(Self.qemu(of: domain.domid)).flatMap(Int32.init)
            else { return nil }
            return (domain.domid, process)
        }
    }
}
