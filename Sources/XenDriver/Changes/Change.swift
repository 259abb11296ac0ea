import DomainXML
import LibxlAPI
import XenModel
import XenUnits

/// What a command is doing to a running domain: written before libxl is asked, so that whoever finds it can finish or
/// undo it by the same steps.
///
/// A stop has a file of its own, see `StateStore.requestStop`.
struct Change: Hashable, Sendable, Codable {
    let kind: ChangeKind
    /// What there is to do, in order. None for a start, which is undone as a whole.
    let steps: [ChangeStep]
    /// The number of the step at hand, from 0: those before it are done. While they are undone, those after it are
    /// undone.
    var step = 0
    /// Whether the change failed or was given up, and is being undone from the step at hand back to the first.
    var isUndoing = false
    /// Seconds since the host booted, when the step at hand, or its undoing, was begun.
    var begun: Double = 0
    /// The same of the whole change, which is known by it; nil where an earlier program began it.
    var started: Double?
    /// Seconds since the host booted, when whoever asked for the change wants it ended; nil where that is not known.
    var deadline: Double?
    /// Whether a persistent definition waits under its staged name to be committed with this change.
    var stages = false
    /// What was asked for; nil where nobody would ask for it in the same words and find it refused.
    let request: ChangeRequest?

    /// A change that has not begun.
    init(_ kind: ChangeKind, _ steps: [ChangeStep], request: ChangeRequest? = nil) {
        self.kind = kind
        self.steps = steps
        self.request = request
    }

    /// Seconds since the host booted, when the change was begun, as far as that is known.
    var start: Double { started ?? begun }

    /// Notes that the change begins `now` seconds after the host booted, and is to end within `limit`.
    mutating func begin(at now: Double, within limit: Duration) {
        begun = now
        started = now
        deadline = now + limit / .seconds(1)
    }

    /// How many steps must be done for recovery to go on with the rest; before that it goes back.
    ///
    /// What is plugged can be taken away again, and what is only asked of the guest or the kernel can be asked again.
    var stepsToNoReturn: Int {
        let plug = steps.lastIndex { step in if case .plug = step { true } else { false } }
        return plug.map { $0 + 1 } ?? 0
    }

    /// A device that a change is on.
    struct Target: Hashable, Sendable, Codable {
        /// The key of its binding: its alias, as text; empty for a foreign one, which has none.
        var key: String
        /// As it will be; as it is, if it is to go.
        var device: DeviceDocument

        /// A device that has its name already.
        init(_ device: Device) {
            key = device.alias?.description ?? ""
            self.device = DeviceDocument(device)
        }
    }

    /// The device that the change is on; nil for a start.
    var target: Target? { steps.last?.work.target }

    /// The devices that the domain has once the change is done, as libxl is passed them, in the order in which they
    /// come; each once.
    var gains: [(target: Target, sent: PlacedDevice)] {
        var gains: [(target: Target, sent: PlacedDevice)] = []
        for step in steps {
            guard let sent = step.work.gain else { continue }
            let target = step.work.target
            gains.removeAll { $0.target.key == target.key }
            gains.append((target, sent))
        }
        return gains
    }

    /// What the domain has no more once the change is done.
    var losses: [UnplugStep] {
        steps.compactMap { step in
            if case .unplug(let step) = step, step.isForGood { step } else { nil }
        }
    }

    /// Where in Xen a foreign device is that the change is on; nil for one of ours.
    var foreignIdentity: DeviceIdentity? {
        for case .unplug(let step) in steps where step.target.key.isEmpty { return step.old.identity }
        return nil
    }
}

/// The words of a command that a change is made for, for a second one like it to know it by.
struct ChangeRequest: Hashable, Sendable, Codable {
    /// The verb, then its operands and flags.
    let words: [String]

    init(_ verb: String, _ operands: String...) {
        words = [verb] + operands
    }
}

/// One step of a change.
enum ChangeStep: Hashable, Sendable {
    case plug(PlugStep)
    case unplug(UnplugStep)
    case setLink(LinkStep)
    case insert(MediumStep)
    case adopt(AdoptStep)

    var work: any ChangeWork {
        switch self {
        case .plug(let step): step
        case .unplug(let step): step
        case .setLink(let step): step
        case .insert(let step): step
        case .adopt(let step): step
        }
    }
}

extension ChangeStep: Codable {
    private enum CodingKeys: String, CodingKey {
        case plug, unplug, setLink, insert, adopt
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "it is not one step"))
        }
        self =
            switch key {
            case .plug: .plug(try container.decode(PlugStep.self, forKey: key))
            case .unplug: .unplug(try container.decode(UnplugStep.self, forKey: key))
            case .setLink: .setLink(try container.decode(LinkStep.self, forKey: key))
            case .insert: .insert(try container.decode(MediumStep.self, forKey: key))
            case .adopt: .adopt(try container.decode(AdoptStep.self, forKey: key))
            }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .plug(let step): try container.encode(step, forKey: .plug)
        case .unplug(let step): try container.encode(step, forKey: .unplug)
        case .setLink(let step): try container.encode(step, forKey: .setLink)
        case .insert(let step): try container.encode(step, forKey: .insert)
        case .adopt(let step): try container.encode(step, forKey: .adopt)
        }
    }
}

/// A device, kept as the document that our own reader reads.
struct DeviceDocument: Hashable, Sendable, Codable {
    var value: Device

    init(_ value: Device) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let document = Array(try container.decode(String.self).utf8)
        do throws(DomainXMLError) {
            value = try Device.parse(document, options: StateStore.ownDocuments).value
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value.xml())
    }
}
