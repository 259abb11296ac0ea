import DomainXML
import LibxlAPI
import XLConfig
import XenModel
import XenUnits

extension DriverError: CustomStringConvertible {
    /// libvirt's kind of this error.
    public var code: LibvirtErrorCode {
        switch self {
        case .noDomain: .noDomain
        case .readOnly: .operationDenied
        case .noNetwork: .noNetwork
        case .noSecret, .badSecret: .noSecret
        case .badConfiguration: .confSyntax
        case .document: .xmlError
        case .xlConfig(.inexpressible), .notCarried: .configUnsupported
        case .xlConfig: .confSyntax
        case .unknownFormat: .invalidArg
        case .formatNotSupported: .operationUnsupported
        case .alreadyDefined, .takenByFile, .unreadableDefinition: .operationFailed
        case .unexplained: .internalError
        case .wrongHypervisor, .untranslatable, .withoutEffect, .duplicateAlias, .cannotChange, .notHotPluggable,
            .noBridge, .noUSBDevice, .otherUSBDevice,
            .unreadable:
            .configUnsupported
        case .notRunning, .alreadyRunning, .transientHasNoConfig, .transientHasNoAutostart, .served,
            .cannotUndefineTransient, .domain0Refuses,
            .foreignDomain, .sharedUUID, .alreadyNamed, .foreignDevice, .goneFromXen, .guestEnded, .leftToService,
            .guestPaused, .linkElsewhere,
            .noLink, .halfStarted, .staysPaused, .dying, .noJob, .jobCannotBeAborted, .notStartedAnew:
            .operationInvalid
        case .noGuestDrivers, .noPowerButton: .operationUnsupported
        case .noConsole, .consoleIsNoTerminal: .internalError
        case .nameTaken, .uuidTaken, .takenInXen, .memoryShort, .targetTaken, .hostDeviceTaken, .addressTaken,
            .diskInUse,
            .hostDeviceInUse, .claimed, .claimedTwice, .severalDevices,
            .guestHoldsDevice,
            .unrecovered, .consoleNotServed, .consoleInUse, .consoleNotLeft, .consoleShared:
            .operationFailed
        case .macTaken, .malformedAlias, .generatedAlias, .malformedMAC, .malformedIdentity, .malformedAddress,
            .contradiction,
            .noCriteria:
            .invalidArg
        case .noDevice: .deviceMissing
        case .operation(let failure):
            failure.isGivenUp ? .operationAborted : failure.limit == nil ? .internalError : .operationTimeout
        case .backendDiffers, .noLinkDevice, .xenstore, .network, .usb: .internalError
        case .state: .systemError
        case .busy, .scriptRuns, .guestDoesNotAnswer, .jobGoesOn, .guestGoesOn: .operationTimeout
        }
    }

    /// The sentence behind "error: ", with libvirt's words for the kind of error before it.
    public var description: String { (code.prefix.map { "\($0): " } ?? "") + sentence }

    /// Where in a document something is wrong, and what; nil for another error.
    public var documentProblem: (path: String, problem: String)? {
        guard case .document(.model(let path, _, let problem)) = self else { return nil }
        return (path, "\(problem)")
    }

