import LibxlAPI
import SystemPackage
import XenModel
import XenUnits

/// Making a status anew where its file is damaged.
extension Driver {
    /// The status of a domain; a damaged one is set aside and rebuilt, and the user told what was recovered.
    func soundStatus(_ domain: inout LockedDomain) async throws(DriverError) -> DomainStatus? {
        let uuid = domain.uuid
        switch try reading({ () throws(StateError) in try store.status(uuid) }) {
        case nil: return nil
        case .sound(let status): return status
        case .damaged(let path, let reason):
            let infos = try await libxl("list the domains") { () throws(LibxlError) in
                try await host.libxl.listDomains()
            }
            let running = infos.filter { $0.uuid == uuid && !$0.dying }
            var rebuilt: (status: DomainStatus, foreign: [DeviceIdentity])?
            if running.count == 1, let info = running.first {
                rebuilt = try await rebuiltStatus(uuid: uuid, domid: info.domid, from: domain.persistent)
            }
            let aside = try reading { () throws(StateError) in try store.setStatusAside(uuid) }
            var news = "the status '\(path)' is damaged (\(reason)) and was moved to '\(aside)'; "
            if let rebuilt {
                try write(rebuilt.status, step: "status rebuilt")
                let names = rebuilt.status.bindings.map(\.key)
                news +=
                    names.isEmpty ? "no device could be recovered" : "recovered: \(names.joined(separator: ", "))"
                if !rebuilt.foreign.isEmpty {
                    let identities = rebuilt.foreign.map(\.description)
                    news += "; shown as foreign: \(identities.joined(separator: ", "))"
                }
            } else if running.isEmpty {
                news += "the domain does not run"
            } else {
                news += "the domain has no persistent definition to rebuild it from and is foreign now"
            }
            domain.warnings.append(news)
            return rebuilt?.status
        }
    }

    /// A status made of the persistent definition and what Xen has: devices whose vdev, or MAC unique on both sides,
    /// matches are bound, everything else in Xen is foreign. Nil without a definition.
    func rebuiltStatus(uuid: DomainUUID, domid: DomainID, from persistent: DomainDefinition?)
        async throws(DriverError) -> (status: DomainStatus, foreign: [DeviceIdentity])?
    {
        guard var definition = persistent else { return nil }
        let inventory = try await inventory(of: domid)
        var status = DomainStatus(
            uuid: uuid, domid: domid, definition: LiveDefinition(definition), bindings: [], nextGenerated: [:])
        var foreign = Set(inventory.identities)
        var devices: [Device] = []
        for var device in definition.devices {
            guard let sent = inventory.counterpart(of: device, in: definition) else { continue }
            let identity = sent.identity
            foreign.remove(identity)
            status.name(&device)
            devices.append(device)
            let backend = try await backend(of: identity, in: domid)
            status.bindings.append(
                Binding(
                    key: device.alias?.description ?? "", identity: identity,
                    backendDomainID: backend?.backendDomainID, sent: sent))
        }
        definition.devices = devices
        status.definition = LiveDefinition(definition)
        return (status, foreign.sorted { ($0.xenstoreKind, $0.devid) < ($1.xenstoreKind, $1.devid) })
    }
}

extension Inventory {
    /// The device of Xen's that is beyond doubt `device` of `definition`.
    fileprivate func counterpart(of device: Device, in definition: DomainDefinition) -> SentDevice? {
        switch device {
        case .disk(let disk): return disk.vdev.flatMap { self.device(.disk(vdev: $0)) }
        case .interface(let interface):
            let listed = nics.filter { $0.mac == interface.mac }
            guard listed.count == 1, definition.interfaces.count(where: { $0.mac == interface.mac }) == 1 else {
                return nil
            }
            return listed.first.map(SentDevice.nic)
        case .controller(let controller) where controller.type == .usb:
            return Int32(exactly: controller.index).flatMap {
                self.device(.usbController(devid: DeviceID(rawValue: $0)))
            }
        case .hostdev, .vtpm:
            guard let place = device.place else { return nil }
            return others.first { Device($0, backendDomain: nil)?.place == place }
        case .filesystem, .character, .controller, .input, .graphics, .sound, .video, .memballoon, .vdispl, .vsnd,
            .opaque:
            return nil
        }
    }
}
