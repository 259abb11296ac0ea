import LibxlAPI
import XenModel
import XenUnits

extension Driver {
    /// Gives a device of a domain the name `alias`, in the running domain, the definition, or both.
    ///
    /// Nothing changes in Xen. No other device of either definition may have the name. One that another toolstack
    /// plugged is for `adopt`.
    public func setAlias(
        _ alias: String, of device: DeviceSelector, in domain: DomainReference, scope: ChangeScope,
        options: CallOptions = CallOptions()
    ) async throws(DriverError) -> DeviceOutcome {
        try await FileThreads.run { () throws(DriverError) in
            let name = try self.alias(alias)
            if case .generated(let generated) = name { throw .generatedAlias(generated) }
            return try await withDomain(domain, options) { (domain) throws(DriverError) in
                let targets = try scope.targets(in: domain)
                let (request, notices) = try named(device, in: domain)
                let found = try await find(request.criteria, in: domain, targets)
                if let binding = found.binding, binding.isForeign, let live = found.live {
                    throw .foreignDevice(device: live.title, at: binding.identity, domain: domain.name)
                }
                try requireUnused(name, but: found, in: domain)
                var outcome = DeviceOutcome(alias: name, warnings: domain.warnings + notices)
                if let old = found.persistent, var persistent = domain.persistent,
                    let index = persistent.devices.firstIndex(of: old)
                {
                    outcome.definition = old.alias == name ? [] : ["alias"]
                    persistent.devices[index].alias = name
                    if old.alias != name { try replacePersistent(persistent) }
                }
                if let old = found.live, var live = domain.live {
                    outcome.live = old.alias == name ? .unchanged : .changedInPlace(["alias"])
                    live.status.rename(old, name)
                    if old.alias != name { try write(live.status, step: .aliasWritten) }
                }
                return outcome
            }
        }
    }

    /// The request for a device that is named by a host device's address or, if none of the domain has that, by where
    /// the guest sees it.
    private func named(_ device: DeviceSelector, in domain: LockedDomain) throws(DriverError) -> (
        DeviceRequest, [DriverNotice]
    ) {
        guard case .address(let text) = device else { return try request(device, isStrict: true) }
        var criteria = DeviceCriteria()
        let devices = domain.devices(in: ChangeTargets(live: true, config: true))
        if let host = HostDeviceSource(text), devices.contains(where: { $0.hostDevice?.isMeant(by: host) == true }) {
            criteria.hostDevice = host
        } else if let address = GuestAddress(text) {
            criteria.address = address
        } else {
            throw .malformedAddress(text)
        }
        return (DeviceRequest(criteria: criteria), [])
    }

    private func requireUnused(_ alias: DeviceAlias, but found: Found, in domain: LockedDomain) throws(DriverError) {
        let meant = [found.live, found.persistent].compactMap { $0 }
        let devices = domain.devices(in: ChangeTargets(live: true, config: true))
        guard let holder = devices.first(where: { $0.alias == alias }), !meant.contains(holder),
            !meant.contains(where: { $0.isCounterpart(of: holder) })
        else { return }
        throw .duplicateAlias(alias, domain: domain.name)
    }
}

extension DomainStatus {
    /// Gives one of the devices another name, in its binding as well.
    fileprivate mutating func rename(_ device: Device, _ alias: DeviceAlias) {
        if let key = device.alias?.description, let index = bindings.firstIndex(where: { $0.key == key }) {
            bindings[index].key = alias.description
        }
        if let index = definition.value.devices.firstIndex(of: device) {
            definition.value.devices[index].alias = alias
        }
    }
}

extension HostDeviceSource {
    /// Reads `0000:03:00.0`, or `usb 1.4` as `device-list` shows it; nil for anything else.
    fileprivate init?(_ text: String) {
        if let address = PCIAddress(text) {
            self = .pci(HostPCIDevice(address: address))
            return
        }
        guard text.hasPrefix("usb") else { return nil }
        let numbers = text.dropFirst(4).split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard numbers.count == 2, let bus = numbers[0], let device = numbers[1] else { return nil }
        self = .usb(HostUSBDevice(place: HostUSBDevice.Place(bus: bus, device: device)))
    }
}

extension GuestAddress {
    /// Reads `0000:00:05.0`, `pci:0000.00.05.0`, `drive:0.0.0.1` or `usb:0.1`; nil for anything else.
    fileprivate init?(_ text: String) {
        if let address = PCIAddress(text) {
            self.init(
                type: "pci",
                fields: [
                    "domain": "0x" + String(address.domain, radix: 16), "bus": "0x" + String(address.bus, radix: 16),
                    "slot": "0x" + String(address.slot, radix: 16),
                    "function": "0x" + String(address.function, radix: 16),
                ])
            return
        }
        let names = [
            "pci": ["domain", "bus", "slot", "function"], "drive": ["controller", "bus", "target", "unit"],
            "usb": ["bus", "port"],
        ]
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let fields = names[parts[0]] else { return nil }
        let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == fields.count, numbers.allSatisfy({ UInt32($0, radix: 16) != nil }) else { return nil }
        self.init(
            type: parts[0],
            fields: Dictionary(
                uniqueKeysWithValues: zip(fields, numbers.map { parts[0] == "pci" ? "0x\($0)" : "\($0)" })))
    }
}