    private var sentence: String {
        switch self {
        case .noDomain(let reference):
            if reference.uuid != nil {
                "no domain with matching uuid '\(reference)'"
            } else if reference.domid != nil {
                "no domain with matching id or name '\(reference)'"
            } else {
                "no domain with matching name '\(reference)'"
            }
        case .readOnly: "read only access prevents changes"
        case .document(let error): "\(error)"
        case .wrongHypervisor(let type):
            "the document is for '\(type)'; this driver runs <domain type='xen'> alone"
        case .untranslatable(let reason, let domain): "domain '\(domain)': \(reason)"
        case .withoutEffect(let notice, let domain): "domain '\(domain)': \(notice)"
        case .notRunning: "domain is not running"
        case .alreadyRunning: "Domain is already running"
        case .guestEnded(let domain, let reason):
            "the guest of domain '\(domain)' \(reason.clause) and the domain is kept as it is;"
                + " destroy it before it is started anew"
        case .leftToService(let domain, let reason):
            "the guest of domain '\(domain)' \(reason.clause), and xenkeeperd starts the domain anew as soon as it may;"
                + " wait for that, or destroy the domain"
        case .guestPaused: "domain is paused and its guest cannot answer; resume it first"
        case .guestDoesNotAnswer(let domain, let failure):
            "the guest of domain '\(domain)' did not say that it will end (\(failure)); it still may,"
                + " and can be destroyed without being asked"
        case .noGuestDrivers(let domain):
            "the guest of domain '\(domain)' has no Xen drivers that could be asked; its power button may end it, and it"
                + " can be destroyed"
        case .noPowerButton(let domain, let guestType):
            "domain '\(domain)' is a \(guestType.rawValue) guest, and only hvm guests have a power button;"
                + " its Xen drivers can be asked"
        case .xlConfig(let error): "\(error)"
        case .unknownFormat(let word): "unsupported config type \(word)"
        case .formatNotSupported(let reason): reason
        case .notCarried(let notices):
            "not all of it can be carried over: \(notices.map(\.description).joined(separator: "; "))"
        case .unreadableDefinition(let domain, let file, let reason):
            "the file '\(file)', which may be the definition of domain '\(domain)', cannot be used: \(reason);"
                + " correct the file, or move it away"
        case .alreadyDefined(let domain):
            "domain '\(domain)' is already defined; undefine it first, or redefine it"
        case .takenByFile(let domain, let file):
            "domain '\(domain)' has the name or the UUID of the one in the file '\(file)'"
        case .unexplained(let domain, let reason):
            "what libxl would be passed for domain '\(domain)' cannot be shown: \(reason)"
        case .transientHasNoConfig: "transient domains do not have any persistent config"
        case .transientHasNoAutostart: "cannot set autostart for transient domain"
        case .served(let holder):
            "xenkeeperd keeps the domains of this host already" + (holder.map { " (process \($0))" } ?? "")
        case .cannotUndefineTransient: "cannot undefine transient domain"
        case .domain0Refuses: "Domain-0 does not support requested operation"
        case .foreignDomain(let name, let domid, let isAllowed):
            "domain '\(name)' (id \(domid)) was made by another toolstack and is left alone"
                + (isAllowed ? "" : "; this is never done to such a domain, use that one's commands")
        case .sharedUUID(let name, let domid, let other):
            "domain '\(name)' (id \(domid)) was made by another toolstack under the UUID of the domain with id \(other);"
                + " its devices cannot be distinguished from that one's, use the other toolstack's commands"
        case .nameTaken(let name, let uuid): "domain '\(name)' already exists with uuid \(uuid)"
        case .uuidTaken(let uuid, let name): "domain '\(name)' is already defined with uuid \(uuid)"
        case .takenInXen(let name, let uuid, let domid):
            "domain id \(domid), which this driver did not start, has the name '\(name)' or the uuid \(uuid);"
                + " stop it with the toolstack that started it"
        case .memoryShort(let domain, let needed, let free):
            "domain '\(domain)' needs \(needed.count) KiB of the host's memory, with what the hypervisor takes for it, and"
                + " \(free.count) KiB are free; stop other domains, or give it or Domain-0 less"
        case .duplicateAlias(let alias, let domain):
            "non unique alias detected: \(alias) is already a device of domain '\(domain)'"
        case .targetTaken(let target, let other, let domain):
            "target \(target) already exists in domain '\(domain)'"
                + (other == target ? "" : ", as '\(other)': both name one device in Xen")
        case .macTaken(let mac, let domain):
            "network device with mac \(mac) already exists in domain '\(domain)'"
        case .hostDeviceTaken(let device, let holder, let domain):
            "the host's \(device) already exists in domain '\(domain)', as \(holder)"
        case .addressTaken(let address, let holder, let domain):
            "the address '\(address)' already exists in domain '\(domain)', for \(holder);"
                + " give the device another one, or none"
        case .diskInUse(let path, let domain):
            "the disk '\(path)' is in use by domain '\(domain)' and one of the two may write to it;"
                + " make both <readonly/> or both <shareable/>"
        case .hostDeviceInUse(let device, let domain):
            "the host's device \(device) is in use by domain '\(domain)'; detach it there, or destroy that domain"
        case .claimed(let what, let device, let holder):
            "\(what) that \(device) is to have is in use by domain '\(holder)'; give one of the two another"
        case .claimedTwice(let what, let device, let other, let domain):
            "\(device) and \(other) of domain '\(domain)' cannot both have \(what); give one of them another"
        case .noUSBDevice(let device, let domain, 0):
            "the host has no USB device for \(device) of domain '\(domain)'; plug it into the host, or name another one"
                + " (lsusb lists them)"
        case .noUSBDevice(let device, let domain, let takenAlike):
            "running domains have all \(takenAlike) USB devices of the host that could be \(device) of domain"
                + " '\(domain)'; detach one there first"
        case .noBridge(let bridge, let device, let domain):
            "the host has no bridge '\(bridge)' for \(device) of domain '\(domain)'; create it or name another one"
        case .noNetwork(let network, let device, let domain, let file):
            "no network with matching name '\(network)' for interface '\(device)' of domain '\(domain)';"
                + " give it a bridge under \"networks\" in '\(file)', or use type='bridge'"
        case .noSecret(let secret, let device, let domain, let file):
            "no secret with matching UUID or usage '\(secret)' for disk '\(device)' of domain '\(domain)'; give it a file"
                + " that holds its key under \"secrets\" in '\(file)'"
        case .badSecret(let name, let file, let reason): "'\(file)', the key of secret '\(name)': \(reason)"
        case .badConfiguration(let file, let reason): "'\(file)': \(reason)"
        case .malformedAlias(let text):
            "'\(text)' is no alias: a user's is '\(UserAlias.prefix)' and at least one of A-Z a-z 0-9 _ -,"
                + " a generated one a word and a number such as 'net0'"
        case .generatedAlias(let alias):
            "'\(alias)' is a name that only the driver gives; a user's is '\(UserAlias.prefix)' and at least one of"
                + " A-Z a-z 0-9 _ -"
        case .malformedMAC(let text):
            "'\(text)' is no MAC address of a NIC: six pairs of hexadecimal digits with colons between, not multicast"
        case .malformedAddress(let text):
            "'\(text)' is no address: give a host device's such as 0000:03:00.0 or 'usb 1.4', or the guest's such as"
                + " pci:0000.00.05.0 or drive:0.0.0.1"
        case .foreignDevice(let device, let identity, let domain):
            "\(device) of domain '\(domain)' was plugged by another toolstack, as \(identity), and can be adopted"
        case .otherUSBDevice(let device, let domain, let wanted, let found):
            "\(device) of domain '\(domain)' is to be \(wanted), and the host has \(found) there; correct the place, or"
                + " leave it out so that the device is looked for (lsusb lists them)"
        case .malformedIdentity(let text):
            "'\(text)' is no identity: give a kind and a number, such as vif/0 or vbd/51712"
        case .contradiction:
            "the request contradicts itself: no device can have two aliases, MAC addresses, targets or identities"
        case .noCriteria:
            "the request names no device: give its alias, MAC address, target, source, address or identity"
        case .alreadyNamed(let device, let domain):
            "\(device) of domain '\(domain)' is known by that name already; to give it another one, detach it and"
                + " attach it under that"
        case .goneFromXen(let device, let domain):
            "\(device) of domain '\(domain)' is gone from Xen; attach it again"
        case .unreadable(let device, let domain, let reason):
            "what Xen says of \(device) of domain '\(domain)' cannot stand in a document (\(reason));"
                + " change it with the toolstack that plugged it"
        case .noDevice(let failure): failure.none
        case .severalDevices(let failure): failure.several
        case .cannotChange(let elements, let device, let domain):
            "\(device) of domain '\(domain)': an update cannot change \(elements.joined(separator: ", "));"
                + " detach the device and attach it as it should be"
        case .notHotPluggable(let device, let domain):
            "\(device) can be neither attached to domain '\(domain)' nor detached while it runs; change the persistent"
                + " definition, and the next start makes it so"
        case .operation(let failure): "\(failure)"
        case .guestHoldsDevice(let device, let domain, let isForeign, let failure):
            "the guest of domain '\(domain)' did not let go of \(device) (\(failure)); it stays plugged, "
                + (isForeign
                    ? "can be detached again once the guest has released it"
                    : "is unplugged when the guest releases it")
                + ", and can be taken away by force"
        case .backendDiffers(let device, let domain, let ours, let xen):
            "\(device) of domain '\(domain)' was plugged to backend domain \(ours), but Xen now says \(xen);"
                + " nothing was done"
        case .linkElsewhere(let device, let domain, let backend):
            "\(device) of domain '\(domain)' is served by domain '\(backend)', and its link is set there; in this domain it"
                + " can only be up"
        case .noLink(let device, let domain):
            "\(device) of domain '\(domain)' is a PCI device of the host that the guest has to itself, so that Xen serves no"
                + " link of it; set the link in the guest"
        case .noLinkDevice(let ifname, let device, let domain):
            "this host has no network device '\(ifname)', by which the link of \(device) of domain '\(domain)' could be set;"
                + " it was renamed or removed: give it its name back, or detach the device and attach it again"
        case .unrecovered(let device, let domain, let reason):
            "the change to \(device) of domain '\(domain)' failed and could not be undone: \(reason); the next change to the"
                + " domain tries again, and if that fails gives it up"
        case .halfStarted(let domain, let failure):
            "domain '\(domain)' is half made: a start of it was interrupted and cannot be undone (\(failure.error)); destroy"
                + " it"
        case .staysPaused(let domain, let count):
            "domain '\(domain)' was let run \(count) times and is still paused; somebody pauses it again"
        case .dying(let domain, let domid, let holders):
            "domain '\(domain)' (id \(domid)) was destroyed and is not gone yet: \(holders.joined(separator: "; "));"
                + " once it lets go, the hypervisor removes the domain; destroying it again is another try"
        case .scriptRuns(let device, let domain, let waited, let limit):
            "the hotplug script of an interrupted change to \(device) of domain '\(domain)' did not end within"
                + " \(waited); it has \(limit) from its start, then the change is undone"
        case .noJob: "no job is active on the domain"
        case .jobCannotBeAborted(let domain, let kind):
            "\(kind.indefiniteNoun) of domain '\(domain)' is under way, which cannot be given up; it ends by itself"
        case .jobGoesOn(let domain, let kind, let holder, let waited):
            "the \(kind.noun) of domain '\(domain)' goes on \(waited) after it was asked to be given up"
                + (holder.map { "; process \($0) makes it, and what it leaves when it is killed is recovered" } ?? "")
        case .noConsole(let domain, let alias):
            "cannot find character device \(alias ?? "<null>") of domain '\(domain)'"
                + (alias == nil ? "" : "; name a console, serial port or channel by its alias")
        case .consoleIsNoTerminal(_, let alias, let backend):
            "character device \(alias) is not using a PTY but '\(backend)'; it is reached by that"
        case .consoleNotServed(let domain, let node):
            "the host serves the console of domain '\(domain)' on no terminal (xenstore has no \(node)); look whether"
                + " xenconsoled, or the domain's QEMU, runs"
        case .consoleInUse(let domain, let holder):
            "Active console session exists for this domain ('\(domain)'"
                + (holder.map { ", process \($0)" } ?? "") + "); it can be ended by force"
        case .consoleNotLeft(let domain, let holder, let waited):
            "the other console session of domain '\(domain)' has not ended within \(waited)"
                + (holder.map { "; end process \($0)" } ?? "")
        case .consoleShared(let domain, let path, let users):
            "the terminal \(path) of domain '\(domain)' is in use by \(users.list); end that first"
        case .guestGoesOn(let domain, let waited):
            "the guest of domain '\(domain)' has not ended within \(waited); it still may, and can be destroyed without"
                + " being asked"
        case .notStartedAnew(let domain, let reason):
            "the guest of domain '\(domain)' has ended, and the domain is not started anew: \(reason)"
        case .xenstore(let error): "\(error)"
        case .network(let error): "\(error)"
        case .usb(let error): "cannot read the host's USB devices: \(error)"
        case .state(let error): "\(error)"
        case .busy(let domain, let holder, let waited):
            "cannot acquire state change lock of domain '\(domain)' within \(waited)"
                + (holder.map { "; process \($0) is changing it" } ?? "")
        }
    }
}

