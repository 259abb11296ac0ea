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
    /// It was to be carried over whole, and these sentences say what cannot be.
    case notCarried([String])
    /// There is a definition of the domain, and only a new one was to be made.
    case alreadyDefined(domain: String)
    /// An earlier file of the same import has the name or the UUID.
    case takenByFile(domain: String, file: String)
    /// libxl's configuration of the document could not be looked at.
    case unexplained(domain: String, reason: String)
    /// The document is for another hypervisor than Xen.
    case wrongHypervisor(String)
    /// libxl has no words for the definition.
    case untranslatable(Untranslatable, domain: String)
    /// A strict reading met a part of the definition that libxl is not told.
    case withoutEffect(TranslationNotice, domain: String)
    case notRunning(domain: String)
    case alreadyRunning(domain: String)
    /// Nothing runs in the domain any more, and it is kept as its definition says.
    case guestEnded(domain: String, reason: LibxlShutdownReason)
    /// A guest that is held cannot do what it is asked for.
    case guestPaused(domain: String)
    /// The guest did not acknowledge what it was asked for; it still may.
    case guestDoesNotAnswer(domain: String, failure: LibxlError)
    /// The guest has nothing to answer with.
    case noGuestDrivers(domain: String)
    /// The guest's machine has no power button.
    case noPowerButton(domain: String, guestType: GuestType)
    case transientHasNoConfig(domain: String)
    case cannotUndefineTransient(domain: String)
    /// Domain-0 is the host itself.
    case domain0Refuses
    /// Another toolstack made it. `isAllowed` is whether `DriverSettings.changesForeignDomains` lets this be done to it
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
    case duplicateAlias(DeviceAlias, domain: String)
    case targetTaken(target: String, by: String, domain: String)
    case macTaken(MACAddress, domain: String)
    /// Another running domain has the disk, and one of the two may write to it.
    case diskInUse(path: String, by: String)
    /// Another running domain has the device of the host.
    case hostDeviceInUse(device: String, by: String)
    /// The host has no such USB device, or `takenAlike` of its make, all of which running domains have.
    case noUSBDevice(device: String, domain: String, takenAlike: Int)
    case noBridge(String, device: String, domain: String)
    /// The connection's configuration does not say which bridge a network is.
    case noNetwork(String, device: String, domain: String, file: FilePath)
    /// The connection's configuration cannot be understood.
    case badConfiguration(file: FilePath, reason: String)
    /// `--alias` or a verb's argument that breaks the grammar.
    case malformedAlias(String)
    /// A name that only the driver gives, where a user's is needed.
    case generatedAlias(GeneratedAlias)
    /// `--mac` that is no unicast MAC address.
    case malformedMAC(String)
    /// `--identity` that is no identity.
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
    /// A NIC whose host end is not in this domain, or has gone.
    case noLinkDevice(ifname: String, device: String, domain: String)
    /// A change that an earlier command left could be neither completed nor undone.
    case unsettled(device: String, domain: String, reason: String)
    /// The hotplug script of an interrupted change may still run, and the caller's time is over.
    case scriptRuns(device: String, domain: String, waited: Duration, limit: Duration)
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
    /// Why it could not be undone at once; the next change to the domain tries again.
    public var undoFailure: LibxlError?
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
