import ArgumentParser
import LibxlTestKit
import Testing
import XenDriver
import XenUnits

@testable import XenCommands

@Suite("Long waits are reported on a terminal")
struct WaitTests {
    @Test(
        "what for, how long at most, and that Ctrl-C gives it up",
        arguments: [
            (
                Wait(purpose: .lock(domain: "vm", holder: 77), limit: .seconds(30)),
                "waiting for another change to domain 'vm' to end (process 77), 30 s at most; Ctrl-C gives it up"
            ),
            (
                Wait(
                    purpose: .operation(phase: "attach", device: "interface 'ua-a'", domain: "vm"),
                    limit: .milliseconds(59_100)),
                "waiting for domain 'vm': attach of interface 'ua-a', 60 s at most; Ctrl-C gives it up"
            ),
            (
                Wait(
                    purpose: .operation(phase: "start", device: nil, domain: "vm"), limit: .seconds(60), isUndoing: true
                ),
                "waiting for domain 'vm': start, 60 s at most; another Ctrl-C leaves that to the next change"
            ),
        ])
    func sentence(_ wait: Wait, _ sentence: String) {
        #expect(wait.sentence == sentence)
    }

    @Test("nowhere else", arguments: [true, false])
    func terminal(_ isTerminal: Bool) throws {
        let session = Session(
            console: Console(isTerminal: isTerminal), environment: [:], isRootOnXenHost: false, clock: VirtualClock()
        ) { _, _ throws(ConnectionError) in throw .host(reason: "there is no host here") }
        let verb = try #require(try Xenkeeper.parseAsRoot(["start", "vm"]) as? Start)
        let options = CommandContext(session: session, global: verb.global).options(verb.change)
        #expect((options.reportWait != nil) == isTerminal)
    }
}
