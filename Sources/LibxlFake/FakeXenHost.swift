import LibxlAPI
public import SystemPackage
public import XenUnits

/// A Xen host that is not there: domains, xenstore and network in memory, or in a directory so that separate processes
/// see one host.
///
/// It keeps libxl's promises: an operation goes through the same steps (`FakeOperation.steps`), each stored before the
/// next begins, and can fail, stall or be killed between any two. What hotplug scripts and guests do by themselves goes
/// on when the process that began it is gone: it is kept with a time, and whoever looks after that time sees it done.
///
/// Source: libxl 4.17's behaviour, for the paths, nodes, orders and error codes.
public final class FakeXenHost: Sendable {
    let store: any HostStore
    let steps: StepHook
    let clock: any HostClock
    /// Who waits for the ends of QEMUs.
    let awaitedEnds = AwaitedEnds()

    /// A host in memory, just booted.
    public init(
        configuration: FakeXenConfiguration = .init(), clock: any HostClock = SystemClock(), steps: StepHook = .none
    ) {
        store = MemoryStore(configuration: configuration, booted: .now(clock))
        self.clock = clock
        self.steps = steps
    }

    /// The host in `directory`, which the first change makes if it is not there: `host.json` is its configuration,
    /// `state.json` and `domains` what there is on it, `calls.jsonl` what was called. A directory that cannot be used is an error with its
    /// path and advice.
    public init(
        directory: FilePath, clock: any HostClock = SystemClock(), steps: StepHook = .none
    ) throws(FakeXenError) {
        store = try DirectoryStore(directory: directory, booted: .now(clock))
        self.clock = clock
        self.steps = steps
    }

    /// What `look` finds in the state as it is now.
    func current<Value>(_ look: (HostState) -> Value) throws(FakeXenError) -> Value {
        let state = try store.load(at: .now(clock))
        let value = look(state)
        if let failure = state.failure { throw failure }
        return value
    }

    /// Changes the state as it is now, stores it with everything that follows at once, and returns what `body` does;
    /// if that fails nothing is changed.
    func change<Value: Sendable>(
        _ body: (inout HostState, Moment) throws(LibxlError) -> Value
    ) throws(FakeXenError) -> Result<Value, LibxlError> {
        try store.update(at: { .now(clock) }) { state, now in
            var draft = state
            do throws(LibxlError) {
                let value = try body(&draft, now)
                draft.react(at: now)
                draft.pass(to: now)
                state = draft
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
    }
}
