import Testing
import XenModel
import XenUnits

@testable import XenCommands
@testable import XenDriver

@Suite("Messages are virsh's, and say after them what virsh does not")
struct MessageTests {
    @Test(
        "The outcome of a device's change",
        arguments: [
            (nil, false, "Device updated successfully"),
            (.plugged, false, "Device updated successfully"),
            (.adopted, false, "Device updated successfully"),
            (.unplugged, false, "Device updated successfully"),
            (.removedByForce, false, "Device updated successfully (by force: the guest did not let go)"),
            (.removedByForce, true, "Device updated successfully (by force)"),
            (.changedInPlace(["link"]), false, "Device updated successfully (in place: link)"),
            (.replugged(["source", "mtu"]), false, "Device updated successfully (unplugged and plugged: source, mtu)"),
            (.unchanged, false, "Device updated successfully (nothing to change)"),
        ] as [(LiveChange?, Bool, String)])
    func device(change: LiveChange?, isForceAsked: Bool, message: String) {
        let outcome = DeviceOutcome(alias: nil, live: change, warnings: [.noRestart(domain: "beware")])
        let reply = Reply(outcome, "Device updated successfully", isForceAsked: isForceAsked)
        #expect(reply.text(isQuiet: false) == message + "\n\n")
        #expect(reply.text(isQuiet: true) == "")
        #expect(reply.warnings.map { $0.contains("beware") } == [true])
    }

    @Test("A domain is called by its name")
    func domain() throws {
        let outcome = DomainOutcome(
            name: try DomainName("vm1"), uuid: Samples.uuid, domid: nil,
            warnings: [.definition(.lostPassword(display: "vnc"), domain: "vm1")])
        let reply = Reply(outcome, "defined from vm1.xml")
        #expect(reply.text(isQuiet: false) == "Domain 'vm1' defined from vm1.xml\n\n")
        #expect(reply.text(isQuiet: true) == "")
        #expect(
            reply.warnings == [
                """
                domain 'vm1': its vnc display had a password and has none any more; dumpxml --security-info prints a \
                document that keeps it
                """
            ])
    }

    @Test("Values and documents lose only the blank line when quiet, JSON is the same")
    func plainResults() {
        #expect(Reply(.lines(["a", "b"])).text(isQuiet: false) == "a\nb\n\n")
        #expect(Reply(.lines(["a", "b"])).text(isQuiet: true) == "a\nb\n")
        #expect(Reply(.lines(["a\nb"])).text(isQuiet: true) == "a\\x0ab\n")
        #expect(Reply(.lines([])).text(isQuiet: false) == "\n")
        #expect(Reply(.document("<domain/>\n")).text(isQuiet: false) == "<domain/>\n\n")
        #expect(Reply(.document("<domain/>\n")).text(isQuiet: true) == "<domain/>\n")
        #expect(Reply(.document("<domain/>")).text(isQuiet: true) == "<domain/>\n")
        #expect(Reply(.json("[]")).text(isQuiet: false) == "[]\n")
        #expect(Reply(.json("[]")).text(isQuiet: true) == "[]\n")
    }

    @Test(
        "A failure says what was attempted and why it failed; an unknown domain fails before the attempt",
        arguments: [
            ("Failed to start domain 'x'", "x", .operationInvalid, ["Failed to start domain 'x'", "because"]),
            ("Failed to start domain 'x'", "x", .noDomain, ["failed to get domain 'x'", "because"]),
            (nil, "x", .noDomain, ["failed to get domain 'x'", "because"]),
            (nil, "x", .operationInvalid, ["because"]),
            ("Failed to define domain from f", nil, .noDomain, ["Failed to define domain from f", "because"]),
        ] as [(String?, String?, LibvirtErrorCode, [String])])
    func failure(attempt: String?, domain: String?, code: LibvirtErrorCode, lines: [String]) {
        let failure = CommandFailure(
            attempt: attempt, domain: domain.map { DomainReference($0) }, code: code, reason: "because")
        #expect(failure.lines == lines)
    }

    @Test(
        "dominfo has virsh's lines in virsh's order, and no CPU time where there is none",
        arguments: [
            (0, "0.0s"), (49_999_999, "0.0s"), (50_000_000, "0.1s"), (12_345_000_000, "12.3s"),
            (9_999_950_000_000, "10000.0s"), (.max, "18446744073.7s"),
        ] as [(UInt64, String)])
    func dominfo(nanoseconds: UInt64, text: String) {
        let running = Samples.summary(of: Samples.domain("vm1", id: 3), cpuTime: nanoseconds)
        #expect(
            Reply(.lines(running.lines)).text(isQuiet: false) == """
                Id:             3
                Name:           vm1
                UUID:           6695eb01-f6a4-8304-79aa-97f2502e193f
                OS Type:        xenpvh
                State:          running
                CPU(s):         2
                CPU time:       \(text)
                Max memory:     8388608 KiB
                Used memory:    2097152 KiB
                Persistent:     yes
                Autostart:      disable
                Managed save:   no


                """)
        let stopped = Samples.summary(
            of: Samples.domain("vm1", state: .shutOff, isPersistent: false), cpuTime: nil)
        #expect(stopped.lines.first == "Id:             -")
        #expect(stopped.lines.suffix(3).first == "Persistent:     no")
        #expect(!stopped.lines.contains { $0.hasPrefix("CPU time") })
    }
}
