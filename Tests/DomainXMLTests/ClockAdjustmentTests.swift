import DomainXML
import Testing
import XenModel

@Suite("A clock that is adjusted")
struct ClockAdjustmentTests {
    @Test(
        "an adjustment makes a fixed clock a variable one, as in libvirt",
        arguments: [
            ("offset='utc'", .utc), ("offset='localtime'", .localtime),
            ("offset='utc' adjustment='reset'", .utc), ("offset='localtime' adjustment='reset'", .localtime),
            ("offset='utc' adjustment='-60'", .variable(adjustment: -60, basis: .utc)),
            ("offset='localtime' adjustment='3600'", .variable(adjustment: 3600, basis: .localtime)),
            ("offset='variable' adjustment='7' basis='localtime'", .variable(adjustment: 7, basis: .localtime)),
        ] as [(String, ClockOffset)])
    func adjusted(attributes: String, offset: ClockOffset) throws {
        let parsed = try DomainDefinition.parse(Self.document(attributes), options: Self.options)
        #expect(parsed.value.clock == Clock(offset: offset))
        let reported = attributes.contains("reset") ? ["/domain/clock/@adjustment"] : []
        #expect(parsed.notices.map(\.path) == reported)
    }

    @Test("an adjustment that is no number of seconds is refused", arguments: ["soon", "2147483648"])
    func refused(adjustment: String) {
        #expect(throws: DomainXMLError.self) {
            try DomainDefinition.parse(
                Self.document("offset='localtime' adjustment='\(adjustment)'"), options: Self.options)
        }
    }

    private static let options = ReaderOptions(features: .userAliases, form: .inactive, isStrict: false)

    private static func document(_ attributes: String) -> [UInt8] {
        Array(
            """
            <domain type='xen'><name>inn</name><memory>1024</memory><os><type>xenpvh</type></os>
            <clock \(attributes)/></domain>
            """.utf8)
    }
}
