import LibxlAPI
import XenModel
import XenUnits

/// A device that a request may mean.
struct Candidate: Hashable, Sendable {
    /// As the definition has it; a foreign one as far as Xen tells.
    var device: Device
    /// The same as the document shows it: a NIC's target is what Xen calls its host end.
    var shown: Device
    /// What it is in Xen; nil in a persistent definition, and for a device that is gone.
    var binding: Binding?
    /// Where it is in Xen, or was, or where a disk will be.
    var identity: DeviceIdentity?
    /// What Xen has of a foreign one and a document cannot say.
    var unread: [String] = []

    /// A device of a persistent definition, or one that is gone from Xen.
    init(_ device: Device) {
        self.device = device
        shown = device
        if case .disk(let disk) = device { identity = disk.vdev.map(DeviceIdentity.disk(vdev:)) }
    }

    /// A device that Xen has in the domain `domid`.
    init(_ device: Device, _ binding: Binding, in domid: DomainID) {
        self.init(device)
        self.binding = binding
        identity = binding.identity
        guard case .interface(var interface) = device, case .nic(let nic) = binding.sent.device else { return }
        interface.target = nic.hostInterfaceName(in: domid)
        shown = .interface(interface)
    }

    /// The same when it is gone from Xen.
    var gone: Candidate {
        var gone = self
        gone.binding = nil
        return gone
    }

    /// The device as an error names it.
    var title: String {
        guard let binding, binding.isForeign else { return shown.title }
        return "foreign \(shown.title) at \(binding.identity)"
    }
}

extension DeviceCriteria {
    /// What of this request does not hold of `candidate`, as sentences; empty if it is one that is meant.
    func mismatches(with candidate: Candidate) -> [String] {
        let device = candidate.shown
        var found: [String] = []
        if let deviceClass, deviceClass != device.deviceClass { found.append("it is a \(device.deviceClass.rawValue)") }
        if let alias, alias != device.alias {
            found.append(device.alias.map { "its alias is '\($0)'" } ?? "it has no alias")
        }
        if let address, !(device.address?.names(theSamePlaceAs: address) ?? false) {
            found.append(device.address.map { "its address is '\($0)'" } ?? "it has no address")
        }
        if let identity, identity != candidate.identity {
            found.append(candidate.identity.map { "its identity is '\($0)'" } ?? "it has no identity in Xen")
        }
        if let mac, mac != device.mac {
            found.append(device.mac.map { "its MAC address is '\($0)'" } ?? "it has no MAC address")
        }
        if let target, !device.isAt(target) {
            found.append(device.target.map { "its target is '\($0)'" } ?? "it has no target of its own")
        }
        if let source, source != device.source {
            found.append(device.source.map { "its source is '\($0)'" } ?? "it has no source")
        }
        if let hostDevice, !(device.hostDevice?.isMeant(by: hostDevice) ?? false) {
            found.append(device.hostDevice.map { "it is the host's '\($0)'" } ?? "it is no device of the host's")
        }
        if let controller, controller != device.controller {
            found.append(device.controller.map { "it is '\($0)'" } ?? "it is no controller")
        }
        if let character, character != device.character { found.append("it is '\(device.familiarName)'") }
        if let opaque, opaque != device.opaque { found.append("its element is another") }
        return found
    }

    /// The one of `candidates` that is meant; none and several are errors.
    func match(in candidates: [Candidate], domain: String, isLive: Bool) throws(DriverError) -> Candidate {
        guard !isEmpty else { throw .noCriteria }
        let index = DeviceIndex(candidates.map(\.shown))
        let possible = index.positions(of: self)?.map { candidates[$0] } ?? candidates
        let matching = possible.filter { mismatches(with: $0).isEmpty }
        if matching.count == 1, let candidate = matching.first { return candidate }
        var failure = MatchFailure(criteria: self, domain: domain, isLive: isLive, candidates: [])
        guard matching.isEmpty else {
            failure.candidates = matching.map(MatchFailure.Candidate.init)
            throw .severalDevices(failure)
        }
        failure.candidates = candidates.filter { deviceClass == nil || $0.device.deviceClass == deviceClass }.map {
            var candidate = MatchFailure.Candidate($0)
            candidate.mismatches = mismatches(with: $0)
            return candidate
        }
        throw .noDevice(failure)
    }

    /// The criteria by which the counterpart of `device` is found in the persistent definition: its user's alias, else
    /// this request without a generated one and without what only Xen knows.
    func counterpart(of device: Device) -> DeviceCriteria {
        if let alias = device.alias?.user {
            var criteria = DeviceCriteria(alias: .user(alias))
            criteria.deviceClass = device.deviceClass
            return criteria
        }
        var criteria = self
        criteria.identity = nil
        if case .generated = criteria.alias { criteria.alias = nil }
        if case .interface = device, target?.hasPrefix("vif") == true { criteria.target = nil }
        guard criteria.isEmpty else { return criteria }
        // The request named the live device by what no persistent device has.
        criteria.deviceClass = device.deviceClass
        device.driven.identify(in: &criteria)
        return criteria
    }

