import XenModel
import XenUnits

extension DeviceCriteria {
    /// What of this request does not hold of `device`, as sentences; empty if it is one that is meant.
    func mismatches(with device: Device) -> [String] {
        var found: [String] = []
        if let deviceClass, deviceClass != device.deviceClass { found.append("it is a \(device.deviceClass.rawValue)") }
        if let alias, alias != device.alias {
            found.append(device.alias.map { "its alias is '\($0)'" } ?? "it has no alias")
        }
        if let address, !(device.address?.names(theSamePlaceAs: address) ?? false) {
            found.append(device.address.map { "its address is '\($0)'" } ?? "it has no address")
        }
        switch device {
        case .interface(let interface):
            if let mac, mac != interface.mac { found.append("its MAC address is '\(interface.mac)'") }
            if let target, target != interface.target {
                found.append(interface.target.map { "its target is '\($0)'" } ?? "it has no target of its own")
            }
            if source != nil { found.append("it is no disk") }
        case .disk(let disk):
            if mac != nil { found.append("it has no MAC address") }
            if let target, !disk.isAt(target) { found.append("its target is '\(disk.target)'") }
            if let source, source != disk.source.path {
                found.append(disk.source.path.map { "its source is '\($0)'" } ?? "it has no source")
            }
        }
        return found
    }

    /// The one device of `devices` that is meant; none and several are errors.
    func match(in devices: [Device], domain: String, isLive: Bool) throws(DriverError) -> Device {
        guard !isEmpty else { throw .noCriteria }
        let matching = devices.filter { mismatches(with: $0).isEmpty }
        if matching.count == 1, let device = matching.first { return device }
        var failure = MatchFailure(criteria: self, domain: domain, isLive: isLive, candidates: [])
        guard matching.isEmpty else {
            failure.candidates = matching.map { MatchFailure.Candidate(name: $0.title, mismatches: []) }
            throw .severalDevices(failure)
        }
        failure.candidates = devices.filter { deviceClass == nil || $0.deviceClass == deviceClass }.map {
            MatchFailure.Candidate(name: $0.title, mismatches: mismatches(with: $0))
        }
        throw .noDevice(failure)
    }

    /// The criteria by which the counterpart of `device` is found in the persistent definition: its user's alias, else
    /// this request without a generated one.
    func counterpart(of device: Device) -> DeviceCriteria {
        if let alias = device.alias?.user {
            var criteria = DeviceCriteria(alias: .user(alias))
            criteria.deviceClass = device.deviceClass
            return criteria
        }
        var criteria = self
        if case .generated = criteria.alias { criteria.alias = nil }
        if deviceClass == .interface, target?.hasPrefix("vif") == true { criteria.target = nil }
        guard criteria.isEmpty else { return criteria }
        // The request named the live device by a generated alias or target, which no persistent device has.
        criteria.deviceClass = device.deviceClass
        switch device {
        case .interface(let interface): criteria.mac = interface.mac
        case .disk(let disk): criteria.target = disk.target
        }
        return criteria
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
    var address: GuestAddress? {
        switch self {
        case .disk(let disk): disk.address
        case .interface(let interface): interface.address
        }
    }

    /// The device as an error names it: class, alias and what a user without aliases knows it by.
    var title: String {
        "\(deviceClass.rawValue) " + (alias.map { "'\($0)' (\(familiarName))" } ?? "'\(familiarName)'")
    }

    /// Whether both are one device in the user's mind, though one may be live and the other persistent.
    func isCounterpart(of other: Device) -> Bool {
        switch (self, other) {
        case (.interface(let one), .interface(let two)): one.mac == two.mac
        case (.disk(let one), .disk(let two)): one.isAt(two.target)
        case (.interface, .disk), (.disk, .interface): false
        }
    }
}
