import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("An alias in a document")
struct AliasTests {
    @Test(
        "of the user's is kept in either form",
        arguments: ["ua-a", "ua-0", "ua--", "ua-_", "ua-net0", "ua-ua-x", "ua-" + String(repeating: "x", count: 300)],
        [inactive, live])
    func user(name: String, options: ReaderOptions) throws {
        let parsed = try parseDevice(interface(alias: name), options)
        #expect(parsed.value.alias?.user?.text == name)
        #expect(parsed.notices == [])
    }

    @Test("of the driver's is dropped from a user's document with a notice", arguments: ["net0", "serial17"])
    func generated(name: String) throws {
        let parsed = try parseDomain(domainDocument(devices: "\n" + interface(alias: name)))
        #expect(parsed.value.interfaces.map(\.alias) == [nil])
        let notice = DocumentNotice(
            path: "/domain/devices/interface[1]/alias", line: 4, kind: .generatedAliasDropped(name))
        #expect(parsed.notices == [notice])
    }

    @Test("of the driver's is kept in a live document, and no error in a strict reading of a user's")
    func generatedKept() throws {
        #expect(try parseDevice(interface(alias: "net0"), live).value.alias?.description == "net0")
        var strict = inactive
        strict.isStrict = true
        #expect(try parseDevice(interface(alias: "net0"), strict).value.alias == nil)
    }

    @Test(
        "of any other kind is refused with the rule",
        arguments: ["foo", "ua-", "ua", "ua-a.b", "ua-ü", "ua-a b", "UA-a", "net", "0", "net-1", " ua-a", "net00"],
        [inactive, live])
    func bad(name: String, options: ReaderOptions) {
        for parse in [
            { try parseDevice(interface(alias: name), options).value.alias },
            { try parseRequest(interface(alias: name), options).value.criteria.alias },
        ] {
            let error = #expect(throws: DomainXMLError.self) { try parse() }
            #expect(error == .model(path: "/interface/alias", line: 1, problem: .badAlias(name)))
            #expect(error?.description.contains("'ua-' and at least one of") == true)
        }
        let onLeftOut = #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument(devices: "<console><alias name='\(name)'/></console>"), inactive)
        }
        #expect(
            onLeftOut == .model(path: "/domain/devices/console[1]/alias", line: 3, problem: .badAlias(name)))
    }

    @Test("of the user's is refused by a driver without the feature")
    func featureOff() throws {
        let options = ReaderOptions(features: [.netModelStrings], form: .inactive)
        let error = #expect(throws: DomainXMLError.self) { try parseDevice(interface(alias: "ua-a"), options) }
        #expect(error == .model(path: "/interface/alias", line: 1, problem: .userAliasesNotSupported("ua-a")))
        #expect(error?.description.contains("'ua-a'") == true)
        #expect(throws: DomainXMLError.self) { try parseRequest(interface(alias: "ua-a"), options) }
        #expect(throws: Never.self) { try parseDevice(interface(alias: "net0"), options) }
    }

    @Test(
        "names one device of all the classes, those that are left out too",
        arguments: [
            ("disk", "interface"), ("interface", "interface"), ("interface", "console"), ("serial", "channel"),
            ("console", "disk"),
        ])
    func unique(first: String, second: String) {
        let document = domainDocument(devices: device(first, "ua-x") + "\n" + device(second, "ua-x"))
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(document) }
        let index = first == second ? 2 : 1
        let problem = DomainXMLProblem.duplicateAlias("ua-x", firstPath: "/domain/devices/\(first)[1]")
        #expect(error == .model(path: "/domain/devices/\(second)[\(index)]/alias", line: 4, problem: problem))
        #expect(error?.description.contains("non unique alias detected: ua-x") == true)
    }

    @Test("is distinguished by the case of its letters")
    func caseMatters() throws {
        let devices = device("interface", "ua-x") + device("interface", "ua-X")
        #expect(try parseDomain(domainDocument(devices: devices)).value.interfaces.count == 2)
    }

    @Test("may be shared by the first serial port and the console that mirrors it, and by no other console")
    func mirroredConsole() throws {
        let pair = device("serial", "ua-s") + device("console", "ua-s")
        #expect(throws: Never.self) { try parseDomain(domainDocument(devices: pair)) }
        #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument(devices: pair + device("console", "ua-s")))
        }
        #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument(devices: device("serial", "ua-t") + device("serial", "ua-s") + pair))
        }
    }

    @Test("of the driver's is unique in a live document, and worth nothing in a user's")
    func generatedUnique() {
        let uuid = "<uuid>\(DomainUUID.zero)</uuid>"
        let document = domainDocument(uuid, devices: device("interface", "net0") + device("interface", "net0"))
        #expect(throws: DomainXMLError.self) { try parseDomain(document, live) }
        #expect(throws: Never.self) { try parseDomain(document, inactive) }
    }

    private func interface(alias: String) -> String { device("interface", alias) }

    private func device(_ name: String, _ alias: String) -> String {
        let inside = "<alias name='\(alias)'/>"
        return switch name {
        case "interface":
            "<interface type='ethernet'><mac address='00:16:3e:00:00:01'/>\(inside)</interface>"
        case "disk": "<disk><source file='/f'/><target dev='xvda'/>\(inside)</disk>"
        default: "<\(name) type='pty'>\(inside)</\(name)>"
        }
    }
}
