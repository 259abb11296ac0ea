/// How a guest's own kernel answers when its devices come and go. A guest that is paused or has ended answers nothing.
public enum GuestBehaviour: Hashable, Sendable {
    /// Connects to a device, and lets go of it, at once.
    case coOperating
    /// As `coOperating`, but takes this long for each answer.
    case slow(Duration)
    /// Connects, but does not let go: a disk stays, a NIC is taken away by force. Acknowledges that it should end, and
    /// does not.
    case refusing
    /// Has no Xen driver: never connects, never lets go, and is deaf to all but the power button of an hvm guest.
    case dead

    /// How long the guest takes to connect to a device; nil if it never does.
    var connectDelay: Duration? {
        switch self {
        case .coOperating, .refusing: .zero
        case .slow(let delay): delay
        case .dead: nil
        }
    }

    /// How long the guest takes to let go of a device; nil if it never does.
    var releaseDelay: Duration? {
        switch self {
        case .coOperating: .zero
        case .slow(let delay): delay
        case .refusing, .dead: nil
        }
    }

    /// How long the guest takes to acknowledge what it is asked to do; nil if it never does.
    var acknowledgeDelay: Duration? { connectDelay }

    /// How long the guest takes to end once it means to; nil if it never does. The dead one means to when its power
    /// button is pressed.
    var endDelay: Duration? {
        switch self {
        case .coOperating, .dead: .zero
        case .slow(let delay): delay
        case .refusing: nil
        }
    }
}

extension GuestBehaviour: Codable {
    private enum SlowKey: String, CodingKey {
        case slow
    }

    /// Reads `"coOperating"`, `"refusing"`, `"dead"`, or `{"slow": SECONDS}`.
    public init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: SlowKey.self) {
            self = .slow(try values.decode(Seconds.self, forKey: .slow).duration)
            return
        }
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "coOperating": self = .coOperating
        case "refusing": self = .refusing
        case "dead": self = .dead
        case let text:
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is no guest behaviour: coOperating, refusing, dead or {\"slow\": SECONDS}")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        let word: String
        switch self {
        case .coOperating: word = "coOperating"
        case .refusing: word = "refusing"
        case .dead: word = "dead"
        case .slow(let delay):
            var values = encoder.container(keyedBy: SlowKey.self)
            try values.encode(Seconds(delay), forKey: .slow)
            return
        }
        var container = encoder.singleValueContainer()
        try container.encode(word)
    }
}

/// A length of time as a number of seconds in JSON.
struct Seconds: Codable {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds = try container.decode(Double.self)
        guard seconds >= 0, seconds <= 1e9 else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(seconds) is no length of time in seconds")
        }
        duration = .seconds(seconds)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(duration / .seconds(1))
    }
}
