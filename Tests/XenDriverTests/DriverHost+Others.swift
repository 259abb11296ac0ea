import LibxlAPI
import LibxlFake
import Testing
import XenDriver
import XenUnits

/// What another toolstack does on the host.
extension DriverHost {
    static let theirMAC = "00:16:3e:00:00:77"

    /// Another toolstack plugs a NIC into a domain.
    @discardableResult
    func plugTheirNIC(
        _ devid: Int32, mac: String = theirMAC, into name: String = "web",
        _ configure: (inout LibxlDeviceNIC) -> Void = { _ in }
    ) async throws -> LibxlDeviceNIC {
        var nic = LibxlDeviceNIC(
            devid: DeviceID(rawValue: devid), mac: try #require(MACAddress(mac)), nictype: .unknown)
        nic.bridge = "theirs"
        configure(&nic)
        try await fake.addDevice(.nic(nic), to: domid(name), deadline: .now + .seconds(3600))
        return nic
    }

    /// Another toolstack plugs a disk into a domain.
    func plugTheirDisk(
        _ vdev: String = "xvde", into name: String = "web", _ configure: (inout LibxlDeviceDisk) -> Void = { _ in }
    ) async throws {
        var disk = LibxlDeviceDisk(vdev: vdev, pdevPath: "/dev/vg/theirs", format: .raw)
        disk.backend = .phy
        configure(&disk)
        try await fake.addDevice(.disk(disk), to: domid(name), deadline: .now + .seconds(3600))
    }

    /// Another toolstack starts a domain `theirs` with a NIC and a disk, under the UUID of our documents if no other.
    @discardableResult
    func startTheirs(_ type: GuestType = .pv, uuid: String = Documents.uuid, name: String = "theirs")
        async throws -> DomainID
    {
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(type: type, name: name, uuid: try #require(DomainUUID(uuid))),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(65536), targetMemory: Kibibytes(65536)))
        config.buildInfo.kernel = type == .hvm ? nil : "/boot/vmlinuz"
        let mac = try #require(MACAddress(Documents.mac1))
        config.nics = [LibxlDeviceNIC(devid: DeviceID(rawValue: 0), mac: mac, nictype: type == .hvm ? .vifIOEmu : .vif)]
        var disk = LibxlDeviceDisk(vdev: "xvda", pdevPath: "/dev/vg/their-root", format: .raw)
        disk.backend = .phy
        config.disks = [disk]
        let domid = try await fake.createDomain(config, deadline: .now + .seconds(3600))
        try await fake.unpauseDomain(domid, deadline: .now + .seconds(3600))
        return domid
    }
}

extension CallOptions {
    /// Of a caller who may change domains of others.
    static var bold: CallOptions {
        var options = CallOptions()
        options.changesForeignDomains = true
        return options
    }

    /// Of a caller who gives the whole `limit`, from now on.
    static func within(_ limit: Duration) -> CallOptions {
        var options = CallOptions()
        options.deadline = Deadline(limit, from: .now)
        return options
    }
}
