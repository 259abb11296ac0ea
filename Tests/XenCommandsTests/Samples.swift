import Testing
import XenModel
import XenUnits

@testable import XenDriver

/// Listings to render.
enum Samples {
    static let uuid = DomainUUID(high: 0x6695_eb01_f6a4_8304, low: 0x79aa_97f2_502e_193f)

    static func domain(
        _ name: String, id: UInt32? = nil, state: DomainState = .running, isPersistent: Bool = true,
        isForeign: Bool = false
    ) -> DomainListing {
        DomainListing(
            domid: id.map(DomainID.init(rawValue:)), name: name, uuid: uuid, state: state, isPersistent: isPersistent,
            isForeign: isForeign)
    }

    static let unfinished = UnfinishedChange(kind: .attach, device: "interface 'ua-a'")

    static let domains = [
        domain("Domain-0", id: 0, isPersistent: false),
        web,
        domain("a-longer-name", state: .shutOff),
    ]

    private static var web: DomainListing {
        var web = domain("web", id: 12, state: .paused)
        web.title = "The web"
        return web
    }

    static func summary(of listing: DomainListing, cpuTime: UInt64?) -> DomainSummary {
        DomainSummary(
            listing: listing, guestType: .pvh, vcpus: 2, cpuTimeNanoseconds: cpuTime,
            maximumMemory: Kibibytes(8_388_608), usedMemory: Kibibytes(2_097_152))
    }

    static func mac(_ text: String) throws -> MACAddress { try #require(MACAddress(text)) }

    static func alias(_ text: String) throws -> DeviceAlias { try #require(DeviceAlias(text)) }

    static func devices() throws -> [DeviceListing] {
        let vdev = try #require(BlockDeviceNumber(vdev: "xvda"))
        return [
            DeviceListing(
                alias: try alias("ua-root"), deviceClass: .disk, familiarName: "xvda", identity: .disk(vdev: vdev),
                backendDomainID: .domain0, backendDomainName: "Domain-0", state: .bound),
            DeviceListing(
                alias: nil, deviceClass: .interface, familiarName: "00:16:3e:00:00:01",
                identity: .nic(devid: DeviceID(rawValue: 3)), backendDomainID: DomainID(rawValue: 7),
                backendDomainName: nil, state: .foreign),
            DeviceListing(
                alias: try alias("ua-lan"), deviceClass: .interface, familiarName: "00:16:3e:00:00:02", identity: nil,
                backendDomainID: nil, backendDomainName: nil, state: .defined),
        ]
    }

    static func interfaces() throws -> [InterfaceListing] {
        [
            InterfaceListing(
                alias: try alias("ua-lan"), target: "vif12.0", kind: .bridge, source: "xenbr0", model: "netfront",
                mac: try mac("00:16:3e:00:00:01")),
            InterfaceListing(
                alias: nil, target: nil, kind: .ethernet, source: nil, model: nil, mac: try mac("00:16:3e:00:00:02")),
        ]
    }

    static func disks() throws -> [DiskListing] {
        [
            DiskListing(
                alias: try alias("ua-root"), kind: .file, device: .disk, target: "xvda", source: "/img/root.raw"),
            DiskListing(alias: nil, kind: .block, device: .cdrom, target: "hdc", source: nil),
        ]
    }
}
