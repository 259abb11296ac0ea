import XenUnits

/// What a driver tells the hook of its steps: the points between which a command can be killed, given up or stopped.
/// The raw value is the step's name, after "driver: ".
package enum DriverStep: String, Sendable, CaseIterable {
    case domainLocked = "domain locked"
    case definitionStaged = "definition staged"
    case definitionCommitted = "definition committed"
    case changeWritten = "change written"
    case stepRecorded = "step recorded"
    case undoPlanned = "undo planned"
    case changeCompleted = "change completed"
    case changeDropped = "change dropped"
    case devicePlugged = "device plugged"
    case deviceUnplugged = "device unplugged"
    case oldDeviceUnplugged = "old device unplugged"
    case linkSet = "link set"
    case mediumChanged = "medium changed"
    case aliasWritten = "alias written"
    case missingDropped = "missing devices dropped"
    case restartPlanned = "restart planned"
    case startPlanned = "start planned"
    case idRecorded = "id recorded"
    case domainPaused = "domain paused"
    case pauseRecorded = "pause recorded"
    case domainUnpaused = "domain unpaused"
    case resumeRecorded = "resume recorded"
    case stopRequested = "stop requested"
    case domainDestroyed = "domain destroyed"
    case endedDomainDestroyed = "ended domain destroyed"
    case endedDomainRenamed = "ended domain renamed"
    case memoryDumped = "memory dumped"
    case statusRemoved = "status removed"
    case statusRebuilt = "status rebuilt"

    /// As the hook gets it.
    package var name: String { "driver: \(rawValue)" }
}

extension StepHook {
    func reached(_ step: DriverStep) {
        reached(step.name)
    }
}
