import Foundation
import Glibc
import Testing

@Suite("What killed attaches of host devices leave behind")
struct LeftBehindTests {
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

    /// For each step of the command `words` a copy of `xenkeeper` on which it was killed there.
    private func killed(_ words: [String], on xenkeeper: Program) async throws -> [(step: String, host: Program)] {
        func copy() throws -> Program {
            let copy = try Program(copyOf: xenkeeper)
            for word in words where word.hasSuffix(".xml") { _ = try copy.file(word, try xenkeeper.text(of: word)) }
            return copy
        }
        let whole = try copy()
        let log = whole.directory.appendingPathComponent("steps").path
        let end = try await whole(words, settings: .init(environment: ["XENKEEPER_FAKE_STEP_LOG": log]))
        #expect(end.status == 0)
        let steps = try whole.text(of: "steps").split(separator: "\n").map(String.init)
        #expect(steps.count > 5)
        var hosts: [(step: String, host: Program)] = []
        for (index, step) in steps.enumerated() {
            let host = try copy()
            let settings = Program.Settings(environment: ["XENKEEPER_FAKE_END_AT_STEP": "\(index + 1)"])
            #expect(try await host(words, settings: settings).signal == SIGKILL, "\(step)")
            hosts.append((step, host))
        }
        return hosts
    }

    @Test("a PCI device is one domain's or free, wherever its attach is killed")
    func pci() async throws {
        let xenkeeper = try await running("inn", "zwei")
        _ = try xenkeeper.file("p.xml", Self.pci)
        for (step, host) in try await killed(["attach-device", "inn", "p.xml", "--live"], on: xenkeeper) {
            #expect(try await host("recover", "inn").status == 0, "\(step)")
            let isHeld = try await host("device-list", "inn").output.contains("ua-pci")
            let file = try host.file("p.xml", Self.pci)
            #expect(try await host("attach-device", "zwei", file, "--live").status == (isHeld ? 1 : 0), "\(step)")
            if isHeld { #expect(try await host("detach-device", "inn", file, "--live").status == 0, "\(step)") }
        }
    }

    @Test("a PCI device is the other domain's or free, wherever its detach is killed")
    func pciDetach() async throws {
        let xenkeeper = try await running("inn", "zwei")
        let file = try xenkeeper.file("p.xml", Self.pci)
        try await xenkeeper("attach-device", "inn", file, "--live")
        for (step, host) in try await killed(["detach-device", "inn", "p.xml", "--live"], on: xenkeeper) {
            #expect(try await host("recover", "inn").status == 0, "\(step)")
            let isHeld = try await host("device-list", "inn").output.contains("ua-pci")
            let file = try host.file("p.xml", Self.pci)
            #expect(try await host("attach-device", "zwei", file, "--live").status == (isHeld ? 1 : 0), "\(step)")
        }
    }

    @Test("a USB device and the controller that comes with it are both there or neither, wherever the attach is killed")
    func usbController() async throws {
        let xenkeeper = try await running("inn")
        _ = try xenkeeper.file("u.xml", Self.usb)
        let before = try await xenkeeper("device-list", "inn").output
        for (step, host) in try await killed(["attach-device", "inn", "u.xml", "--live"], on: xenkeeper) {
            #expect(try await host("recover", "inn").status == 0, "\(step)")
            let devices = try await host("device-list", "inn").output
            if devices.contains("ua-u") {
                #expect(devices.contains("controller0"), "\(step)")
                #expect(!devices.contains("foreign"), "\(step)")
            } else {
                #expect(devices == before, "\(step)")
            }
        }
    }
}
