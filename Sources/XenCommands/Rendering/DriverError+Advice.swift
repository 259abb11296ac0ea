import XenDriver

extension DriverError {
    /// The sentence behind "error: ": the driver's, and what a user may type.
    var message: String { advice.map { "\(self); \($0)" } ?? "\(self)" }

    /// The verb or flag that does what the driver's sentence says; nil where there is none to name.
    var advice: String? {
        switch self {
        case .noGuestDrivers: "shutdown --mode acpi presses the button, destroy ends it without asking"
        case .noPowerButton: "use --mode paravirt"
        case .guestDoesNotAnswer: "destroy does that"
        case .foreignDomain(_, _, isAllowed: true): "--foreign does it all the same"
        case .foreignDevice(_, let identity, _): "name it with adopt --identity \(identity)"
        case .malformedIdentity: "device-list shows them under Identity"
        case .goneFromXen: "attach-device does that"
        case .consoleInUse: "console --force does that"
        case .notHotPluggable: "--config changes it"
        case .guestHoldsDevice: "--force takes it away"
        case .backendDiffers: "look at it with device-list"
        case .severalDevices(let failure) where failure.candidates.contains(where: \.isForeign):
            "--identity names one by what device-list shows"
        default: nil
        }
    }
}

extension DriverNotice {
    /// The sentence behind "warning: " or "note: ": the driver's, and what a user may type.
    var message: String { advice.map { "\(self); \($0)" } ?? "\(self)" }

    /// The verb or flag that does what the driver's sentence says; nil where there is none to name.
    private var advice: String? {
        switch self {
        case .definition(.lostPassword, _): "dumpxml --security-info prints a document that keeps it"
        case .recovery(.unfinished(let error), _): error.advice
        case .recovery(.abandoned(let change, _), _) where change.remains == .detach: "--force takes it away"
        case .ending(let ending, let domain)
        where ending.isToStartAgain && ending.failure == nil && ending.restarted == nil:
            ending.isPersistent ? "'start \(domain)' brings it back" : "'create' brings it back"
        default: nil
        }
    }
}
