public import DomainXML
public import Logging
public import SystemPackage
public import XenUnits

/// The domains of one Xen host: what virsh's verbs do, with devices known by their alias.
///
/// A value without state of its own: all state is in files under `root` and in Xen, so any number of drivers, in one
/// process or in several, work on one host. Reading writes nothing and waits for nobody. A change holds its domain's
/// lock, recovers what a killed predecessor left, and is either done whole or undone.
///
/// Files and locks may block a thread. What a call does it does on threads of its own for that, so that no thread of
/// Swift's pool waits for a disk.
public struct Driver: Sendable {
    package let host: XenHost
    let store: StateStore
    let settings: DriverSettings
    let steps: StepHook
    let clock: any HostClock
    let logger: Logger
    let publish: ChangeHook

    /// A driver for `host` that keeps its files below `root`, a directory that is made when it is first needed. All its
    /// times go by `clock`.
    ///
    /// `steps` is called at each step that a change reaches, for fault tests. At the level debug `logger` gets these
    /// as well, and each call of libxl's. `changes` is called with how far each change is.
    public init(
        host: XenHost, root: FilePath, settings: DriverSettings = DriverSettings(), clock: any HostClock,
        steps: StepHook = .none, changes: ChangeHook = .none, logger: Logger
    ) {
        let isLogged = logger.logLevel <= .debug
        let logged = StepHook { step in
            logger.here.debug("\(step)")
            steps.reached(step)
        }
        self.host = isLogged ? host.logged(by: logger, clock) : host
        self.steps = isLogged ? logged : steps
        self.store = StateStore(root: root, steps: self.steps)
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.publish = changes
    }

    /// What this driver's documents may say, as libvirt's Xen driver declares it.
    public static let parseFeatures: ParseFeatures = [.userAliases, .firmwareAutoselection, .netModelStrings]

    func readerOptions(isStrict: Bool) -> ReaderOptions {
        ReaderOptions(features: Self.parseFeatures, form: .inactive, isStrict: isStrict)
    }
}

/// How long the driver waits for what, where the caller of a verb has set no deadline or has no say.
public struct DriverSettings: Hashable, Sendable {
    /// For another command's change to the same domain to end, out of the time of the whole.
    public var lockTimeout: Duration = .seconds(30)
    /// For one change, from its first lock to its last step.
    public var operationTimeout: Duration = .seconds(60)
    /// For undoing a change that failed or was given up, from then on.
    public var undoTimeout: Duration = .seconds(60)
    /// For a hotplug script that an earlier, killed command left running: libxl's own limit.
    public var scriptLimit: Duration = .seconds(40)
    /// For the memory of a guest to be dumped.
    public var dumpTimeout: Duration = .seconds(3600)
    /// How long a domain that was destroyed may take to be gone from the hypervisor before that is an error.
    public var deathLimit: Duration = .seconds(2)

    /// How often whoever makes a change looks whether another process asks that it be given up; nil is never.
    public var requestInterval: Duration? = .milliseconds(500)

    /// The defaults.
    public init() {}
}
