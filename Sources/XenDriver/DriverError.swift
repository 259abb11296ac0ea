public import DomainXML
public import LibxlAPI
public import LibxlTranslation
public import SystemPackage
public import XLConfig
public import XenModel
public import XenUnits

/// Why the driver did not do what it was asked. Nothing is half done when one is thrown, unless it says so.
public enum DriverError: Error, Hashable, Sendable {
    /// No domain has this id, UUID or name.
    case noDomain(DomainReference)
    /// The document cannot be read.
    case document(DomainXMLError)
    /// The xl.cfg cannot be read as a domain, or the domain not be written as one.
    case xlConfig(XLConfigError)
    /// No format of native text has this name.
    case unknownFormat(String)
    /// A format that is known and not converted; the reason is a sentence.
    case formatNotSupported(String)
    /// It was to be carried over whole, and this cannot be.
    case notCarried([DriverNotice])
    /// The file that is, or may be, the definition of the domain cannot be used; the reason is a clause.
    case unreadableDefinition(domain: String, file: FilePath, reason: String)
    /// There is a definition of the domain, and only a new one was to be made.
    case alreadyDefined(domain: String)
    /// An earlier file of the same import has the name or the UUID.
    case takenByFile(domain: String, file: String)
    /// libxl's configuration of the document could not be looked at.
    case unexplained(domain: String, reason: String)
    /// The document is for another hypervisor than Xen.
    case wrongHypervisor(String)
    /// libxl cannot express the definition.
    case untranslatable(Untranslatable, domain: String)
    /// A strict reading met a part of the definition that does not reach libxl.
    case withoutEffect(TranslationNotice, domain: String)
    case notRunning(domain: String)
    case alreadyRunning(domain: String)
    /// Nothing runs in the domain any more, and it is kept as its definition says.
    case guestEnded(domain: String, reason: LibxlShutdownReason)
    /// Nothing runs in the domain any more, and the service starts it anew as soon as it may.
    case leftToService(domain: String, reason: LibxlShutdownReason)
    /// A guest that is held cannot do what it is asked for.
    case guestPaused(domain: String)
    /// The guest did not acknowledge what it was asked for; it still may.
    case guestDoesNotAnswer(domain: String, failure: LibxlError)
    /// The guest has nothing to answer with.
    case noGuestDrivers(domain: String)
    /// The guest's machine has no power button.
    case noPowerButton(domain: String, guestType: GuestType)
    case transientHasNoConfig(domain: String)
    /// Only a domain with a definition can be started with the host.
    case transientHasNoAutostart(domain: String)
    /// The service that keeps this host's domains runs already, as this process if that is known.
    case served(holder: Int32?)
    case cannotUndefineTransient(domain: String)
    /// A change was asked for where `DriverSettings.isReadOnly` refuses all.
    case readOnly
    /// Domain-0 is the host itself.
    case domain0Refuses
    /// Another toolstack made it. `isAllowed` is whether `CallOptions.changesForeignDomains` lets this be done to it
    /// all the same.
    case foreignDomain(name: String, domid: DomainID, isAllowed: Bool)
    /// Another toolstack made it, and runs it under the UUID of another domain that runs.
    case sharedUUID(name: String, domid: DomainID, by: DomainID)
    /// The name belongs to a domain with another UUID.
    case nameTaken(name: String, by: DomainUUID)
    /// The UUID belongs to a domain with another name.
    case uuidTaken(uuid: DomainUUID, by: String)
    /// A domain that we did not start has this name or UUID in Xen.
    case takenInXen(name: String, uuid: DomainUUID, by: DomainID)
    /// The host has less memory free than libxl takes the domain to need.
    case memoryShort(domain: String, needed: Kibibytes, free: Kibibytes)
    case duplicateAlias(DeviceAlias, domain: String)
    case targetTaken(target: String, by: String, domain: String)
    case macTaken(MACAddress, domain: String)
    /// The domain has this device of the host already.
    case hostDeviceTaken(device: String, by: String, domain: String)
    /// Another device of the domain is where the guest would see it.
    case addressTaken(address: String, by: String, domain: String)
    /// Another running domain has the disk, and one of the two may write to it.
    case diskInUse(path: String, by: String)
    /// Another running domain has the device of the host.
    case hostDeviceInUse(device: String, by: String)
    /// Another running domain has what the device needs of the host for itself: a port, a network device's name.
    case claimed(what: String, for: String, by: String)
    /// Two devices of the domain cannot both have this of the host.
    case claimedTwice(what: String, by: String, and: String, domain: String)
    /// The host has no such USB device, or `takenAlike` of its vendor and product, all of which running domains have.
    case noUSBDevice(device: String, domain: String, takenAlike: Int)
    /// Another USB device than the one that is named by its vendor and product is at the place.
    case otherUSBDevice(device: String, domain: String, wanted: String, found: String)
    case noBridge(String, device: String, domain: String)
    /// The connection's configuration does not say which bridge a network is.
    case noNetwork(String, device: String, domain: String, file: FilePath)
    /// The connection's configuration does not say where the key of a secret is.
    case noSecret(String, device: String, domain: String, file: FilePath)
    /// The file of a secret is none that can be trusted, or used.
    case badSecret(name: String, file: FilePath, reason: String)
    /// The connection's configuration cannot be understood.
    case badConfiguration(file: FilePath, reason: String)
    /// An alias that breaks the grammar.
    case malformedAlias(String)
    /// A name that only the driver gives, where a user's is needed.
    case generatedAlias(GeneratedAlias)
    /// What is to be a MAC address and is no unicast one.
    case malformedMAC(String)
    /// What is to be an address and is none, or stands where none can.
    case malformedAddress(String)
    /// The device that is to be named was plugged by another toolstack.
    case foreignDevice(device: String, at: DeviceIdentity, domain: String)
    /// What is to be an identity and is none.
    case malformedIdentity(String)
    /// Two parts of the request name different devices by the same word.
    case contradiction
    /// The request names no device at all.
    case noCriteria
    case noDevice(MatchFailure)
    case severalDevices(MatchFailure)
    /// The device that is to be adopted has a name already.
    case alreadyNamed(device: String, domain: String)
    /// The device that is to be adopted is gone from Xen.
    case goneFromXen(device: String, domain: String)
    /// What Xen says of a foreign device has no place in a document.
    case unreadable(device: String, domain: String, reason: String)
    /// An update asks for what only detach and attach can do.
    case cannotChange(elements: [String], device: String, domain: String)
    /// A device of this class comes and goes with its domain alone.
    case notHotPluggable(device: String, domain: String)
    /// libxl failed in an operation on a domain or device.
    case operation(OperationFailure)
    /// The guest did not let go of a device in time; it goes when the guest does, or by force.
    /// A foreign one is not remembered.
    case guestHoldsDevice(device: String, domain: String, isForeign: Bool, failure: LibxlError)
    /// Xen's records name another backend than the one that we plugged the device to.
    case backendDiffers(device: String, domain: String, ours: DomainID, xen: DomainID)
    /// A NIC whose link is set in the domain that serves it, which is another one.
    case linkElsewhere(device: String, domain: String, backend: String)
    /// A NIC that is a PCI device of the host's: Xen serves no link of it.
    case noLink(device: String, domain: String)
    /// A NIC whose host end is no more there under the name that it had.
    case noLinkDevice(ifname: String, device: String, domain: String)
    /// A change failed and could not be undone at once.
    case unrecovered(device: String, domain: String, reason: String)
    /// The hotplug script of an interrupted change may still run, and the caller's time is over.
    case scriptRuns(device: String, domain: String, waited: Duration, limit: Duration)
    /// What a killed start made of the domain cannot be destroyed.
    case halfStarted(domain: String, OperationFailure)
    /// The domain was paused anew as often as it was let run.
    case staysPaused(domain: String, resumed: Int)
    /// The domain was killed and is not gone from the hypervisor; `holders` are sentences on what keeps it there.
    case dying(domain: String, domid: DomainID, holders: [String])
    /// Nothing is being done to the domain that could be given up.
    case noJob(domain: String)
    /// What is being done to the domain cannot be given up.
    case jobCannotBeAborted(domain: String, ChangeKind)
    /// The process that makes a change was asked to give it up, and has not ended it.
    case jobGoesOn(domain: String, ChangeKind, holder: Int32?, waited: Duration)
    /// The domain has no such console; nil is the first one.
    case noConsole(domain: String, alias: String?)
    /// The console is connected to something else than a terminal of the host; `backend` is the document's word for it.
    case consoleIsNoTerminal(domain: String, alias: String, backend: String)
    /// The host serves the console on no terminal, or not yet; `node` is where xenstore would name it.
    case consoleNotServed(domain: String, node: XenstorePath)
    /// Another session has the console, as process `holder` if that is known.
    case consoleInUse(domain: String, holder: Int32?)
    /// Another session was asked to leave the console, and has not.
    case consoleNotLeft(domain: String, holder: Int32?, waited: Duration)
    /// Programs that are not ours have the console's terminal open.
    case consoleShared(domain: String, path: String, by: [ConsoleUser])
    /// The guest did not end in time after it had been asked to.
    case guestGoesOn(domain: String, waited: Duration)
    /// The guest has ended, and its domain is not started anew.
    case notStartedAnew(domain: String, reason: String)
    case xenstore(XenstoreError)
    case network(HostNetworkError)
    case usb(HostUSBError)
    case state(StateError)
    /// Another change to the domain went on all the time.
    case busy(domain: String, holder: Int32?, waited: Duration)
}