extension MatchFailure {
    fileprivate var none: String {
        let searched = "the \(isLive ? "live" : "persistent") definition of domain '\(domain)'"
        let start = "no device found matching \(criteria.sentence) in \(searched)"
        if candidates.isEmpty {
            return start + ", which has no \(criteria.deviceClass.map { "\($0.rawValue) " } ?? "")device"
        }
        // Asked by alias alone, the names say all that there is to say.
        let isAliasAlone = criteria.isAliasAlone
        return start + "; it has "
            + list(separator: isAliasAlone ? ", " : "; ") { candidate in
                isAliasAlone ? candidate.name : "\(candidate.name): \(candidate.mismatches.joined(separator: ", "))"
            }
    }

    /// The first ten candidates as `text` has them, and how many more there are.
    private func list(separator: String, _ text: (Candidate) -> String) -> String {
        let shown = 10
        let list = candidates.prefix(shown).map(text).joined(separator: separator)
        return candidates.count > shown ? list + "\(separator)and \(candidates.count - shown) more" : list
    }

    fileprivate var several: String {
        let start =
            criteria.isOnlyMAC
            ? criteria.mac.map { "multiple devices matching MAC address \($0) found" } ?? "multiple devices found"
            : "multiple matching devices found for \(criteria.sentence)"
        return start + " in the \(isLive ? "live" : "persistent") definition of domain '\(domain)': "
            + list(separator: ", ", \.name) + "; name one of them by its alias"
            + (candidates.contains(where: \.isForeign) ? " or by its identity" : "")
    }
}

