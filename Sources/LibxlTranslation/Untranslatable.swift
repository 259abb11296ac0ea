/// Something in a definition that libxl cannot express, or refuses for sure.
///
/// Translation never drops what it cannot say: it throws one of these. Source: libvirt's
/// `VIR_ERR_CONFIG_UNSUPPORTED`.
public struct Untranslatable: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the document it is: the XPath of an element or attribute, without positions.
    public let path: String
    /// What the user knows the device by (a disk's target, a NIC's MAC address); nil outside of devices.
    public let device: String?
    /// What is wrong with it.
    public let reason: Reason

    /// The refusal of what stands at `path`, in `device` if it belongs to one.
    public init(path: String, device: String? = nil, reason: Reason) {
        self.path = path
        self.device = device
        self.reason = reason
    }

    public var description: String {
        let place = device.map { "\(path) of '\($0)'" } ?? path
        return "\(reason) (\(place))"
    }
}

/// What keeps a definition from being passed to libxl, in the order in which it is found.
///
/// The translation goes on behind each, so that all of them can be named at once.
struct Obstacles: Sendable {
    private(set) var found: [Untranslatable] = []

    /// What `body` makes; nil, and one obstacle more, where it cannot.
    @discardableResult
    mutating func noting<Value>(_ body: () throws(Untranslatable) -> Value) -> Value? {
        do throws(Untranslatable) {
            return try body()
        } catch {
            found.append(error)
            return nil
        }
    }

    /// Notes one obstacle.
    mutating func note(_ obstacle: Untranslatable) {
        found.append(obstacle)
    }
}
