import LibxlAPI
import XenModel
import XenUnits

/// A device of one of the kinds that can come and go, as libxl lists it.
protocol ListedDevice: LibxlDeviceStructure {
    /// Whether libxl's list shows this very device in `listed`, which has the same identity; the list says little of
    /// most kinds.
    func isSameDevice(as listed: Self) -> Bool

    /// The nodes of libxl's record, and of the guest's end, that say what libxl does not list.
    static var unlistedNodes: (record: [String], frontend: [String]) { get }

    /// Takes over what they say.
    mutating func complete(by nodes: DeviceNodes)

    /// The device as far as libxl tells; nil for one that no document can describe. `backendDomain` is the name of who
    /// serves it, nil for Domain-0.
    func described(backendDomain: String?) -> Device?

    /// Puts into `device`, which is this one as described, what libxl does not tell and the host or xenstore does;
    /// returns the names of what nobody tells.
    func supplement(_ device: inout Device, of guest: ListedGuest, by driver: Driver) async throws(DriverError)
        -> [String]
}

/// Whose device a listed one is.
struct ListedGuest: Hashable, Sendable {
    let domid: DomainID
    let guestType: GuestType
}

/// What xenstore has of a device, and libxl does not return when it lists the device, by the nodes' names.
struct DeviceNodes: Hashable, Sendable {
    /// In libxl's own record.
    var record: [String: String] = [:]
    /// At the guest's end.
    var frontend: [String: String] = [:]
}

extension ListedDevice {
    static var unlistedNodes: (record: [String], frontend: [String]) { ([], []) }

    func isSameDevice(as listed: Self) -> Bool { true }

    mutating func complete(by nodes: DeviceNodes) {}

    func supplement(
        _ device: inout Device, of guest: ListedGuest, by driver: Driver
    ) async throws(DriverError) -> [String] { [] }

    fileprivate func isSame(as listed: LibxlDevice) -> Bool {
        (listed.structure as? Self).map(isSameDevice) ?? false
    }

    fileprivate func completed(by nodes: DeviceNodes) -> LibxlDevice {
        var completed = self
        completed.complete(by: nodes)
        return completed.asDevice
    }
}

extension LibxlDevice {
    /// The device as one of its kind; nil for one that comes and goes with its domain.
    var listed: (any ListedDevice)? { structure as? any ListedDevice }

    /// Whether libxl's list shows this very device in `other`, which has the same identity.
    func isSameDevice(as other: LibxlDevice) -> Bool { listed?.isSame(as: other) ?? (kind == other.kind) }

    /// The nodes that say what libxl does not list.
    var unlistedNodes: (record: [String], frontend: [String]) { listed.map { type(of: $0).unlistedNodes } ?? ([], []) }

    /// The device with what libxl's list leaves out.
    func completed(by nodes: DeviceNodes) -> LibxlDevice { listed?.completed(by: nodes) ?? self }
}

extension Device {
    /// A device as far as Xen tells; nil for one that no document can describe, or that is a part of its domain.
    /// `backendDomain` is the name of who serves it, nil for Domain-0.
    init?(_ listed: LibxlDevice, backendDomain: String?) {
        guard let device = listed.listed?.described(backendDomain: backendDomain) else { return nil }
        self = device
    }
}
