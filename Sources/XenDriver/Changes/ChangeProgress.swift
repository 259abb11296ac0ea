public import XenModel
public import XenUnits

/// How far a change of a domain has come: reported as each of its steps begins, and once when it is done and committed.
///
/// Who asked for the change has its handle: the task that did. Cancelled, the change is given up in order.
public struct ChangeProgress: Hashable, Sendable {
    public var domain: DomainName
    public var uuid: DomainUUID
    public var kind: ChangeKind
    /// The device that it is on, as messages name it; nil if it is on the whole domain.
    public var device: String?
    /// How many steps are done, and of how many.
    public var done: Int
    public var steps: Int
    /// When all of it must have ended.
    public var deadline: ContinuousClock.Instant

    /// Whether all is done, and in the files.
    public var isDone: Bool { done == steps }
}

/// Called with the progress of each change that a driver makes, on the task that makes it and with the domain's lock
/// held: so it must return at once. One that was undone is not reported any more.
public struct ChangeHook: Sendable {
    private let body: @Sendable (ChangeProgress) -> Void

    public init(_ body: @escaping @Sendable (ChangeProgress) -> Void) {
        self.body = body
    }

    /// Does nothing.
    public static let none = ChangeHook { _ in }

    func callAsFunction(_ progress: ChangeProgress) { body(progress) }
}

extension Driver {
    /// Reports `change`, which is on `live`, with the first `done` of its steps done.
    func publish(_ change: Change, _ live: LiveDomain, done: Int) {
        publish(
            ChangeProgress(
                domain: live.status.name, uuid: live.uuid, kind: change.kind, device: change.target?.device.value.title,
                done: done, steps: change.steps.count, deadline: live.call.deadline))
    }

    /// Reports that a change which is not on devices was done to a domain.
    func publish(_ kind: ChangeKind, _ name: DomainName, _ uuid: DomainUUID, _ call: Call) {
        publish(
            ChangeProgress(domain: name, uuid: uuid, kind: kind, done: 0, steps: 0, deadline: call.deadline))
    }
}
