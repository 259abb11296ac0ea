import Foundation
import Testing
import XenUnits

@Suite("A password is shown to whoever asks for it, and to nobody else")
struct SecretsTests {
    private static let password = "hunter2\\\"SECRET"
    private static let marks = ["hunter2", "SECRET"]

    private static let domain = Program.domain(
        "vm",
        extra: """
            <graphics type='vnc' port='5901' passwd='hunter2\\&quot;SECRET'/>
            <graphics type='spice' port='5902' passwd='hunter2\\&quot;SECRET'/>
            """
    ).replacing("<os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>", with: "<os><type>hvm</type></os>")

    @Test("Neither in documents, checks, messages, the log, nor in the record of what libxl was passed")
    func nowhere() async throws {
        let xenkeeper = try Program()
        let file = try xenkeeper.file("vm.xml", Self.domain)
        let lines = [
            "define vm.xml", "start vm --log-level trace", "dumpxml vm", "dumpxml vm --inactive",
            "dumpxml vm --xpath //graphics", "check vm.xml", "check vm.xml --json", "device-list vm --log-level debug",
            "attach-disk vm /img/x.raw xvdb --log-level trace", "list --all --json", "destroy vm --log-level trace",
            "dumpxml vm", "undefine vm --log-level trace",
        ]
        for line in lines {
            let outcome = try await xenkeeper(line.split(separator: " ").map(String.init))
            #expect(outcome.status == 0, "\(line)")
            for mark in Self.marks {
                #expect(!outcome.output.contains(mark), "\(line)")
                #expect(!outcome.errors.contains(mark), "\(line)")
            }
        }
        let calls = try xenkeeper.text(of: "host/xen/calls.jsonl")
        #expect(calls.contains("passwd"))
        for mark in Self.marks { #expect(!calls.contains(mark)) }
        for line in ["check \(file) --security-info", "check \(file) --json --security-info"] {
            #expect(try await xenkeeper(line.split(separator: " ").map(String.init)).output.contains("hunter2"))
        }
    }

    @Test("With --security-info the document has it, and redefined from that the domain keeps it")
    func asked() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Self.domain))
        let shown = try await xenkeeper("-q", "dumpxml", "vm", "--security-info")
        #expect(shown.output.components(separatedBy: "SECRET").count == 3)
        let again = try await xenkeeper("define", try xenkeeper.file("again.xml", shown.output))
        #expect(again.status == 0)
        #expect(!again.errors.contains("password"))
        #expect(try await xenkeeper("-q", "dumpxml", "vm", "--security-info").output == shown.output)
        let refused = try await xenkeeper("-r", "dumpxml", "vm", "--security-info")
        #expect(refused.errors == "error: operation forbidden: virDomainGetXMLDesc with secure flag\n")
        #expect(refused.status == 1)
    }

    @Test("A domain that is redefined from a document without its passwords has none, and a warning says so")
    func dropped() async throws {
        let xenkeeper = try Program()
        try await xenkeeper("define", try xenkeeper.file("vm.xml", Self.domain))
        let shown = try await xenkeeper("-q", "dumpxml", "vm")
        let again = try await xenkeeper("define", try xenkeeper.file("again.xml", shown.output))
        #expect(again.status == 0)
        for kind in ["vnc", "spice"] {
            #expect(
                again.errors.contains(
                    "warning: domain 'vm': its \(kind) display had a password and has none any more; dumpxml"
                        + " --security-info prints a document that keeps it\n"))
        }
    }

    @Test(
        "What is masked of libxl's JSON",
        arguments: [
            (#"{"passwd":"a","x":"b"}"#, #"{"passwd":"***","x":"b"}"#),
            (#"{"vnc":{"passwd" : "a\"b\\","y":1}}"#, #"{"vnc":{"passwd" : "***","y":1}}"#),
            (#"{"vncpasswd":"a"}"#, #"{"vncpasswd":"***"}"#),
            (#"{"passwd":null,"z":"passwd"}"#, #"{"passwd":null,"z":"passwd"}"#),
            (#""rbd:p/i:id=u:key=QUJD+/==:auth""#, #""rbd:p/i:id=u:key=***:auth""#),
            (#"{"passwd":"a"#, #"{"passwd":"***"#),
            ("", ""),
        ])
    func masked(json: String, masked: String) {
        #expect(Secrets.masked(json) == masked)
    }
}
