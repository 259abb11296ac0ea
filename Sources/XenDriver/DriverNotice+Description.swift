import DomainXML
import LibxlAPI
import LibxlTranslation
import SystemPackage
import XLConfig
import XenModel
import XenUnits

extension DriverNotice: CustomStringConvertible {
    /// The sentence behind "warning: ".
    public var description: String {
        switch self {
        case .document(let notice): notice.description
        case .translation(let notice, nil): notice.description
        case .translation(let notice, let domain?): "domain '\(domain)': \(notice)"
        case .xlConfig(let notice): notice.description
        case .omission(let omission): omission.description
        case .definition(let notice, let domain): notice.sentence(of: domain)
        case .device(let notice, let device, let domain): "domain '\(domain)': \(device): \(notice.clause)"
        case .recovery(let notice, let domain): notice.sentence(of: domain)
        case .ending(let ending, let domain):
            "domain '\(domain)' (id \(ending.domid)): its guest \(ending.reason.clause)\(ending.clause)"
        case .abortRequested(let kind, let domain, let process):
            "process \(process) asked that the \(kind.noun) of domain '\(domain)' be given up"
        case .noRestart(let domain):
            "domain '\(domain)': xenkeeperd does not run here, so nothing starts the domain again once its guest has ended;"
                + " start xenkeeperd.service, or the domain itself"
        case .unreadableDefinition(let path, let reason):
            "the definition '\(path)' cannot be read and is left out: \(reason)"
        }
    }
}

extension DefinitionNotice {
    fileprivate func sentence(of domain: String) -> String {
        switch self {
        case .sharedMAC(let mac, let count):
            "domain '\(domain)': \(count) interfaces have the MAC address \(mac);"
                + " a request by that address alone will not distinguish them"
        case .sharedAddress(let address, let count):
            "domain '\(domain)': \(count) devices have the address '\(address)';"
                + " a request by that address alone will not distinguish them"
        case .cannotStart(let error): "domain '\(domain)' cannot be started as it is: \(error)"
        case .untranslatable(let obstacle): "domain '\(domain)' cannot be started as it is: \(obstacle)"
        case .cannotStartNow(let error): "domain '\(domain)' cannot be started now: \(error)"
        case .lostPassword(let display):
            "domain '\(domain)': its \(display) display had a password and has none any more"
        case .runsElsewhere(let domid, let uuid):
            "domain '\(domain)' (id \(domid)) runs, made by another toolstack; "
                + (uuid.map { "the definition has its UUID, \($0); " } ?? "") + "until it ends, the name means that one"
        case .tookUUID: "the UUID is that of the definition of domain '\(domain)', for the file has none"
        case .tookAliases(let devices):
            "aliases from the definition of domain '\(domain)': \(devices.joined(separator: ", "))"
        case .leftAliases(let devices):
            "the definition of domain '\(domain)' has aliases for which no one device of the file is: "
                + devices.joined(separator: ", ")
        }
    }
}

extension DeviceNotice {
    fileprivate var clause: String {
        switch self {
        case .source(let path, let prefix):
            "its source '\(path)' "
                + (prefix.map { "begins with '\($0)', which is no part of a path (write <driver name='…'/> instead)" }
                    ?? "is no absolute path") + "; it is passed to libxl as it stands"
        case .unsaid(let elements):
            "the document leaves out \(elements.joined(separator: ", ")), which no update can change and which stays"
        case .unread(let element): "Xen does not say its \(element), which is left out"
        case .sharedDisk(let path, let other):
            "the disk '\(path)' is in use by domain '\(other)' too, and one of the two may write to it"
        case .sharedHostDevice(let device, let other):
            "the host's device \(device) is in the books of domain '\(other)' too"
        case .linkNotRestored(let error): "its link is not as it was (\(error))"
        }
    }
}

extension RecoveryNotice {
    fileprivate func sentence(of domain: String) -> String {
        switch self {
        case .finished(let kind, let device):
            "domain '\(domain)': \(device): finished the \(kind.noun) that was interrupted"
        case .undone(let kind, let device, let reason):
            "domain '\(domain)': \(device): undid \(kind.indefiniteNoun) that was interrupted\(reason.inBrackets)"
        case .abandoned(let change, let device): "domain '\(domain)': \(device): \(change)"
        case .unfinished(let error): "\(error)"
        case .postponed(let error):
            "domain '\(domain)': what an earlier change left is not put in order yet (\(error));"
                + " the next change to its devices tries again"
        case .startUndone: "domain '\(domain)': undid a start that was interrupted"
        case .restartFinished(let domid):
            "domain '\(domain)': finished the restart that was interrupted; its id is \(domid)"
        case .restartAbandoned(let error):
            "domain '\(domain)': the restart that was interrupted failed (\(error)), and the domain is shut off"
        case .destroyFinished(let domid):
            "domain '\(domain)' (id \(domid)): finished the destroy that was interrupted"
        case .destroyAbandoned(let domid, let error):
            "domain '\(domain)' (id \(domid)): gave up the destroy that was interrupted (\(error)); destroy it again"
        case .notTidied(let error): "domain '\(domain)' is destroyed, its status is not tidied up yet: \(error)"
        case .ended: "domain '\(domain)' no longer runs"
        case .gone(let device):
            "domain '\(domain)': \(device) is gone from Xen and was taken out of the live definition"
        case .statusDamaged(let path, let reason, let aside, let repair):
            "the status '\(path)' is damaged (\(reason)) and was moved to '\(aside)'; \(repair.clause)"
        case .statusLost(let domid, let devices):
            "the status of domain '\(domain)' (id \(domid)) was gone; \(devices.clause)"
        }
    }
}