extension DeviceCriteria {
    fileprivate var isOnlyMAC: Bool {
        var criteria = DeviceCriteria(deviceClass: deviceClass)
        criteria.mac = mac
        return mac != nil && self == criteria
    }

    /// Whether nothing but the alias is given.
    var isAliasAlone: Bool {
        var criteria = DeviceCriteria(deviceClass: deviceClass)
        criteria.alias = alias
        return self == criteria
    }

    var sentence: String {
        var parts: [String] = []
        if let address { parts.append("address '\(address)'") }
        if let mac { parts.append("MAC address '\(mac)'") }
        if let target { parts.append("target '\(target)'") }
        if let source { parts.append("source '\(source)'") }
        if let hostDevice { parts.append("host device '\(hostDevice)'") }
        if let controller { parts.append("controller '\(controller)'") }
        if let character { parts.append("target '\(character)'") }
        if let opaque { parts.append("the whole <\(opaque.name)>") }
        if let alias { parts.append("alias '\(alias)'") }
        if let identity { parts.append("identity '\(identity)'") }
        return parts.joined(separator: " and ")
    }
}

extension OperationFailure: CustomStringConvertible {
    public var description: String {
        var text = "domain '\(domain)': \(phase)" + (device.map { " of \($0)" } ?? "")
        if isGivenUp {
            text += " was given up" + (undoFailure == nil ? " and undone" : "") + " (\(error))"
        } else if let limit {
            text += " did not end within \(limit) and was aborted (\(error))"
        } else {
            text += " failed: \(error)"
        }
        if let ends { text += "; \(ends)" }
        if let advice { text += "; \(advice)" }
        if let undoFailure {
            text += "; what was done could not be undone"
            if let undoLimit { text += " within another \(undoLimit)" }
            text += " (\(undoFailure)), the next change to the domain tries again"
        }
        return text
    }
}

extension DeviceEnds: CustomStringConvertible {
    public var description: String {
        func state(_ number: Int?) -> String {
            guard let number else { return "absent" }
            return XenbusState(rawValue: number).map { "\(number), \($0)" } ?? "\(number)"
        }
        var text = "\(backendPath): backend state \(state(backendState)), frontend state \(state(frontendState))"
        if let hotplugStatus { text += ", hotplug-status '\(hotplugStatus)'" }
        if let hotplugError { text += ", the script said '\(hotplugError)'" }
        return text
    }
}
