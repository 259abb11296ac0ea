import Foundation
import Testing

@Suite("xl's files in a directory become definitions")
struct XLImportTests {
    private func directory(_ xenkeeper: Program, _ files: [String: String]) throws {
        let directory = xenkeeper.directory.appendingPathComponent("auto")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("sub"), withIntermediateDirectories: true)
        for (name, text) in files { _ = try xenkeeper.file("auto/\(name)", text) }
    }

    private static func file(_ name: String, more: String = "") -> String {
        "name = '\(name)'\nmemory = 64\nkernel = '/k'\ndisk = [ '/dev/vg/\(name),raw,xvda,rw' ]\n\(more)"
    }

    private static let files = [
        "barn": file("barn", more: "frob = 1\n"), "barn-copy.cfg": file("barn"), "broken.cfg": "name =\n",
        "inn.cfg": file("inn"), "loft.cfg": file("loft"), "notes.txt": "nothing of xl's\n",
        ".hidden.cfg": file("hidden"), "sub/deeper.cfg": file("deeper"),
    ]

    private static func table(_ result: String) -> String {
        """
         File            Domain   Result
        \(String(repeating: "-", count: 161))
         barn            barn     \(result)
         barn-copy.cfg   barn     refused: operation failed: domain 'barn' has the name or the UUID of the one in the file 'barn'
         broken.cfg      -        refused: configuration file syntax error: line 1, column 7: nothing more stands here, but \
        a quoted text, a number or a list is needed
         inn.cfg         inn      refused: operation failed: domain 'inn' already exists with uuid \
        5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11
         loft.cfg        loft     \(result)


        """
    }

    private static let errors = """
        warning: barn: line 5: frob is no key of xl's and was left out
        error: 3 of 5 files refused

        """

    @Test("A dry run says what an import does, and does nothing; an import defines each file whole or refuses it")
    func imported() async throws {
        let xenkeeper = try Program()
        try directory(xenkeeper, Self.files)
        let inn = Program.domain("inn").replacing(
            "</name>", with: "</name><uuid>5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11</uuid>")
        try await xenkeeper("define", try xenkeeper.file("inn.xml", inn))
        let before = try await xenkeeper("dumpxml", "inn").output
        let dry = try await xenkeeper("xl-import", "auto", "--dry-run")
        #expect(dry.output == Self.table("would define"))
        #expect(dry.errors == Self.errors)
        #expect(dry.status == 1)
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\ninn\n")
        let real = try await xenkeeper("xl-import", "auto")
        #expect(real.output == Self.table("defined"))
        #expect(real.errors == Self.errors)
        #expect(real.status == 1)
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\nbarn\ninn\nloft\n")
        #expect(try await xenkeeper("dumpxml", "inn").output == before)
        #expect(try await xenkeeper("-q", "domblklist", "barn").output == " xvda   /dev/vg/barn\n")
    }

    @Test("A definition is not replaced by a file of the same name and UUID")
    func notReplaced() async throws {
        let xenkeeper = try Program()
        try directory(xenkeeper, ["vm": Self.file("vm", more: "uuid = '5e5a0d40-7a35-4b5a-8d1f-6b9c1e0f7a11'\n")])
        #expect(try await xenkeeper("xl-import", "auto").status == 0)
        for words in [["xl-import", "auto", "--json"], ["xl-import", "auto", "--json", "--dry-run"]] {
            let again = try await xenkeeper(words)
            #expect(again.status == 1)
            #expect(again.errors == "error: 1 of 1 files refused\n")
            #expect(
                again.output == """
                    {
                      "files" : [
                        {
                          "domain" : "vm",
                          "file" : "vm",
                          "notCarried" : [

                          ],
                          "reason" : "operation failed: domain 'vm' is already defined; undefine it first, or \
                    redefine it",
                          "result" : "refused",
                          "warnings" : [

                          ]
                        }
                      ],
                      "version" : 1
                    }

                    """)
        }
    }

    @Test("--aliases gives each device a name by its class and its target or number, the same ones each time")
    func aliases() async throws {
        let xenkeeper = try Program()
        let devices = """
            vif = [ 'mac=00:16:3e:00:00:01,bridge=b', 'mac=00:16:3e:00:00:02,bridge=b' ]
            disk = [ '/a,raw,xvda,w', '/b,raw,sda1,w', '/c.iso,raw,hdc,cdrom' ]
            pci = [ '03:00.0' ]
            p9 = [ 'tag=t,path=/srv,security_model=none' ]
            vfb = [ 'vnc=1' ]
            channel = [ 'connection=pty,name=c' ]
            e820_host = 1

            """
        try directory(xenkeeper, ["vm": "name = 'vm'\nmemory = 64\nkernel = '/k'\n\(devices)"])
        #expect(try await xenkeeper("xl-import", "auto", "--aliases").status == 0)
        let document = try await xenkeeper("dumpxml", "vm").output
        let names = document.matches(of: /alias name='([^']*)'/).map { String($0.1) }
        #expect(
            names.sorted() == [
                "ua-channel0", "ua-disk-hdc", "ua-disk-sda1", "ua-disk-xvda", "ua-fs0", "ua-graphics0", "ua-hostdev0",
                "ua-net0", "ua-net1",
            ])
    }

    @Test("One bad file among others is refused by its line and key, and a dry run foresees it")
    func badFiles() async throws {
        let bad = [
            "memory": ("memory = 'much'", "line 4: memory"),
            "disk": ("disk = [ '/a,raw,xvda,w', '/b,raw,xvda,w' ]", "line 4: disk[2]"),
            "vif": ("vif = [ 'mac=01:00:00:00:00:01' ]", "line 4: vif[1]"),
            "type": ("type = 'vax'", "line 4: type"),
            "pci": ("pci = [ 'nowhere' ]", "line 4: pci[1]"),
        ]
        let xenkeeper = try Program()
        var files = ["good": Self.file("good")]
        for (name, (line, _)) in bad { files[name] = "name = '\(name)'\nmaxmem = 64\nkernel = '/k'\n\(line)\n" }
        try directory(xenkeeper, files)
        let dry = try await xenkeeper("xl-import", "auto", "--dry-run")
        let real = try await xenkeeper("xl-import", "auto")
        #expect(real.status == 1)
        #expect(!real.output.contains("XML error"))
        for (_, (_, place)) in bad { #expect(real.output.contains("\(place): "), "\(place)") }
        func results(_ output: String) -> [String] {
            output.replacing("would define", with: "defined").split(separator: "\n").map {
                $0.split(separator: " ").joined(separator: " ")
            }
        }
        #expect(results(dry.output).dropFirst(2) == results(real.output).dropFirst(2))
        #expect(try await xenkeeper("-q", "list", "--all", "--name").output == "Domain-0\ngood\n")
    }

    @Test("A directory that is not there is an error, and an empty one nothing to do")
    func noFiles() async throws {
        let xenkeeper = try Program()
        try directory(xenkeeper, [:])
        let missing = try await xenkeeper("xl-import", "nowhere")
        #expect(missing.errors == "error: Failed to open directory 'nowhere': No such file or directory\n")
        #expect(missing.status == 1)
        let empty = try await xenkeeper("-q", "xl-import", "auto")
        #expect(empty.output == "" && empty.errors == "" && empty.status == 0)
    }
}
