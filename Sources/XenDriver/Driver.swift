public import DomainXML
public import Logging
public import SystemPackage
public import XenUnits

/// The domains of one Xen host: what virsh's verbs do, with devices known by their alias.
///
/// A value without state of its own: all state is in files under `root` and in Xen, so any number of drivers, in one
/// process or in several, work on one host. Reading writes nothing and waits for nobody. A change holds its domain's
/// lock, settles what a killed predecessor left, and is either done whole or undone.
public struct Driver: Sendable {
    let host: XenHost
    let store: StateStore
    let settings: DriverSettings
    let steps: StepHook
    let logger: Logger

    /// A driver for `host` that keeps its files below `root`, a folder that is made when it is first needed.
    ///
    /// `steps` is told of each step that a change reaches, for fault tests.
    public init(
        host: XenHost, root: FilePath, settings: DriverSettings = DriverSettings(), steps: StepHook = .none,
        logger: Logger
    ) {
        self.host = host
        self.store = StateStore(root: root, steps: steps)
        self.settings = settings
        self.steps = steps
        self.logger = logger
    }

    /// What this driver's documents may say, as libvirt's Xen driver declares it.
    public static let parseFeatures: ParseFeatures = [.userAliases, .firmwareAutoselection, .netModelStrings]

    /// When an operation that starts now must have ended.
    var deadline: ContinuousClock.Instant {
        ContinuousClock.now.advanced(by: settings.operationTimeout)
    }

    func readerOptions(isStrict: Bool) -> ReaderOptions {
        ReaderOptions(features: Self.parseFeatures, form: .inactive, isStrict: isStrict)
    }
}
