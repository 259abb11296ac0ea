public import DomainXML
public import Logging
public import SystemPackage
public import XenUnits

/// The domains of one Xen host: what virsh's verbs do, with devices known by their alias.
///
/// A value without state of its own: all state is in files under `root` and in Xen, so any number of drivers, in one
/// process or in several, work on one host. Reading writes nothing and waits for nobody. A change holds its domain's
/// lock, settles what a killed predecessor left, and is either done whole or undone.
///
/// Files and locks may block a thread. What a call does it does on threads of its own for that, so that no thread of
/// Swift's pool waits for a disk.
public struct Driver: Sendable {
    let host: XenHost
    let store: StateStore
    let settings: DriverSettings
    let steps: StepHook
    let clock: any HostClock
    let logger: Logger
    let publish: ChangeHook

    /// A driver for `host` that keeps its files below `root`, a directory that is made when it is first needed. All its times go by
    /// `clock`.
    ///
    /// `steps` is told of each step that a change reaches, for fault tests. At the level debug `logger` is told of these
    /// as well, and of each call of libxl's. `changes` is told how far each change is.
    public init(
        host: XenHost, root: FilePath, settings: DriverSettings = DriverSettings(), clock: any HostClock,
        steps: StepHook = .none, changes: ChangeHook = .none, logger: Logger
    ) {
        let isTold = logger.logLevel <= .debug
        let told = StepHook { step in
            logger.debug("\(step)")
            steps.reached(step)
        }
        self.host = isTold ? host.telling(logger, clock) : host
        self.steps = isTold ? told : steps
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
