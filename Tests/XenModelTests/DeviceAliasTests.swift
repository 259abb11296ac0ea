import Testing
import XenModel
import XenUnits

@Suite("An alias")
struct DeviceAliasTests {
    @Test(
        "of the user's is 'ua-' and at least one letter, digit, '_' or '-'",
        arguments: [
            "ua-a", "ua-Z", "ua-0", "ua--", "ua-_", "ua-net0", "ua-ua-x", "ua-a-B_9",
            "ua-" + String(repeating: "x", count: 999),
        ])
    func user(text: String) throws {
        let alias = try #require(DeviceAlias(text))
        #expect(alias.user == UserAlias(text))
        #expect(alias.user?.text == text)
        #expect(alias.description == text)
    }

    @Test(
        "of the driver's is a word and a number",
        arguments: [("net0", "net", 0), ("serial17", "serial", 17), ("disk100", "disk", 100)])
    func generated(text: String, word: String, number: Int) throws {
        let alias = try #require(GeneratedAlias(text))
        #expect(alias.word == word)
        #expect(alias.number == number)
        #expect(alias.description == text)
        #expect(DeviceAlias(text) == .generated(alias))
        #expect(DeviceAlias(text)?.user == nil)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "ua", "ua-", "ua-a.b", "ua-a b", "ua-ä", "ua-a\n", "UA-a", "Ua-a", " ua-a", "ua-a ", "foo", "net", "0",
            "net-1", "net 0", "Net0", "net00", "net01", "net0x", "nét0", "net٣", "net99999999999999999999", "ua-\u{0}",
            "ua-e\u{301}",
        ])
    func junk(text: String) {
        #expect(DeviceAlias(text) == nil)
        #expect(UserAlias(text) == nil)
        #expect(GeneratedAlias(text) == nil)
    }

    @Test(
        "of the driver's begins with the word of its class",
        arguments: [(DeviceClass.disk, "disk3"), (.interface, "net3")])
    func words(deviceClass: DeviceClass, text: String) {
        #expect(GeneratedAlias(deviceClass: deviceClass, number: 3) == GeneratedAlias(text))
    }

    @Test("is distinguished by the case of its letters")
    func caseMatters() {
        #expect(DeviceAlias("ua-a") != DeviceAlias("ua-A"))
    }
}
