import LibxlAPI
import XenModel
import XenUnits

/// What a step of a change does: how to see how far it came, how to do it, and how to undo it.
///
/// The command that makes the change and whoever finds it unfinished go by these alone.
protocol ChangeWork: Hashable, Sendable, Codable {
    var target: Change.Target { get }
    /// What the domain has once the step is done, as libxl is passed it; nil for nothing that it had not before.
    var gain: PlacedDevice? { get }

    /// How far an interrupted change came with it. Waits for a hotplug script that may still run.
    func standing(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepStanding

    /// Does it. Doing it again, where it is done already or in part, is harmless from the point of no return on.
    func perform(in live: LiveDomain, by driver: Driver) async throws(DriverError) -> StepEnd

    /// Puts everything back as it was before the step, however far it came. Returns what is not quite as it was; nil if
    /// nothing is.
    func undo(in live: LiveDomain, by driver: Driver) async throws(UndoFailure) -> DeviceNotice?
}

/// How far an interrupted change came with a step.
enum StepStanding: Hashable, Sendable {
    case done
    /// Not done, or in part.
    case open
    /// What it is about is gone, or somebody has made something else of it: there is nothing to do or to undo. With why
    /// the change was given up, where that is not reported of the device anyway.
    case overtaken(AbandonedChange.Remains?)
}

/// How a step ended that did not fail.
enum StepEnd: Hashable, Sendable {
    case done
    /// A device was taken away without the guest's consent.
    case removedByForce
    /// The guest holds on to the device, and it is left to the guest to let go of it.
    case heldByGuest(LibxlError)
}

/// Why a step is not undone.
enum UndoFailure: Error, Sendable {
    /// It has come so far that it can only be finished.
    case pastNoReturn
    /// Recovery reports what became of the device, and goes on without it. Nil where nothing could be read or written:
    /// then the change stays.
    case failed(DriverError, AbandonedChange.Remains?)
}
