import DomainXML
import LibXML
import Testing
import XenModel
import XenUnits

/// A document with one fault, and the error that is due.
struct Fault: CustomTestStringConvertible, Sendable {
    let document: String
    let path: String
    let line: Int
    let problem: DomainXMLProblem

    var testDescription: String { "\(path): \(problem)" }

    /// A fault in the domain outside of its devices; `element` stands on line 2.
    static func domain(_ element: String, _ path: String, line: Int = 2, _ problem: DomainXMLProblem) -> Fault {
        Fault(document: domainDocument(element), path: "/domain/" + path, line: line, problem: problem)
    }

    /// A fault made by replacing `old` on line 1.
    static func replaced(_ old: String, _ new: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        Fault(document: domainDocument().replacing(old, with: new), path: path, line: 1, problem: problem)
    }

    /// A fault in a device; `devices` begins on line 3.
    static func devices(_ devices: String, _ path: String, line: Int = 3, _ problem: DomainXMLProblem) -> Fault {
        Fault(
            document: domainDocument(devices: devices), path: "/domain/devices/" + path, line: line, problem: problem)
    }

    /// A fault in the first NIC, a NIC on a bridge that is faultless but for `element`.
    static func interface(_ element: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        devices(
            "<interface type='bridge'><source bridge='b'/>\n\(element)</interface>", "interface[1]/" + path, line: 4,
            problem)
    }

    /// A fault in the first disk, which is faultless but for `element`.
    static func disk(_ element: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        devices(
            "<disk><source file='/f'/><target dev='xvda'/>\n\(element)</disk>", "disk[1]/" + path, line: 4, problem)
    }
}

