import FoundationEssentials
import XenDriver
import XenService
import XenUnits

extension HostEvent {
    /// virsh's line; `nanoseconds` since 1970 is when, nil if that is not to be printed.
    func line(at nanoseconds: Int64?) -> String {
        let prefix = nanoseconds.map { Self.time($0) + ": " } ?? ""
        let subject = "event '\(kind.name.rawValue)' for domain '\(name)'"
        return prefix + DisplayText(subject + (kind.text ?? "")).text
    }

    /// A line of JSON with the same.
    func json(at nanoseconds: Int64?) -> String {
        let record = EventRecord(self, time: nanoseconds.map { Double($0) / 1e9 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it can fail to be encoded.
        return (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// The time as virsh prints it, in UTC.
    private static func time(_ nanoseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000) / 1000)
        let text = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let words = text.split(separator: "T")
        return words.count == 2 ? "\(words[0]) \(words[1].dropLast())+0000" : text
    }
}

extension HostEvent.Kind {
    /// What follows the domain; nil if nothing does.
    fileprivate var text: String? {
        switch self {
        case .lifecycle(let lifecycle): ": \(lifecycle.words.0) \(lifecycle.words.1)"
        case .reboot, .deviceModelDied: nil
        case .deviceAdded(let device), .deviceRemoved(let device), .deviceRemovalFailed(let device): ": \(device)"
        case .mediumChanged(let device, let old, let new): " disk \(device): \(old ?? "") -> \(new ?? ""): changed"
        case .trayMoved(let device, let isOpen): " disk \(device): \(isOpen ? "opened" : "closed")"
        case .metadataChanged(let metadata): ": type \(metadata.rawValue)"
        case .memoryChanged(let memory): ": \(memory.count)KiB"
        case .jobCompleted(let job): ": \(job)"
        }
    }
}

extension HostEvent.Lifecycle {
    /// virsh's words for it and for how it came to that.
    var words: (String, String) {
        switch self {
        case .defined(let detail): ("Defined", detail.rawValue)
        case .undefined: ("Undefined", "Removed")
        case .started: ("Started", "Booted")
        case .suspended: ("Suspended", "Paused")
        case .resumed: ("Resumed", "Unpaused")
        case .shutdown: ("Shutdown", "Finished")
        case .crashed: ("Crashed", "Panicked")
        case .stopped(let detail): ("Stopped", detail.rawValue)
        }
    }
}

/// An event in `event --json`.
struct EventRecord: Encodable, Hashable, Sendable {
    let version = 1
    /// Its name, such as `lifecycle`.
    let event: String
    let domain: String
    let uuid: String
    /// null if the domain did not run any more.
    let id: Nullable<UInt32>
    /// Seconds since 1970; only with `--timestamp`.
    let time: Double?
    /// Of a lifecycle event, such as `Started` and `Booted`.
    let type: String?
    let detail: String?
    /// The device that it is about: its alias, or its identity if another toolstack plugged it.
    let device: String?
    /// The medium before and after; only of a medium that changed.
    let old: String?
    let new: String?
    /// Whether a tray is open.
    let open: Bool?
    /// Of a guest that has another amount of memory.
    let memoryKiB: UInt64?
    /// The change that has ended, in words.
    let job: String?

    /// The record of an event, which happened at `time`.
    init(_ event: HostEvent, time: Double?) {
        self.event = event.kind.name.rawValue
        domain = event.name
        uuid = "\(event.uuid)"
        id = Nullable(event.domid?.rawValue)
        self.time = time
        var (type, detail, device, old, new): (String?, String?, String?, String?, String?)
        var (open, memory, job): (Bool?, UInt64?, String?)
        switch event.kind {
        case .lifecycle(let lifecycle): (type, detail) = lifecycle.words
        case .reboot, .deviceModelDied: break
        case .deviceAdded(let name), .deviceRemoved(let name), .deviceRemovalFailed(let name): device = name
        case .mediumChanged(let name, let before, let after): (device, old, new) = (name, before ?? "", after ?? "")
        case .trayMoved(let name, let isOpen): (device, open) = (name, isOpen)
        case .metadataChanged(let metadata): type = metadata.rawValue
        case .memoryChanged(let amount): memory = amount.count
        case .jobCompleted(let change): job = "\(change)"
        }
        (self.type, self.detail, self.device, self.old, self.new) = (type, detail, device, old, new)
        (self.open, memoryKiB, self.job) = (open, memory, job)
    }
}
