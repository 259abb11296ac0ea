import Testing
import XenModel
import XenUnits

/// Definitions and devices that the tables vary.
enum Samples {
    static let uuid = DomainUUID(high: 0x0123_4567_89ab_4cde, low: 0x8fed_cba9_8765_4321)
    static let mac = MACAddress(bits: 0x0016_3e00_0001)

    /// A guest of `type` with 512 MiB and nothing else said.
    static func guest(_ type: GuestType, _ vary: (inout DomainDefinition) -> Void = { _ in }) throws
        -> DomainDefinition
    {
        var definition = DomainDefinition(
            name: try DomainName("inn"), uuid: uuid, memory: Kibibytes(524_288),
            operatingSystem: OperatingSystem(guestType: type))
        vary(&definition)
        return definition
    }

    /// A card on bridge `br0` with nothing else said.
    static func card(_ vary: (inout Interface) -> Void = { _ in }) -> Interface {
        var interface = Interface(source: .bridge("br0"), mac: mac)
        vary(&interface)
        return interface
    }

    /// A disk `xvda` on a file with nothing else said.
    static func disk(_ vary: (inout Disk) -> Void = { _ in }) -> Disk {
        var disk = Disk(source: DiskSource(kind: .file, path: "/images/inn.img"), target: "xvda")
        vary(&disk)
        return disk
    }
}