@Suite("A fault in a domain document")
struct ModelErrorTests {
    @Test("is reported by path, line and operands", arguments: domainFaults + deviceFaults)
    func fault(_ fault: Fault) {
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(fault.document) }
        #expect(error == .model(path: fault.path, line: fault.line, problem: fault.problem))
        #expect(error?.description == "line \(fault.line): \(fault.path): \(fault.problem)")
    }

    @Test("is found in a live document where a generated value would hide it", arguments: ["uuid", "mac"])
    func liveIsWhole(what: String) {
        let uuid = what == "uuid" ? "" : "<uuid>\(DomainUUID.zero)</uuid>"
        let document = domainDocument(uuid, devices: "<interface type='ethernet'/>")
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(document, live) }
        let path = what == "uuid" ? "/domain" : "/domain/devices/interface[1]"
        let missing = what == "uuid" ? "uuid" : "mac/@address"
        #expect(error == .model(path: path, line: what == "uuid" ? 1 : 3, problem: .missing(missing)))
    }

    @Test(
        "of XML is reported as such",
        arguments: [
            ("", XMLSyntaxError.Reason.empty), ("<!DOCTYPE domain [<!ENTITY x 'y'>]><domain/>", .documentType),
            ("<?xml version='1.0' encoding='UTF-16'?><domain/>", .foreignEncoding("UTF-16")),
            (String(repeating: "<domain>", count: 1000), .tooDeep(limit: 256)),
        ])
    func syntax(document: String, reason: XMLSyntaxError.Reason) {
        for parse in Self.readers {
            guard case .syntax(let error) = parse(Array(document.utf8)) else {
                Issue.record("should be a syntax error")
                continue
            }
            #expect(error.reason == reason)
        }
    }

    @Test("of bytes is reported as such", arguments: [[0xff], [0x3c, 0x61, 0x00, 0x3e]] as [[UInt8]])
    func bytes(document: [UInt8]) {
        for parse in Self.readers {
            guard case .syntax = parse(document) else {
                Issue.record("should be a syntax error")
                continue
            }
        }
    }

    @Test("of size is reported as such")
    func size() {
        let error = #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument(String(repeating: " ", count: 16 << 20)))
        }
        guard case .syntax(let syntax) = error, case .tooLarge = syntax.reason else {
            Issue.record("should be too large")
            return
        }
    }

    /// The error of each reader of ours for a document.
    private static let readers: [@Sendable ([UInt8]) -> DomainXMLError?] = [
        { doc in error { () throws(DomainXMLError) in _ = try DomainDefinition.parse(doc, options: inactive) } },
        { doc in error { () throws(DomainXMLError) in _ = try Device.parse(doc, options: inactive) } },
        { doc in error { () throws(DomainXMLError) in _ = try DeviceRequest.parse(doc, options: inactive) } },
    ]

    private static func error(_ body: () throws(DomainXMLError) -> Void) -> DomainXMLError? {
        do throws(DomainXMLError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private static let domainFaults: [Fault] = [
        .replaced("domain", "network", "/network", .unexpectedRoot(found: "network", expected: ["domain"])),
        .replaced(
            "<domain type='xen'", "<domain type='xen' xmlns='urn:x'", "/domain",
            .unexpectedRoot(found: "domain", expected: ["domain"])),
        .replaced(" type='xen'", "", "/domain", .missing("@type")),
        .replaced("'xen'", "''", "/domain/@type", .empty),
        .replaced("<name>guest</name>", "", "/domain", .missing("name")),
        .replaced("<memory>1024</memory>", "", "/domain", .missing("memory")),
        .replaced("<os><type>linux</type></os>", "", "/domain", .missing("os/type")),
        .replaced("<type>linux</type>", "", "/domain/os", .missing("type")),
        .replaced(
            ">linux<", ">windows<", "/domain/os/type",
            .unknownWord("windows", known: ["linux", "xen", "xenpvh", "hvm"])),
        .replaced("<type>", "<type arch='x&#10;y'>", "/domain/os/type/@arch", control("x\ny", "\n")),
        .replaced("</type>", "</type><kernel>/b&#9;</kernel>", "/domain/os/kernel", control("/b\t", "\t")),
        .replaced("</type>", "</type><initrd>\u{7f}</initrd>", "/domain/os/initrd", control("\u{7f}", "\u{7f}")),
        .replaced(
            "linux</type>", "hvm</type><boot dev='usb'/>", "/domain/os/boot/@dev",
            .unknownWord("usb", known: ["fd", "hd", "cdrom", "network"])),
        .replaced("linux</type>", "hvm</type><boot/>", "/domain/os/boot", .missing("@dev")),
        .replaced("</type>", "</type><type>hvm</type>", "/domain/os/type[2]", .repeated(firstLine: 1)),
        name("a/b", .forbiddenCharacter(name: "a/b", character: "/")),
        name("..", .reserved("..")),
        name(".", .reserved(".")),
        name("", .empty),
        name("two\nlines", .forbiddenCharacter(name: "two\nlines", character: "\n")),
        name("bell\u{7f}", .forbiddenCharacter(name: "bell\u{7f}", character: "\u{7f}")),
        name(" guest", .whitespaceAtEnd(name: " guest")),
        name(String(repeating: "x", count: 300), .tooLong(bytes: 300)),
        .replaced(">1024<", ">0<", "/domain/memory", .noMemory),
        .replaced(">1024<", "><", "/domain/memory", .badNumber("")),
        .replaced(">1024<", ">-1<", "/domain/memory", .badNumber("-1")),
        .replaced(">1024<", ">0x400<", "/domain/memory", .badNumber("0x400")),
        .replaced(">1024<", ">1.5<", "/domain/memory", .badNumber("1.5")),
        .replaced(
            ">1024<", ">99999999999999999999<", "/domain/memory",
            .outOfRange("99999999999999999999", lowest: 0, highest: .max)),
        .replaced("<memory>", "<memory unit='EiB'>", "/domain/memory", .tooMuchMemory(amount: "1024", unit: "EiB")),
        .replaced("<memory>", "<memory unit='pages'>", "/domain/memory/@unit", .unknownUnit("pages")),
        .domain("<name>other</name>", "name[2]", .repeated(firstLine: 1)),
        .domain("<memory>1</memory>", "memory[2]", .repeated(firstLine: 1)),
        .domain("<devices/>", "devices[2]", line: 3, .repeated(firstLine: 2)),
        .domain("<uuid>none</uuid>", "uuid", .badUUID("none")),
        .domain("<uuid/>", "uuid", .badUUID("")),
        .domain("<title>two\nlines</title>", "title", .titleWithNewline),
        .domain("<vcpu>0</vcpu>", "vcpu", .outOfRange("0", lowest: 1, highest: 4096)),
        .domain("<vcpu>-1</vcpu>", "vcpu", .badNumber("-1")),
        .domain("<vcpu>4097</vcpu>", "vcpu", .outOfRange("4097", lowest: 1, highest: 4096)),
        .domain("<vcpu>many</vcpu>", "vcpu", .badNumber("many")),
        .domain(
            "<vcpu current='3'>2</vcpu>", "vcpu/@current", .currentProcessorsAboveMaximum(current: 3, maximum: 2)),
        .domain("<bootloader>a&#10;b</bootloader>", "bootloader", control("a\nb", "\n")),
        .domain("<features><acpi/><acpi/></features>", "features/acpi[2]", .repeated(firstLine: 2)),
        .domain("<features><hap state='no'/></features>", "features/hap/@state", onOff("no")),
        .domain("<features><xen><e820_host/></xen></features>", "features/xen/e820_host", .missing("@state")),
        .domain("<features><xen><passthrough/></xen></features>", "features/xen/passthrough", .missing("@state")),
        .domain(
            "<features><xen><passthrough state='on' mode='x'/></xen></features>", "features/xen/passthrough/@mode",
            .unknownWord("x", known: ["sync_pt", "share_pt"])),
        .domain(
            "<clock offset='absolute'/>", "clock/@offset",
            .unknownWord("absolute", known: ["utc", "localtime", "variable", "timezone"])),
        .domain(
            "<clock offset='variable' adjustment='2147483648'/>", "clock/@adjustment",
            .outOfRange("2147483648", lowest: -2_147_483_648, highest: 2_147_483_647)),
        .domain("<clock offset='variable' adjustment='-'/>", "clock/@adjustment", .badNumber("-")),
        .domain(
            "<clock offset='variable' basis='moon'/>", "clock/@basis",
            .unknownWord("moon", known: ["utc", "localtime"])),
        .domain("<clock offset='timezone'/>", "clock", .missing("@timezone")),
        .domain(
            "<on_crash>explode</on_crash>", "on_crash",
            .unknownWord(
                "explode",
                known: ["destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart"])),
    ]

    private static let deviceFaults: [Fault] = [
        .devices("<interface type='bridge'/>", "interface[1]", .missing("source/@bridge")),
        .devices("<interface type='bridge'><source/></interface>", "interface[1]/source", .missing("@bridge")),
        .devices(
            "<interface type='bridge'><source bridge=''/></interface>", "interface[1]/source/@bridge", .empty),
        .devices(
            "<interface type='bridge'><source bridge='a&#10;b'/></interface>", "interface[1]/source/@bridge",
            control("a\nb", "\n")),
        .interface("<mac address='00:16:3e:00:00'/>", "mac/@address", .badMAC("00:16:3e:00:00")),
        .interface(
            "<mac address='01:16:3e:00:00:00'/>", "mac/@address",
            .multicastMAC(MACAddress(bits: 0x0116_3e00_0000))),
        .interface("<mac address='00:16:3e:00:00:01'/><mac/>", "mac[2]", .repeated(firstLine: 4)),
        .interface("<target dev='a&#9;b'/>", "target/@dev", control("a\tb", "\t")),
        .interface("<model type='e&#10;'/>", "model/@type", control("e\n", "\n")),
        .interface("<script path='/x&#13;'/>", "script/@path", control("/x\r", "\r")),
        .interface("<backenddomain name='&#x85;'/>", "backenddomain/@name", control("\u{85}", "\u{85}")),
        .interface("<mtu size='67'/>", "mtu/@size", .outOfRange("67", lowest: 68, highest: 65_535)),
        .interface("<mtu size='65536'/>", "mtu/@size", .outOfRange("65536", lowest: 68, highest: 65_535)),
        .interface("<link state='sideways'/>", "link/@state", .unknownWord("sideways", known: ["up", "down"])),
        .interface("<ip/>", "ip", .missing("@address")),
        .interface("<ip address='192.0.2.256'/>", "ip/@address", .badIPAddress("192.0.2.256")),
        .interface("<ip address='192.0.2.1/24'/>", "ip/@address", .badIPAddress("192.0.2.1/24")),
        .interface("<ip address='2001:db8::g'/>", "ip/@address", .badIPAddress("2001:db8::g")),
        .interface("<ip address='1.2.3.4 -x'/>", "ip/@address", .badIPAddress("1.2.3.4 -x")),
        .interface(
            "<bandwidth><outbound average='1k'/></bandwidth>", "bandwidth/outbound/@average", .badNumber("1k")),
        .interface("<address/>", "address", .missing("@type")),
        .interface("<alias name='ua-a'/><alias name='ua-b'/>", "alias[2]", .repeated(firstLine: 4)),
        .devices("<disk><target dev='xvda'/></disk>", "disk[1]", .missing("source/@file")),
        .devices("<disk type='block'><target dev='xvda'/></disk>", "disk[1]", .missing("source/@dev")),
        .devices("<disk type='block'><source file='/f'/></disk>", "disk[1]", .missing("source/@dev")),
        .devices("<disk><source file=''/><target dev='xvda'/></disk>", "disk[1]", .missing("source/@file")),
        .devices("<disk><source file='/f'/></disk>", "disk[1]", .missing("target/@dev")),
        .devices("<disk><source file='/f'/><target/></disk>", "disk[1]/target", .missing("@dev")),
        .devices("<disk><source file='/f'/><target dev=''/></disk>", "disk[1]/target/@dev", .empty),
        .devices(
            "<disk><source file='/f&#10;'/><target dev='xvda'/></disk>", "disk[1]/source/@file", control("/f\n", "\n")),
        .disk("<driver name='q' type='r&#10;'/>", "driver/@type", control("r\n", "\n")),
        .disk("<readonly/><readonly/>", "readonly[2]", .repeated(firstLine: 4)),
        .devices(
            disk("xvda") + "\n" + disk("xvda"), "disk[2]/target/@dev", line: 4,
            .duplicateTarget("xvda", first: "xvda", firstPath: "/domain/devices/disk[1]")),
        .devices(
            disk("xvda") + disk("xvdb") + "\n" + disk("d0p0"), "disk[3]/target/@dev", line: 4,
            .duplicateTarget("d0p0", first: "xvda", firstPath: "/domain/devices/disk[1]")),
        .devices(
            disk("51712") + "\n" + disk("0xca00"), "disk[2]/target/@dev", line: 4,
            .duplicateTarget("0xca00", first: "51712", firstPath: "/domain/devices/disk[1]")),
        .devices(
            disk("vda") + "\n" + disk("vda"), "disk[2]/target/@dev", line: 4,
            .duplicateTarget("vda", first: "vda", firstPath: "/domain/devices/disk[1]")),
    ]

    private static func name(_ name: String, _ error: DomainNameError) -> Fault {
        .replaced(">guest<", ">\(name)<", "/domain/name", .badName(error))
    }

    private static func control(_ text: String, _ character: Unicode.Scalar) -> DomainXMLProblem {
        .controlCharacter(text, character: character)
    }

    private static func onOff(_ word: String) -> DomainXMLProblem { .unknownWord(word, known: ["on", "off"]) }

    private static func disk(_ target: String) -> String {
        "<disk><source file='/f'/><target dev='\(target)'/></disk>"
    }
}
