import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

/// Definitions and devices that the tables vary.
enum Samples {
    static let uuid = DomainUUID(high: 0x0123_4567_89ab_4cde, low: 0x8fed_cba9_8765_4321)
    static let kernel = "/boot/vmlinuz"
    static let mac = MACAddress(bits: 0x0016_3e00_0001)

    /// A guest of `type` with 512 MiB and nothing else said.
    static func guest(_ type: GuestType, _ vary: (inout DomainDefinition) -> Void = { _ in }) throws
        -> DomainDefinition
    {
        var definition = DomainDefinition(
            name: try DomainName("inn"), uuid: uuid, memory: Kibibytes(524_288),
            operatingSystem: OperatingSystem(guestType: type))
        // A pvh guest is none without.
        if type == .pvh { definition.operatingSystem.kernel = kernel }
        vary(&definition)
        return definition
    }

    /// A NIC on bridge `br0` with nothing else said.
    static func nic(_ vary: (inout Interface) -> Void = { _ in }) -> Interface {
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

/// A guest, and what libxl is given for it beside what it is given for every guest of the type.
struct GuestCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let guest: GuestType
    let vary: @Sendable (inout DomainDefinition) -> Void
    var context = TranslationContext()
    /// Members of libxl's JSON; objects add to those of every guest, anything else stands instead of them.
    let json: String

    init(
        _ testDescription: String, _ guest: GuestType, _ json: String,
        context: TranslationContext = TranslationContext(),
        vary: @escaping @Sendable (inout DomainDefinition) -> Void
    ) {
        self.testDescription = testDescription
        self.guest = guest
        self.vary = vary
        self.context = context
        self.json = json
    }

    /// What libxl is given for a guest of whom nothing is said.
    static func base(_ type: GuestType) -> String {
        let machine =
            switch type {
            case .hvm:
                #"""
                {"boot": "c", "nographic": "True", "vga": {"kind": "none"}, "vnc": {"enable": "False"},
                 "sdl": {"enable": "False"}}
                """#
            case .pv: #"{"bootloader": "pygrub"}"#
            case .pvh: "{}"
            }
        return #"""
            {"c_info": {"type": "\#(type)", "name": "inn", "uuid": "01234567-89ab-4cde-8fed-cba987654321"},
             "b_info": {"max_vcpus": 1, "avail_vcpus": [0], "max_memkb": 524288, "target_memkb": 524288,
                        "type.\#(type)": \#(machine)\#(type == .pvh ? #", "kernel": "\#(Samples.kernel)""# : "")},
             "on_reboot": "restart"}
            """#
    }

    func check() throws {
        let passed = try LibxlDomainConfig(Samples.guest(guest, vary), context: context)
        let expected = try JSONValue(parsing: Self.base(guest)).adding(JSONValue(parsing: json))
        #expect(try JSONValue(encoding: passed).withoutNothing == expected.withoutNothing)
    }
}

/// A guest that libxl cannot express, and why.
struct RefusedGuest: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let guest: GuestType
    let vary: @Sendable (inout DomainDefinition) -> Void
    var context = TranslationContext()
    let error: Untranslatable

    init(
        _ testDescription: String, _ guest: GuestType, _ path: String, _ reason: Untranslatable.Reason,
        device: String? = nil, context: TranslationContext = TranslationContext(),
        vary: @escaping @Sendable (inout DomainDefinition) -> Void
    ) {
        self.testDescription = testDescription
        self.guest = guest
        self.vary = vary
        self.context = context
        error = Untranslatable(path: path, device: device, reason: reason)
    }

    func check() throws {
        let definition = try Samples.guest(guest, vary)
        #expect(throws: error) { try LibxlDomainConfig(definition, context: context) }
    }
}

extension JSONValue {
    /// The same with the members of `more`, objects in objects.
    func adding(_ more: JSONValue) -> JSONValue {
        guard case .object(let mine) = self, case .object(let others) = more else { return more }
        return .object(mine.merging(others) { $0.adding($1) })
    }

    /// The same without members that are null or empty objects, which say nothing.
    var withoutNothing: JSONValue {
        switch self {
        case .object(let members):
            .object(members.mapValues(\.withoutNothing).filter { $0.value != .null && $0.value != .object([:]) })
        case .array(let values): .array(values.map(\.withoutNothing))
        case .null, .bool, .integer, .unsigned, .number, .string: self
        }
    }
}
