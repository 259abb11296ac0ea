public import DomainXML
public import LibxlAPI
public import LibxlTranslation
public import SystemPackage
public import XLConfig
public import XenModel
public import XenUnits

/// What a caller should know beside the outcome of a call: what was left out, what looks unwise, what an earlier
/// command had left behind and was recovered now.
public enum DriverNotice: Hashable, Sendable {
    /// Something of a document is left out, or kept as description.
    case document(DocumentNotice)
    /// Something of a definition does not reach libxl; the domain is nil where no other one could be meant.
    case translation(TranslationNotice, domain: String?)
    /// Something of xl's file is not in the document.
    case xlConfig(XLConfigNotice)
    /// Something of a document is not in xl's file.
    case omission(XLOmission)
    case definition(DefinitionNotice, domain: String)
    /// `device` is its title in messages.
    case device(DeviceNotice, device: String, domain: String)
    case recovery(RecoveryNotice, domain: String)
    case ending(GuestEnding, domain: String)
    /// Somebody asked that the change at hand be given up.
    case abortRequested(ChangeKind, domain: String, by: Int32)
    /// A guest was asked to reboot, and nothing starts its domain again.
    case noRestart(domain: String)
    /// A file in the place of a definition that is none.
    case unreadableDefinition(FilePath, reason: String)
}

/// What is allowed in a definition, or was done to it, and better known before the guest starts.
public enum DefinitionNotice: Hashable, Sendable {
    case sharedMAC(MACAddress, interfaces: Int)
    case sharedAddress(GuestAddress, devices: Int)
    /// It cannot be started as it is.
    case cannotStart(DriverError)
    /// The same, where libxl cannot express it.
    case untranslatable(Untranslatable)
    /// Something that it needs is in use.
    case cannotStartNow(DriverError)
    /// A display had a password before, and the new document has none.
    case lostPassword(display: String)
    /// The domain runs, made by another toolstack; `uuid` is what the definition took from it.
    case runsElsewhere(DomainID, uuid: DomainUUID?)
    /// A converted file has no UUID, and got that of the definition of this name.
    case tookUUID
    /// These devices of a converted file got the aliases of their counterparts in the definition.
    case tookAliases(devices: [String])
    /// These devices of the definition have aliases, and no one device of the file is their counterpart.
    case leftAliases(devices: [String])
}

/// What is to be known of one device.
public enum DeviceNotice: Hashable, Sendable {
    /// The source of a disk is no path; `prefix` is the old name of a driver that it begins with.
    case source(String, prefix: String?)
    /// An update leaves out these elements, which cannot be changed.
    case unsaid(elements: [String])
    /// Xen does not say this of an adopted device.
    case unread(element: String)
    /// An adopted disk is in use by another domain too, and one of the two may write to it.
    case sharedDisk(path: String, with: String)
    /// An adopted device of the host is in the records of another domain too.
    case sharedHostDevice(String, with: String)
    /// A change was undone, but for the link of the device.
    case linkNotRestored(DriverError)
}

/// What recovery found, and what it did.
public enum RecoveryNotice: Hashable, Sendable {
    case finished(ChangeKind, device: String)
    /// `reason` is why it could not be finished; nil if that was not tried.
    case undone(ChangeKind, device: String, reason: DriverError?)
    case abandoned(AbandonedChange, device: String)
    /// It goes on, and this stays as it is.
    case unfinished(DriverError)
    /// What an earlier change left is for the next one.
    case postponed(DriverError)
    case startUndone
    /// A restart that was interrupted has led to this domain.
    case restartFinished(DomainID)
    /// A restart that was interrupted cannot be finished, and the domain is shut off.
    case restartAbandoned(DriverError)
    case destroyFinished(DomainID)
    case destroyAbandoned(DomainID, LibxlError)
    /// The domain is destroyed, and our files are not tidied up yet.
    case notTidied(DriverError)
    /// The domain ended while nobody looked.
    case ended
    /// The device is gone from Xen, and from the live definition.
    case gone(device: String)
    case statusDamaged(FilePath, reason: String, movedTo: FilePath, StatusRepair)
    case statusLost(DomainID, RebuiltDevices)
}

/// A change that could neither be finished nor undone, or of which somebody has made something else.
public struct AbandonedChange: Hashable, Sendable {
    public var remains: Remains
    /// Why it could not be finished; nil if that was not tried.
    public var reason: DriverError?

