import Foundation
import Testing
import XenUnits

@Suite("A MAC address")
struct MACAddressTests {
    @Test(
        "is read in upper and lower case and with single digits, and written in one form",
        arguments: [
            ("00:16:3e:00:00:01", "00:16:3e:00:00:01"), ("00:16:3E:AB:cD:eF", "00:16:3e:ab:cd:ef"),
            ("0:1:2:a:B:c", "00:01:02:0a:0b:0c"), ("00:00:00:00:00:00", "00:00:00:00:00:00"),
            ("ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
        ])
    func text(written: String, form: String) throws {
        let address = try #require(MACAddress(written))
        #expect(address.description == form)
        #expect(MACAddress(form) == address)
        #expect(try throughJSON(address) == address)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "00:16:3e:00:00", "00:16:3e:00:00:01:02", "00-16-3e-00-00-01", "00163e000001", "00:16:3e:00:00:0g",
            "000:16:3e:00:00:01", "00:16:3e::00:01", ":16:3e:00:00:01", "00:16:3e:00:00:01:", " 00:16:3e:00:00:01",
            "00:16:3e:00:00:+1", "00:16:3e:00:00:-1", "00:16:3e:00:00:٣", "00:16:3e:00:00:0x1",
        ])
    func junk(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(
        "is multicast by the lowest bit of its first octet",
        arguments: [
            ("01:00:5e:00:00:01", true), ("ff:ff:ff:ff:ff:ff", true), ("02:00:00:00:00:00", false),
            ("00:16:3e:01:01:01", false), ("fe:01:01:01:01:01", false),
        ])
    func multicast(text: String, isMulticast: Bool) throws {
        #expect(try #require(MACAddress(text)).isMulticast == isMulticast)
    }

    @Test("drawn at random is one of Xen's")
    func random() {
        var generator = Zeros()
        #expect(MACAddress.random(using: &generator).description == "00:16:3e:00:00:00")
        var ones = Ones()
        #expect(MACAddress.random(using: &ones).description == "00:16:3e:ff:ff:ff")
        let drawn = Set((0..<50).map { _ in MACAddress.random() })
        #expect(drawn.count > 40)
        #expect(drawn.allSatisfy { !$0.isMulticast })
    }
}

@Suite("A UUID")
struct DomainUUIDTests {
    @Test(
        "is read in either case, with hyphens or without, and written in one form",
        arguments: [
            ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
            ("00000001-0002-0003-0004-000000000005", "00000001-0002-0003-0004-000000000005"),
            ("C7A5FDB2-CDAF-9455-926A-D65C16DB1809", "c7a5fdb2-cdaf-9455-926a-d65c16db1809"),
            ("c7a5fdb2cdaf9455926ad65c16db1809", "c7a5fdb2-cdaf-9455-926a-d65c16db1809"),
            ("0f-00-0000-0000-0000-0000-0000-0000-00f0", "0f000000-0000-0000-0000-0000000000f0"),
        ])
    func text(written: String, form: String) throws {
        let uuid = try #require(DomainUUID(written))
        #expect(uuid.description == form)
        #expect(DomainUUID(form) == uuid)
        #expect(try throughJSON(uuid) == uuid)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "-", "c7a5fdb2", "c7a5fdb2-cdaf-9455-926a-d65c16db180", "c7a5fdb2-cdaf-9455-926a-d65c16db18090",
            "g7a5fdb2-cdaf-9455-926a-d65c16db1809", " c7a5fdb2-cdaf-9455-926a-d65c16db1809",
            "{c7a5fdb2-cdaf-9455-926a-d65c16db1809}", "+7a5fdb2-cdaf-9455-926a-d65c16db1809",
            "c7a5fdb2-cdaf-9455-926a-d65c16db1809" + String(repeating: "-", count: 100),
        ])
    func junk(text: String) {
        #expect(DomainUUID(text) == nil)
    }

    @Test("drawn at random is version 4 of RFC 9562, and another one each time")
    func random() {
        let drawn = (0..<50).map { _ in DomainUUID.random() }
        #expect(Set(drawn).count == 50)
        #expect(drawn.allSatisfy { $0.high >> 12 & 0xf == 4 && $0.low >> 62 == 2 })
    }
}

@Suite("Numbers in JSON")
struct NumberCodingTests {
    @Test("are plain numbers")
    func plain() throws {
        #expect(try json(DomainID(rawValue: 7)) == "[7]")
        #expect(try json(DeviceID(rawValue: 51_712)) == "[51712]")
        #expect(try json(BlockDeviceNumber(rawValue: 51_712)) == "[51712]")
        #expect(try json(Kibibytes(262_144)) == "[262144]")
        #expect(try throughJSON(Kibibytes(.max)) == Kibibytes(.max))
        #expect(try throughJSON(DomainID(rawValue: .max)) == DomainID(rawValue: .max))
    }

    @Test("of a wrong kind are refused", arguments: ["[-1]", "[\"1\"]", "[1.5]", "[99999999999999999999]", "[null]"])
    func junk(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Kibibytes].self, from: Data(text.utf8)) }
    }

    @Test("and texts of a wrong kind are refused", arguments: ["[\"\"]", "[\"zz\"]", "[7]"])
    func junkTexts(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([DomainUUID].self, from: Data(text.utf8)) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([MACAddress].self, from: Data(text.utf8)) }
    }

    private func json(_ value: some Encodable) throws -> String {
        try String(decoding: JSONEncoder().encode([value]), as: UTF8.self)
    }
}

func throughJSON<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

private struct Zeros: RandomNumberGenerator {
    func next() -> UInt64 { 0 }
}

private struct Ones: RandomNumberGenerator {
    func next() -> UInt64 { .max }
}
