/// What kinds of change there are to a domain that runs or comes to run. The raw value is what people call it, and what
/// a file has.
public enum ChangeKind: String, Hashable, Sendable, Codable, CaseIterable {
    case start
    /// The end of a guest's run and the start of the next one, with all that the domain has.
    case restart
    case destroy
    case attach
    case detach
    case update
    case linkChange = "link change"
    case mediumChange = "medium change"
    case adoption
}

extension ChangeKind {
    /// What recovery's sentences call it.
    var noun: String {
        switch self {
        case .start, .restart, .destroy, .attach, .detach, .update, .adoption: rawValue
        case .linkChange: "update"
        case .mediumChange: "change of media"
        }
    }

    /// The same with its article.
    var indefiniteNoun: String {
        switch self {
        case .attach, .update, .linkChange, .adoption: "an \(noun)"
        case .start, .restart, .destroy, .detach, .mediumChange: "a \(noun)"
        }
    }

    /// Whether it makes the domain, which until it is done is not one that runs.
    var makesDomain: Bool { self == .start || self == .restart }

    /// How a device is shown that such a change is on.
    var deviceState: DeviceState {
        switch self {
        case .detach, .destroy: .detaching
        case .attach, .update, .start, .restart: .attaching
        case .linkChange, .mediumChange: .bound
        case .adoption: .foreign
        }
    }
}