    /// What became of its device.
    public enum Remains: Hashable, Sendable {
        /// The device that was to be adopted is gone.
        case adoption
        /// The device that was to go is there.
        case detach
        /// What was plugged of it cannot be taken away.
        case attach(DeviceIdentity, LibxlError)
        /// All is undone but for the controller that came with the device.
        case controller(DeviceIdentity, LibxlError)
        /// What was plugged of the new device cannot be taken away.
        case update(LibxlError)
        /// The old device cannot be put back.
        case unplugged(DriverError)
        /// The link cannot be put this way.
        case link(LinkState)
        case medium(Medium)
    }

    /// What is in a drive.
    public enum Medium: Hashable, Sendable {
        /// What nobody knows.
        case unknown
        /// What somebody else has put in.
        case other(String)
        /// Nothing, for neither the new medium nor the old one could be put in.
        case ejected(DriverError)
        case new, old, none
    }
}

/// What became of a status whose file is damaged.
public enum StatusRepair: Hashable, Sendable {
    case rebuilt(RebuiltDevices)
    /// There is nothing to rebuild: the domain does not run.
    case notRunning
    /// There is no definition to rebuild it from: the domain is foreign now.
    case noDefinition
}

/// The devices of a status that was made anew.
public struct RebuiltDevices: Hashable, Sendable {
    /// The names of those that are known again.
    public var recovered: [String]
    /// Those that Xen has and that are none of ours now.
    public var foreign: [DeviceIdentity]
}

/// What became of a dump of a guest's memory.
public enum MemoryDump: Hashable, Sendable {
    case written(FilePath)
    /// There is none, for this reason.
    case failed(String)
}

/// How a guest ended, and what its domain's definition says of that.
public struct GuestEnding: Hashable, Sendable {
    public var domid: DomainID
    public var reason: LibxlShutdownReason
    /// What the definition has for such an end; nil where it has nothing.
    public var action: LifecycleAction?
    /// Whether the domain has a persistent definition.
    public var isPersistent: Bool
    /// Why the domain cannot be destroyed; nil if it was, or was not to be.
    public var failure: LibxlError?
    /// What became of the dump of its memory; nil if there was to be none.
    public var dump: MemoryDump?
    /// What the domain is called by which it is kept beside the one that follows it; nil if it is not.
    public var keptAs: String?
    /// Whether the guest is to go on in its domain, reset, as it has asked.
    public let isToBeReset: Bool
    /// Why it could not be, so that it was restarted; nil if it was, or nobody tried.
    public var resetFailure: LibxlError?
    /// The domain's id after it was started anew, the same one if it was reset; nil if it was not.
    public var restarted: DomainID?
    /// Why it could not be started anew; nil if it was, or nobody tried.
    public var restartFailure: DriverError?

    /// How the guest of the domain `domid` ended, as `definition` has it.
    init(_ domid: DomainID, _ reason: LibxlShutdownReason, of definition: DomainDefinition, isPersistent: Bool) {
        self.domid = domid
        self.reason = reason
        self.isPersistent = isPersistent
        let onSoftReset = definition.xen.onSoftReset ?? .softReset
        isToBeReset = reason == .softReset && onSoftReset == .softReset
        action =
            switch reason {
            case .poweroff: definition.onPoweroff
            case .reboot: definition.onReboot
            case .crash: definition.onCrash
            case .watchdog: definition.xen.onWatchdog
            case .softReset: LifecycleAction(rawValue: onSoftReset.rawValue)
            case .unknown, .suspend: nil
            }
    }

    /// Whether the domain stays as it is; one that nobody resets or starts anew does so as well, if it is to be reset.
    public var isKept: Bool { action == .preserve || isToBeReset && restarted == nil && restartFailure == nil }

    /// Whether the definition wants its memory dumped first.
    public var isToBeDumped: Bool { action == .coredumpRestart || action == .coredumpDestroy }

    /// Whether the definition wants it kept under another name when it is started anew.
    public var isToBeKeptBeside: Bool { action == .restartRename }

    /// Whether the definition wants it started anew, or reset.
    public var isToStartAgain: Bool {
        switch action {
        case .restart, .restartRename, .coredumpRestart: true
        case .destroy, .preserve, .coredumpDestroy: false
        case nil: isToBeReset
        }
    }
}
