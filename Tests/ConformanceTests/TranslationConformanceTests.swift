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
        // libvirt leaves these devids to libxl (-1). Ours never does: a devid that is left open can collide with one
        // that is named.
        let withDisplay = [
            "basic-pv", "basic-hvm", "cpu-shares-hvm", "max-eventchannels-hvm", "variable-clock-hvm", "viridian-hvm",
            "viridian-hvm-full", "vnuma-hvm", "vnuma-hvm-legacy-nest",
        ]
        let devids = ["vfbs", "vkbs"].map {
            Difference(member: "\($0)[0].devid", libvirt: .number(-1), ours: .number(0))
        }
        return Dictionary(uniqueKeysWithValues: withDisplay.map { ($0, devids) })
    }()

    struct Difference {
        let member: String
        let libvirt: JSONValue?
        let ours: JSONValue?
    }

    /// libvirt's own run of these cases lets guests run guests of their own; one of them is on a host of fewer nodes
    /// than the guest has.
    private static func context(_ name: String) -> TranslationContext {
        var context = TranslationContext()
        context.allowsNestedHVM = true
        if name == "vnuma-hvm-legacy-nest" { context.hostNUMANodes = 1 }
        return context
    }

    @Test("libxl is told what libvirt tells it", arguments: ConformanceFolder.documents(in: ["xml-to-libxl"]))
    func likeLibvirt(path: String) throws {
        let name = String(path.dropFirst("xml-to-libxl/".count).dropLast(".xml".count))
        let config = try LibxlDomainConfig(Self.definition(path), context: Self.context(name))
        let ours = try Self.told(JSONValue(encoding: config))
        var libvirts = try Self.told(
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

    /// Every member of a config by its path, where libxl of today has it.
    private static func told(_ config: JSONValue) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        collect(config, path: "", into: &members)
        // libvirt's helper for it is pinned to a number in these cases.
        members["b_info.shadow_memkb"] = nil
        for (old, new) in [("b_info.type.hvm.nested_hvm", "b_info.nested_hvm")] {
            if let value = members.removeValue(forKey: old) { members[new] = value }
        }
        for (member, value) in members where member.hasPrefix("b_info.cpuid[") {
            members[member] = nil
            members["b_info.cpuid.cpuid[" + member.dropFirst("b_info.cpuid[".count)] = value
        }
        return members
    }

    /// Objects, and lists of them, by member; what is empty says nothing.
    private static func collect(_ value: JSONValue, path: String, into members: inout [String: JSONValue]) {
        switch value {
        case .object(let inner):
            for (name, value) in inner { collect(value, path: path.isEmpty ? name : "\(path).\(name)", into: &members) }
        case .array(let values) where values.contains { if case .object = $0 { true } else { false } }:
            for (index, value) in values.enumerated() { collect(value, path: "\(path)[\(index)]", into: &members) }
        case .null: break
        case .array, .bool, .number, .string: members[path] = value
        }
    }

    @Test("every Xen document translates", arguments: ConformanceFolder.documents(in: ["xml-to-libxl", "xl-cfg"]))
    func translates(path: String) throws {
        let definition = try Self.definition(path)
        let config = try LibxlDomainConfig(definition, context: .documentAlone)
        #expect(config.createInfo.name == definition.name.text)
        #expect(config.disks.map(\.vdev) == definition.disks.map(\.target))
        #expect(config.nics.map(\.mac) == definition.interfaces.map(\.mac))
        #expect(config.nics.map(\.devid.rawValue) == Array(0..<Int32(definition.interfaces.count)))
    }

    @Test(
        "no name that a user gave a device is in what libxl is told",
        arguments: ConformanceFolder.documents(in: ["user-aliases"]))
    func withoutNames(path: String) throws {
        var definition = try Self.definition(path)
        #expect(throws: Untranslatable(path: "/domain/@type", reason: .otherHypervisor(definition.hypervisor))) {
            try LibxlDomainConfig(definition)
        }
        // The same guest for Xen: its disks on Xen's bus, and of its devices those that Xen has.
        definition.hypervisor = DomainDefinition.xen
        definition.disks = definition.disks.map { disk in
            var disk = disk
            if disk.vdev == nil { disk.target = "xvd\(disk.target.dropFirst(2))" }
            return disk
        }
        definition.devices = definition.devices.filter { device in
            var alone = definition
            alone.devices = [device]
            do throws(Untranslatable) {
                _ = try LibxlDomainConfig(alone, context: .documentAlone)
                return true
            } catch {
                return false
            }
        }
        let aliases = definition.devices.compactMap(\.alias)
        #expect(!aliases.isEmpty)
        let told = try String(
            decoding: JSONEncoder().encode(LibxlDomainConfig(definition, context: .documentAlone)), as: UTF8.self)
        for alias in aliases { #expect(!told.contains(alias.description)) }
        #expect(!told.contains("ua-"))
    }

    /// A document as a definition is read.
    private static func definition(_ path: String) throws -> DomainDefinition {
        let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive, isStrict: false)
        return try DomainDefinition.parse(Array(ConformanceFolder.read(path)), options: options).value
    }
}
