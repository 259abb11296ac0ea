import DomainXML
import Foundation
import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

/// Real documents: what is translated of them is what libvirt's Xen driver makes of the same.
@Suite("Translation of real documents", .enabled(if: ConformanceFolder.isThere))
struct TranslationConformanceTests {
    /// Where ours is another JSON on purpose: by case, then by path of the member.
    static let differences: [String: [Difference]] = {
        // These guests have a display in libvirt's JSON. Ours have none until graphics are supported, and libxl has to
        // be told so.
        let withDisplay = [
            "basic-hvm", "cpu-shares-hvm", "max-eventchannels-hvm", "variable-clock-hvm", "viridian-hvm",
            "viridian-hvm-full", "vnuma-hvm", "vnuma-hvm-legacy-nest",
        ]
        let noDisplayYet = Difference(member: "b_info.type.hvm.nographic", libvirt: nil, ours: .string("True"))
        return Dictionary(uniqueKeysWithValues: withDisplay.map { ($0, [noDisplayYet]) })
    }()

    struct Difference {
        let member: String
        let libvirt: JSONValue?
        let ours: JSONValue?
    }

    /// What we fill of `b_info`; the rest of libvirt's is for later.
    static let buildMembers: Set<String> = [
        "max_vcpus", "avail_vcpus", "max_memkb", "target_memkb", "localtime", "rtc_timeoffset", "kernel", "ramdisk",
        "cmdline", "bootloader", "bootloader_args", "acpi", "apic", "type.pv", "type.pvh", "type.hvm",
    ]
    /// What we fill of `b_info.type.*`.
    static let typeMembers: Set<String> = [
        "bootloader", "bootloader_args", "e820_host", "kernel", "ramdisk", "cmdline", "pae", "nographic", "boot",
    ]
    /// What we fill beside `c_info` and `b_info`.
    static let topMembers = ["disks", "nics", "on_poweroff", "on_reboot", "on_crash"]

    @Test("libxl is told what libvirt tells it", arguments: ConformanceFolder.documents(in: ["xml-to-libxl"]))
    func likeLibvirt(path: String) throws {
        let name = String(path.dropFirst("xml-to-libxl/".count).dropLast(".xml".count))
        let definition = try Self.definition(path)
        let ours = try Self.filled(JSONValue(encoding: LibxlDomainConfig(definition)))
        var libvirts = try Self.filled(
            JSONDecoder().decode(JSONValue.self, from: ConformanceFolder.read("xml-to-libxl/\(name).json")))
        for difference in Self.differences[name] ?? [] {
            // A difference that is there no more has to leave the list.
            #expect(libvirts[difference.member] == difference.libvirt, "\(name): \(difference.member)")
            libvirts[difference.member] = difference.ours
        }
        for member in Set(ours.keys).union(libvirts.keys).sorted() {
            #expect(ours[member] == libvirts[member], "\(name): \(member)")
        }
    }

    /// Every member of a config that we fill, by its path; disks and NICs as a whole.
    private static func filled(_ config: JSONValue) throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for (name, value) in config["c_info"].members { members["c_info.\(name)"] = value }
        for (name, value) in config["b_info"].members where buildMembers.contains(name) {
            guard name.hasPrefix("type.") else {
                members["b_info.\(name)"] = value
                continue
            }
            for (inner, value) in value.members where typeMembers.contains(inner) {
                members["b_info.\(name).\(inner)"] = value
            }
        }
        for name in topMembers where config[name] != .null { members[name] = config[name] }
        return members
    }

    @Test("every Xen document translates", arguments: ConformanceFolder.documents(in: ["xml-to-libxl", "xl-cfg"]))
    func translates(path: String) throws {
        let definition = try Self.definition(path)
        let config = try LibxlDomainConfig(definition)
        #expect(config.createInfo.name == definition.name.text)
        #expect(config.disks.map(\.vdev) == definition.disks.map(\.target))
        #expect(config.nics.map(\.mac) == definition.interfaces.map(\.mac))
        #expect(config.nics.map(\.devid.rawValue) == Array(0..<Int32(definition.interfaces.count)))
    }

    /// Cases where the devices with names are all of classes that are left out.
    static let onlyOtherDevicesNamed: Set<String> = [
        "user-aliases/user-aliases-usb.xml", "user-aliases/user-aliases2.xml",
    ]

    @Test(
        "no name that a user gave a device is in what libxl is told",
        arguments: ConformanceFolder.documents(in: ["user-aliases"]))
    func withoutNames(path: String) throws {
        var definition = try Self.definition(path)
        #expect(throws: Untranslatable(path: "/domain/@type", reason: .otherHypervisor(definition.hypervisor))) {
            try LibxlDomainConfig(definition)
        }
        // The same guest for Xen: its disks on Xen's bus, where a name in another one's words stands.
        definition.hypervisor = DomainDefinition.xen
        for index in definition.disks.indices where definition.disks[index].vdev == nil {
            let target = definition.disks[index].target
            #expect(
                throws: Untranslatable(
                    path: "/domain/devices/disk/target/@dev", device: target, reason: .notAVdev(target: target))
            ) {
                try LibxlDomainConfig(definition)
            }
            definition.disks[index].target = "xvd\(target.dropFirst(2))"
        }
        let aliases = definition.devices.compactMap(\.alias)
        #expect(aliases.isEmpty == Self.onlyOtherDevicesNamed.contains(path))
        let told = try String(decoding: JSONEncoder().encode(LibxlDomainConfig(definition)), as: UTF8.self)
        for alias in aliases { #expect(!told.contains(alias.description)) }
        #expect(!told.contains("ua-"))
    }

    /// A document as a definition is read.
    private static func definition(_ path: String) throws -> DomainDefinition {
        let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive, isStrict: false)
        return try DomainDefinition.parse(Array(ConformanceFolder.read(path)), options: options).value
    }
}
