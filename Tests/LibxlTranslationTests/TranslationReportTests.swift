import LibxlAPI
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("What becomes of each element")
struct TranslationReportTests {
    @Test("a document is explained element by element")
    func explained() throws {
        let definition = try Samples.guest(.pvh) {
            $0.title = "an inn"
            $0.operatingSystem.kernel = "/boot/k"
            $0.securityLabels = [SecurityLabel(type: "dynamic")]
            $0.devices = [
                .interface(Samples.nic()),
                .interface(
                    Samples.nic {
                        $0.alias = DeviceAlias("ua-uplink")
                        $0.mtu = 9000
                        $0.link = .down
                    }),
            ]
        }
        let report = try TranslationReport(definition)
        func outcome(_ path: String) -> TranslationReport.Outcome? {
            report.rows.first { $0.path == path }?.outcome
        }
        typealias Field = TranslationReport.Field
        #expect(outcome("/domain/@type") == .required(.otherHypervisor("")))
        #expect(outcome("/domain/name") == .fields([Field(member: "c_info.name", value: #""inn""#)]))
        #expect(outcome("/domain/os/kernel") == .fields([Field(member: "b_info.kernel", value: #""/boot/k""#)]))
        #expect(outcome("/domain/title") == .descriptionOnly)
        #expect(outcome("/domain/seclabel") == .ignored(.unknownToXen))
        #expect(outcome("/domain/features/acpi") == nil)
        #expect(outcome("/domain/devices/interface[2]/alias") == .descriptionOnly)
        #expect(outcome("/domain/devices/interface[2]/link/@state") == .descriptionOnly)
        #expect(
            outcome("/domain/devices/interface[2]/mtu/@size") == .fields([Field(member: "nics[1].mtu", value: "9000")]))
        #expect(
            outcome("/domain/devices/interface[2]")
                == .fields([
                    Field(member: "nics[1].devid", value: "1"), Field(member: "nics[1].nictype", value: #""vif""#),
                ]))
    }

    @Test("what something keeps from libxl is said without a value")
    func withoutValue() throws {
        let report = try TranslationReport(Samples.guest(.pv) { $0.operatingSystem.kernel = "/boot/k" })
        let row = try #require(report.rows.first { $0.path == "/domain/os/kernel" })
        #expect(
            row.fields == [
                TranslationReport.Field(member: "b_info.kernel", value: #""/boot/k""#),
                TranslationReport.Field(member: "b_info.type.pv.bootloader", value: nil),
            ])
    }

    /// What more than one element decides, so that neither does alone.
    static let defaults: Set<String> = [
        "b_info.numa_placement", "b_info.type.hvm.bios", "b_info.type.pv.e820_host",
    ]

    /// What is kept for people, and for the driver.
    static let descriptions: Set<String> = [
        "title", "description", "metadata", "os/type/@arch", "os/type/@machine", "cpu/topology", "cpu/model", "alias",
        "address", "target/@bus", "shareable", "link/@state", "model/@heads", "model/@primary",
    ]

    /// What the guests of the tables say beside that is so in any case, or is said better by another element.
    static let alreadySo: Set<String> = [
        "filesystem[1]/@accessmode", "input[4]", "memballoon[1]", "os/loader", "cpu/@mode",
        "source/vendor",
    ]

    @Test(
        "every guest of the tables is explained whole: what libxl is given has its element, and each its effect or reason",
        arguments: MachineTranslationTests.cases + DeviceTranslationTests.cases + XenOptionsTranslationTests.cases)
    func whole(_ example: GuestCase) throws {
        let report = try TranslationReport(Samples.guest(example.guest, example.vary), context: example.context)
        for field in report.defaults { #expect(Self.defaults.contains(field.member), "nothing explains \(field)") }
        for row in report.rows where row.outcome == .descriptionOnly {
            let isDescription = Self.descriptions.union(Self.alreadySo).contains { row.path.hasSuffix("/\($0)") }
            #expect(isDescription, "\(row.path) is lost")
        }
    }
}
