import FoundationEssentials
import LibxlAPI
import LibxlFake
import SystemPackage
package import XenCommands
import XenUnits

extension HostOpener {
    /// What the fake host of `connection` can be made to do; nil for a real one.
    package func fakeControls(of connection: Connection) throws(ConnectionError) -> FakeControls? {
        guard connection != .xenSystem else { return nil }
        let root = try connection.root(environment: environment)
        let fake: FakeXenHost
        do throws(FakeXenError) { fake = try FakeXenHost(directory: root.appending("xen"), clock: clock) } catch {
            throw .host(reason: error.description)
        }
        return FakeControls { (deed, domid) throws(ConnectionError) in
            do throws(LibxlError) {
                try await fake.perform(deed, on: domid, until: clock.now + .seconds(60))
            } catch {
                throw .host(reason: "\(error)")
            }
        } rebootHost: { () throws(ConnectionError) in
            fake.rebootHost()
            // What lies in memory on a real host.
            do { try FileManager.default.removeItem(atPath: root.appending("run").string) } catch {
                guard FileManager.default.fileExists(atPath: root.appending("run").string) else { return }
                throw .host(reason: "'\(root.appending("run"))' cannot be removed: \(error)")
            }
        }
    }
}

extension FakeXenHost {
    fileprivate func perform(
        _ deed: FakeControls.Deed, on domid: DomainID, until deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        switch deed {
        case .end(let word): shutDownGuest(domid, reason: LibxlShutdownReason(rawValue: word) ?? .unknown)
        case .release: releaseAll(of: domid)
        case .refuse(let isRefusing): setGuest(isRefusing ? .refusing : .coOperating, for: domid)
        case .endDeviceModel: endDeviceModel(of: domid)
        case .memory(let memory): setMemory(of: domid, to: memory)
        case .attachInterface(let mac, let bridge):
            let taken = try await listDevices(.nic, of: domid).compactMap(\.nic).map(\.devid.rawValue)
            var nic = LibxlDeviceNIC(
                devid: DeviceID(rawValue: (taken.max() ?? -1) + 1), mac: mac, nictype: .vif)
            nic.bridge = bridge
            try await addDevice(.nic(nic), to: domid, deadline: deadline)
        case .detachInterface(let mac):
            guard let nic = try await listDevices(.nic, of: domid).compactMap(\.nic).first(where: { $0.mac == mac })
            else {
                throw LibxlError(.invalid, in: "libxl_mac_to_device_nic", log: "no NIC has the MAC address \(mac)")
            }
            _ = try await removeDevice(.nic(nic), from: domid, deadline: deadline)
        case .destroy: try await destroyDomain(domid, deadline: deadline)
        }
    }
}
