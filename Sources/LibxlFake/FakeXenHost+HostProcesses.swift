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
        let ends = awaitedEnds
        let number = ends.add(process, source) {
            Task(executorPreference: FileThreads.shared) {
                await self.followState {
                    $0.processes
                } _: {
                    ends.finish(besides: $0)
                }
                ends.finish(besides: [])
            }
        }
        source.onTermination = { _ in ends.remove(number) }
        // It may have ended before it was waited for, and nothing changes any more.
        do throws(FakeXenError) {
            if try current({ !$0.processes.contains(process) }) { source.finish() }
        } catch {
            source.finish()
        }
        return stream
    }
}

/// Those who wait for the ends of processes of a fake host: one look at the host is for all of them.
final class AwaitedEnds: Sendable {
    private struct State {
        var waiting: [Int: (process: Int32, source: AsyncStream<Never>.Continuation)] = [:]
        var next = 0
        /// Looks at the host, while anybody waits.
        var task: Task<Void, Never>?
    }
    private let state = Locked(State())

    /// Adds one who waits, by the number by which he is removed; `follow` begins to look at the host.
    func add(
        _ process: Int32, _ source: AsyncStream<Never>.Continuation, follow: () -> Task<Void, Never>
    ) -> Int {
        state.withLock { state in
            state.next += 1
            state.waiting[state.next] = (process, source)
            if state.task == nil { state.task = follow() }
            return state.next
        }
    }

    func remove(_ number: Int) {
        state.withLock { state in
            state.waiting[number] = nil
            guard state.waiting.isEmpty else { return }
            state.task?.cancel()
            state.task = nil
        }
    }

    /// Ends all who wait for a process that is not in `processes`.
    func finish(besides processes: Set<Int32>) {
        let ended = state.withLock { state in state.waiting.values.filter { !processes.contains($0.process) } }
        // Each removes itself.
        for (_, source) in ended { source.finish() }
    }
}

extension HostState {
    /// The processes that live.
    fileprivate var processes: Set<Int32> { Set(deviceModels.map(\.process)) }

    /// The QEMUs that live.
    fileprivate var deviceModels: [(domid: DomainID, process: Int32)] {
        domains.compactMap { domain in
            guard hasDeviceModel(domain.domid), let process = read(Self.qemu(of: domain.domid)).flatMap(Int32.init)
            else { return nil }
            return (domain.domid, process)
        }
    }
}