/// The devices that a request could have meant, and why none or several fitted.
public struct MatchFailure: Hashable, Sendable {
    public var criteria: DeviceCriteria
    public var domain: String
    /// Whether the live definition was searched, or the persistent one.
    public var isLive: Bool
    /// None fitted: every device of the class, with what did not fit. Several fitted: those.
    public var candidates: [Candidate]

    /// A device, and which of the criteria did not hold of it.
    public struct Candidate: Hashable, Sendable {
        /// Its alias and what else it is known by.
        public var name: String
        /// Whether Xen has it and no binding knows it, so that it has no alias.
        public var isForeign: Bool
        /// Sentences: "its MAC address is …".
        public var mismatches: [String]
    }
}

/// An operation of libxl's that failed, and what both ends looked like then.
public struct OperationFailure: Hashable, Sendable {
    public var domain: String
    /// The device's name; nil for an operation on the whole domain.
    public var device: String?
    /// What was going on: "attach", "detach", "start" …
    public var phase: String
    public var error: LibxlError
    /// What xenstore said of the device; nil for a domain, or if it said nothing.
    public var ends: DeviceEnds?
    /// How long it was allowed to take, if it was aborted for that.
    public var limit: Duration?
    /// Whether it was aborted because its caller gave it up.
    public var isGivenUp = false
    /// Why it could not be undone at once; the next change to the domain tries again.
    public var undoFailure: LibxlError?
    /// How long undoing it was allowed to take, if that was aborted as well.
    public var undoLimit: Duration?
    /// What a user might do about it, where libxl's words do not lead there.
    public var advice: String?
}

/// What xenstore says of the two ends of a device.
public struct DeviceEnds: Hashable, Sendable {
    public var backendPath: XenstorePath
    public var backendState: Int?
    public var frontendState: Int?
    public var hotplugStatus: String?
    public var hotplugError: String?
}
