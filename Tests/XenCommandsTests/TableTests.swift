import Testing
import XenDriver
import XenModel
import XenUnits

@testable import XenCommands

/// The expected texts are virsh's own (9.0), with its names and states put in.
@Suite("Tables have virsh's layout, byte for byte")
struct TableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let reply: Reply
        let loud: String
        let quiet: String
        var testDescription: String { name }
    }

    static func cases() throws -> [Case] {
        [
            Case(
                name: "list", reply: Reply(.table(Table(domains: Samples.domains))),
                loud: """
                     Id   Name            State
                    --------------------------------
                     0    Domain-0        running
                     12   web             paused
                     -    a-longer-name   shut off


                    """,
                quiet: """
                     0    Domain-0        running
                     12   web             paused
                     -    a-longer-name   shut off

                    """),
            Case(
                name: "list of nothing", reply: Reply(.table(Table(domains: []))),
                loud: """
                     Id   Name   State
                    --------------------


                    """, quiet: ""),
            Case(
                name: "domiflist", reply: Reply(.table(Table(interfaces: try Samples.interfaces()))),
                loud: """
                     Interface   Type       Source   Model      MAC
                    ---------------------------------------------------------------
                     vif12.0     bridge     xenbr0   netfront   00:16:3e:00:00:01
                     -           ethernet   -        -          00:16:3e:00:00:02


                    """,
                quiet: """
                     vif12.0   bridge     xenbr0   netfront   00:16:3e:00:00:01
                     -         ethernet   -        -          00:16:3e:00:00:02

                    """),
            Case(
                name: "domblklist", reply: Reply(.table(Table(disks: try Samples.disks(), details: false))),
                loud: """
                     Target   Source
                    -------------------------
                     xvda     /img/root.raw
                     hdc      -


                    """,
                quiet: """
                     xvda   /img/root.raw
                     hdc    -

                    """),
            Case(
                name: "domblklist --details", reply: Reply(.table(Table(disks: try Samples.disks(), details: true))),
                loud: """
                     Type    Device   Target   Source
                    ------------------------------------------
                     file    disk     xvda     /img/root.raw
                     block   cdrom    hdc      -


                    """,
                quiet: """
                     file    disk    xvda   /img/root.raw
                     block   cdrom   hdc    -

                    """),
            Case(
                name: "device-list", reply: Reply(.table(Table(devices: try Samples.devices()))),
                loud: """
                     Alias     Class       Device              Identity    Backend    State
                    ---------------------------------------------------------------------------
                     ua-root   disk        xvda                vbd/51712   Domain-0   bound
                     -         interface   00:16:3e:00:00:01   vif/3       7          foreign
                     ua-lan    interface   00:16:3e:00:00:02   -           -          defined


                    """,
                quiet: """
                     ua-root   disk        xvda                vbd/51712   Domain-0   bound
                     -         interface   00:16:3e:00:00:01   vif/3       7          foreign
                     ua-lan    interface   00:16:3e:00:00:02   -           -          defined

                    """),
        ]
    }

    @Test("with headings and a blank line, or without when quiet", arguments: try cases())
    func layout(of table: Case) {
        #expect(table.reply.text(isQuiet: false) == table.loud)
        #expect(table.reply.text(isQuiet: true) == table.quiet)
    }

    @Test("Columns line up on a terminal whatever script the names are in")
    func wideNames() {
        // virsh 9.0's own output in a UTF-8 locale for these three names.
        let names = ["k\u{f6}n\u{1f600}ig", "\u{6f22}\u{5b57} b\tc", "e\u{301}x"]
        let domains = names.enumerated().map { Samples.domain($1, id: UInt32($0 + 1)) }
        #expect(
            Table(domains: domains).text(hasHeadings: true) == """
                 Id   Name          State
                -----------------------------
                 1    k\u{f6}n\u{1f600}ig       running
                 2    \u{6f22}\u{5b57} b\\x09c   running
                 3    e\u{301}x            running

                """)
    }
}
