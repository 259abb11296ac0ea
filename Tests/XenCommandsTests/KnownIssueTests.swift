import Foundation
import Glibc
import Testing

/// What does not hold yet, as it should be; each test tells when it does.
@Suite("What killed and interrupted commands leave behind")
struct KnownIssueTests {
    private static let pci = """
        <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='3' slot='0' function='0'/>\
        </source><alias name='ua-pci'/></hostdev>
        """
    private static let usb = """
        <hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source><alias name='ua-u'/></hostdev>
        """

    private func running(_ names: String...) async throws -> Program {
        let xenkeeper = try Program()
        for name in names {
            let domain = Program.domain(name).replacing(
                "<type>xenpvh</type><kernel>/boot/vmlinuz</kernel>", with: "<type>hvm</type>")
            try await xenkeeper("define", try xenkeeper.file("\(name).xml", domain))
            try await xenkeeper("start", name)
        }
        return xenkeeper
    }

    /// Kills the command `words` as it reaches the first step behind one whose name has `part` in it.
    private func kill(_ words: [String], behind part: String, on xenkeeper: Program) async throws {
        let copy = try Program(copyOf: xenkeeper)
        for word in words where word.hasSuffix(".xml") { _ = try copy.file(word, try xenkeeper.text(of: word)) }
        let log = copy.folder.appendingPathComponent("steps").path
        try await copy(words, settings: .init(environment: ["XENKEEPER_FAKE_STEP_LOG": log]))
        let steps = try copy.text(of: "steps").split(separator: "\n")
        let number = try #require(steps.firstIndex { $0.contains(part) }) + 2
        let end = try await xenkeeper(
            words, settings: .init(environment: ["XENKEEPER_FAKE_END_AT_STEP": "\(number)"]))
        #expect(end.signal == SIGKILL)
    }

    @Test("a PCI device whose attach was killed and undone is free for another domain")
    func pciOwner() async throws {
        let xenkeeper = try await running("inn", "zwei")
        _ = try xenkeeper.file("p.xml", Self.pci)
        try await kill(["attach-device", "inn", "p.xml", "--live"], behind: "pci_add: json", on: xenkeeper)
        try await xenkeeper("domif-setlink", "inn", "00:16:3e:00:00:01", "up")
        let outcome = try await xenkeeper("attach-device", "zwei", "p.xml", "--live")
        withKnownIssue("recovery does not know libxl's note of a PCI device's owner") {
            #expect(outcome.status == 0)
        }
    }

    @Test("a USB device's own controller goes where the command is killed between the two")
    func usbController() async throws {
        let xenkeeper = try await running("inn")
        _ = try xenkeeper.file("u.xml", Self.usb)
        try await kill(["attach-device", "inn", "u.xml", "--live"], behind: "driver: plan completed", on: xenkeeper)
        try await xenkeeper("domif-setlink", "inn", "00:16:3e:00:00:01", "up")
        let devices = try await xenkeeper("device-list", "inn")
        withKnownIssue("controller and device are two changes") {
            #expect(!devices.output.contains("controller0"))
        }
    }
}
