import DomainXML
import Testing
import XenModel

@Suite("What a document says and the driver cannot do")
struct NoticeTests {
    @Test("is reported, each by path and line, in the document's order")
    func reported() throws {
        let parsed = try DomainDefinition.parse(fixture("reported"), options: inactive)
        #expect(parsed.notices.map { "\($0.line) \($0.path)" } == Self.expected)
        #expect(parsed.notices.allSatisfy { $0.kind == .unsupported })
        #expect(parsed.value.disks.map(\.target) == ["fda", "xvda", "xvdb"])
        #expect(parsed.value.interfaces.count == 2)
    }

    @Test("is an error when read strictly, which lists all of it")
    func strict() throws {
        var options = inactive
        options.isStrict = true
        let notices = try DomainDefinition.parse(fixture("reported"), options: inactive).notices
        let error = #expect(throws: DomainXMLError.self) {
            try DomainDefinition.parse(fixture("reported"), options: options)
        }
        #expect(error == .unsupported(notices))
        #expect(error?.description.contains("/domain/devices/disk[2]/driver/@cache (line 26)") == true)
        #expect(throws: Never.self) { try DomainDefinition.parse(fixture("everything-hvm"), options: options) }
    }

    @Test("reads as a sentence")
    func sentences() {
        let notice = { DocumentNotice(path: "/domain/x", line: 3, kind: $0).description }
        #expect(notice(.unsupported) == "line 3: /domain/x is not supported by this driver and was left out")
        #expect(notice(.generatedAliasDropped("net0")).contains("'net0' was generated"))
        #expect(notice(.generatedTargetDropped("vif1.0")).contains("'vif1.0' was generated"))
    }

    private static let expected = [
        "1 /domain/@x:mark",
        "4 /domain/memory/@dumpCore",
        "5 /domain/vcpu/@placement",
        "9 /domain/os/boot/@order",
        "12 /domain/features/acpi/@state",
        "14 /domain/features/xen/passthrough/@mode",
        "14 /domain/features/xen/other",
        "16 /domain/clock/@sync",
        "17 /domain/devices/text()",
        "26 /domain/devices/disk[2]/driver/@cache",
        "27 /domain/devices/disk[2]/source/@startupPolicy",
        "27 /domain/devices/disk[2]/source/encryption",
        "28 /domain/devices/disk[2]/target/@removable",
        "29 /domain/devices/disk[2]/readonly/@really",
        "30 /domain/devices/disk[2]/serial",
        "32 /domain/devices/disk[2]/address/zpci",
        "41 /domain/devices/interface[2]/@trust",
        "42 /domain/devices/interface[2]/mac/@type",
        "43 /domain/devices/interface[2]/source/@dev",
        "45 /domain/devices/interface[2]/bandwidth/inbound",
        "46 /domain/devices/interface[2]/bandwidth/outbound/@peak",
        "46 /domain/devices/interface[2]/bandwidth/outbound/@floor",
        "46 /domain/devices/interface[2]/bandwidth/outbound/@burst",
        "48 /domain/devices/interface[2]/ip[1]/@family",
        "48 /domain/devices/interface[2]/ip[1]/@prefix",
        "49 /domain/devices/interface[2]/ip[2]/@peer",
        "51 /domain/devices/interface[2]/x:bridge",
        "55 /domain/devices/x:disk[1]",
        "57 /domain/on_lockfailure",
    ]
}