    /// Both requests as one; nil if they cannot hold of one and the same device.
    func and(_ other: DeviceCriteria) -> DeviceCriteria? {
        func both<Value: Equatable>(_ path: WritableKeyPath<DeviceCriteria, Value?>) -> Bool {
            self[keyPath: path] == nil || other[keyPath: path] == nil || self[keyPath: path] == other[keyPath: path]
        }
        guard both(\.deviceClass), both(\.alias), both(\.mac), both(\.address), both(\.target), both(\.source),
            both(\.identity), both(\.hostDevice), both(\.controller), both(\.character), both(\.opaque)
        else { return nil }
        var merged = self
        merged.deviceClass = deviceClass ?? other.deviceClass
        merged.alias = alias ?? other.alias
        merged.mac = mac ?? other.mac
        merged.address = address ?? other.address
        merged.target = target ?? other.target
        merged.source = source ?? other.source
        merged.identity = identity ?? other.identity
        merged.hostDevice = hostDevice ?? other.hostDevice
        merged.controller = controller ?? other.controller
        merged.character = character ?? other.character
        merged.opaque = opaque ?? other.opaque
        return merged
    }
}

extension MatchFailure.Candidate {
    /// A candidate as an error names it.
    fileprivate init(_ candidate: Candidate) {
        self.init(name: candidate.title, isForeign: candidate.binding?.isForeign ?? false, mismatches: [])
    }
}

extension Disk {
    /// Whether `target` names the device that this disk is, in any of the texts that name it.
    func isAt(_ target: String) -> Bool {
        if let vdev, let other = BlockDeviceNumber(vdev: target) { return vdev == other }
        return self.target == target
    }
}

extension Device {
    /// A NIC's MAC address.
    var mac: MACAddress? {
        if case .interface(let interface) = self { interface.mac } else { nil }
    }

    /// Where the guest sees a disk or a filesystem, or what the host calls a NIC's other end.
    var target: String? {
        switch self {
        case .disk(let disk): disk.target
        case .interface(let interface): interface.target
        case .filesystem(let filesystem): filesystem.target
        default: nil
        }
    }

    /// Whether `target` names where this device is, in any of the texts that name it.
    func isAt(_ target: String) -> Bool {
        if case .disk(let disk) = self { disk.isAt(target) } else { self.target == target }
    }

    /// The path of a disk's or filesystem's source.
    var source: String? {
        switch self {
        case .disk(let disk): disk.source.path
        case .filesystem(let filesystem): filesystem.source
        default: nil
        }
    }

    /// Which controller it is.
    var controller: ControllerPlace? {
        if case .controller(let controller) = self { controller.place } else { nil }
    }

    /// What the guest sees of a port, console or channel.
    var character: CharacterDeviceKind? {
        if case .character(let device) = self { device.kind } else { nil }
    }

    /// The whole of a device that libxl cannot express.
    var opaque: OpaqueElement? {
        if case .opaque(let device) = self { device.element } else { nil }
    }

    /// The device as an error names it: class, alias and what a user without aliases knows it by.
    var title: String {
        "\(deviceClass.rawValue) " + (alias.map { "'\($0)' (\(familiarName))" } ?? "'\(familiarName)'")
    }

    /// Whether both are one device in the user's mind, though one may be live and the other persistent: a USB device
    /// has its place while it is live, and perhaps nothing but vendor and product before.
    func isCounterpart(of other: Device) -> Bool {
        if case .usb(let device) = hostDevice, case .usb(let other) = other.hostDevice, let make = device.vendorProduct
        {
            return make == other.vendorProduct
        }
        if place != nil || other.place != nil { return place == other.place }
        // Of a device that has no place of its own there is nothing but what it is.
        return withoutHandles == other.withoutHandles
    }

    /// The device apart from what it is called and where its guest sees it.
    private var withoutHandles: Device {
        var device = self
        device.alias = nil
        device.address = nil
        return device
    }
}

extension HostDeviceSource {
    /// Where the device is, and nothing of how it is handed out. A USB device that is named by vendor and product is
    /// known by them, for its place is another each time that it is plugged.
    var bare: HostDeviceSource {
        switch self {
        case .pci(let device): .pci(HostPCIDevice(address: device.address))
        case .usb(let device):
            .usb(
                HostUSBDevice(
                    place: device.vendorProduct == nil ? device.place : nil, vendorProduct: device.vendorProduct))
        }
    }

    /// Whether everything that `wanted` says of where a device is, or of its vendor and product, holds of this one.
    func isMeant(by wanted: HostDeviceSource) -> Bool {
        switch (self, wanted) {
        case (.pci(let device), .pci(let wanted)): device.address == wanted.address
        case (.usb(let device), .usb(let wanted)):
            (wanted.place == nil || wanted.place == device.place)
                && (wanted.vendorProduct == nil || wanted.vendorProduct == device.vendorProduct)
        case (.pci, .usb), (.usb, .pci): false
        }
    }
}