extension AbandonedChange: CustomStringConvertible {
    /// A clause that follows the device.
    public var description: String {
        let reason = reason.inBrackets
        return switch remains {
        case .adoption: "gave up an adoption that was interrupted, for the device is gone from Xen"
        case .detach:
            "gave up the detach that was interrupted\(reason); it can be detached again, or taken away by force"
        case .attach(let identity, let error):
            "gave up the attach that was interrupted\(reason): what is there of it cannot be taken away (\(error)) and is"
                + " shown as foreign, \(identity)"
        case .controller(let identity, let error):
            "undid an attach that was interrupted\(reason), but for its controller, which cannot be taken away (\(error))"
                + " and is shown as foreign, \(identity)"
        case .update(let error):
            "gave up the update that was interrupted\(reason): what is there of it cannot be taken away (\(error)), so that"
                + " the device cannot be put back"
        case .unplugged(let error):
            "could not be put back after an update that was interrupted (\(error)) and is unplugged"
        case .link(let link): "gave up the update that was interrupted, to put its link \(link)\(reason)"
        case .medium(.ejected(let error)):
            "has neither its new medium\(reason) nor its old one (\(error)), and is empty"
        case .medium(.other(let path)):
            "gave up a change of media that was interrupted, for somebody has put '\(path)' in"
        case .medium(let medium): "gave up a change of media that was interrupted\(reason)\(medium.clause)"
        }
    }
}

extension AbandonedChange.Medium {
    /// What is in the drive, behind a sentence.
    fileprivate var clause: String {
        switch self {
        case .new: "; its medium is the new one"
        case .old: "; its medium is the old one"
        case .none: "; it is empty"
        case .unknown, .other, .ejected: ""
        }
    }
}

extension StatusRepair {
    fileprivate var clause: String {
        switch self {
        case .rebuilt(let devices): devices.clause
        case .notRunning: "the domain does not run"
        case .noDefinition: "the domain has no persistent definition to rebuild it from and is foreign now"
        }
    }
}

extension RebuiltDevices {
    fileprivate var clause: String {
        (recovered.isEmpty ? "no device could be recovered" : "recovered: \(recovered.joined(separator: ", "))")
            + (foreign.isEmpty ? "" : "; shown as foreign: \(foreign.map(\.description).joined(separator: ", "))")
    }
}

extension GuestEnding {
    /// What was done with the domain, behind its guest's end.
    fileprivate var clause: String {
        if let failure { return ", and the domain cannot be destroyed (\(failure)); the next change tries again" }
        guard !isToBeReset else { return resetClause }
        guard let element, let action else { return "; the domain was destroyed" }
        let rule = "; its \(element) is '\(action.word)'"
        if let restarted { return "\(rule), so the domain was started anew (id \(restarted))" + asides }
        if let restartFailure {
            return "\(rule), but the domain cannot be started anew (\(restartFailure)) and is shut off" + asides
        }
        return switch action {
        case .preserve: "\(rule), so the domain is kept as it is; destroy it when it is of no more use"
        case .destroy: "\(rule), so the domain was destroyed"
        case .restart, .restartRename: "\(rule), but xenkeeperd does not run here, so the domain was destroyed"
        case .coredumpDestroy: "\(rule), so the domain was destroyed" + asides
        case .coredumpRestart:
            "\(rule), but xenkeeperd does not run here, so the domain was destroyed" + asides
        }
    }

    /// What became of a guest that is to be reset.
    private var resetClause: String {
        let reason = resetFailure.map { "; it cannot be reset (\($0))" } ?? ""
        if let restartFailure {
            return "\(reason), and the domain cannot be started anew (\(restartFailure)) and is shut off"
        }
        guard let restarted else {
            return "; xenkeeperd does not run here, so the domain is kept as it is;"
                + " destroy it before it is started again"
        }
        return resetFailure == nil
            ? "; it was reset, and goes on" : "\(reason), so the domain was started anew (id \(restarted))"
    }

    /// What came of the dump, and where the old domain is.
    private var asides: String {
        var text =
            switch dump {
            case nil: ""
            case .written(let path): "; the memory of its guest is in '\(path)'"
            case .failed(let reason): "; the memory of its guest could not be dumped (\(reason))"
            }
        if let keptAs { text += "; the old one is kept as '\(keptAs)': destroy it when it is of no more use" }
        return text
    }

    /// Where a definition says what is done.
    private var element: String? {
        switch reason {
        case .poweroff: "on_poweroff"
        case .reboot: "on_reboot"
        case .crash: "on_crash"
        case .watchdog: "onWatchdog"
        case .softReset: "onSoftReset"
        case .unknown, .suspend: nil
        }
    }
}

extension LibxlShutdownReason {
    /// What a guest that ended so has done.
    var clause: String {
        switch self {
        case .unknown: "has ended"
        case .poweroff: "has powered off"
        case .reboot: "has ended to be rebooted"
        case .suspend: "is suspended"
        case .crash: "has crashed"
        case .watchdog: "was ended by its watchdog"
        case .softReset: "waits for a soft reset"
        }
    }
}

extension DriverError? {
    /// A reason as an aside, with a blank before it; nothing for none.
    fileprivate var inBrackets: String { map { " (\($0))" } ?? "" }
}
