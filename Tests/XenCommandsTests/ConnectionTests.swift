import SystemPackage
import Testing

@testable import XenCommands

@Suite("A connection's URI means one host or is refused with the reason")
struct ConnectionTests {
    @Test(
        "These are hosts",
        arguments: [
            ("xen:///system", .xenSystem),
            ("XEN:///system", .xenSystem),
            ("xen:///", .xenSystem),
            ("xen://", .xenSystem),
            ("test:///default", .testDefault),
            ("test:///tmp/lab", .testDirectory("/tmp/lab")),
            ("test:///tmp/lab/", .testDirectory("/tmp/lab")),
            ("test:///a%20b%2fc", .testDirectory("/a b/c")),
            ("test:///tmp/../srv/./x", .testDirectory("/srv/x")),
            ("test:///default/x", .testDirectory("/default/x")),
        ] as [(String, Connection)])
    func understood(text: String, connection: Connection) throws {
        #expect(try Connection(uri: text) == connection)
    }

    @Test(
        "These are not",
        arguments: [
            ("", "it has no scheme"),
            ("/tmp/lab", "it has no scheme"),
            ("qemu:///system", "there is no driver for the scheme 'qemu'"),
            (":///system", "there is no driver for the scheme ''"),
            ("xen+ssh://host/system", "hosts can be reached directly only"),
            ("xen://host/system", "it names the host 'host', and only this machine can be reached"),
            (
                "test://root@localhost/default",
                "it names the host 'root@localhost', and only this machine can be reached"
            ),
            ("xen:///system?socket=/x", "it has a query, and none is known"),
            ("test:///default#x", "it has a fragment"),
            ("xen:system", "'xen:' is not followed by '///'"),
            ("test:/tmp/lab", "'test:' is not followed by '///'"),
            ("xen:///session", "Xen has no '/session'"),
            ("test:///", "it names no directory"),
            ("test://", "it names no directory"),
            ("test:///..", "it names no directory"),
            ("test:///a%2", "its path has a '%' that no two hexadecimal digits follow, or is not UTF-8"),
            ("test:///a%+1", "its path has a '%' that no two hexadecimal digits follow, or is not UTF-8"),
            ("test:///a%ff", "its path has a '%' that no two hexadecimal digits follow, or is not UTF-8"),
            ("test:///a%00b", "its path contains a zero byte"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: ConnectionError.self) { try Connection(uri: text) }
        #expect(error == .badURI(text: text, reason: reason))
    }

    /// What decides, and the connection.
    struct Choice {
        var option: String?
        var ours: String?
        var libvirts: String?
        var isRoot = false
        let connection: Connection
        var notes: [String] = []
    }

    private static let fakeNote =
        "no connection is named, and you are not root on a Xen host: this is the fake host test:///default"

    @Test(
        "The option comes first, then our variable, then libvirt's, then the host; empty is not said",
        arguments: [
            Choice(connection: .testDefault, notes: [fakeNote]),
            Choice(isRoot: true, connection: .xenSystem),
            Choice(ours: "test:///e", isRoot: true, connection: .testDirectory("/e")),
            Choice(option: "test:///o", ours: "test:///e", libvirts: "test:///l", connection: .testDirectory("/o")),
            Choice(option: "", ours: "test:///e", libvirts: "test:///l", connection: .testDirectory("/e")),
            Choice(option: "", ours: "", libvirts: "test:///l", isRoot: true, connection: .testDirectory("/l")),
            Choice(libvirts: "xen:///", connection: .xenSystem),
            Choice(option: "", ours: "", libvirts: "", isRoot: true, connection: .xenSystem),
            Choice(ours: "test:///default", connection: .testDefault),
            Choice(
                libvirts: "qemu:///system", isRoot: true, connection: .xenSystem,
                notes: ["LIBVIRT_DEFAULT_URI is 'qemu:///system', which is no Xen host, and is passed over"]),
            Choice(
                libvirts: "lxc+ssh://h/", connection: .testDefault,
                notes: ["LIBVIRT_DEFAULT_URI is 'lxc+ssh://h/', which is no Xen host, and is passed over", fakeNote]),
        ])
    func chosen(choice: Choice) throws {
        let variables = ["XENKEEPER_DEFAULT_URI": choice.ours, "LIBVIRT_DEFAULT_URI": choice.libvirts]
        let made = try ConnectionChoice(
            option: choice.option, environment: variables.compactMapValues { $0 }, isRootOnXenHost: choice.isRoot)
        #expect(made.connection == choice.connection)
        #expect(made.notes == choice.notes)
    }

    @Test("A Xen host elsewhere that libvirt's variable names is never taken for this one")
    func remote() {
        for text in ["xen+ssh://host/", "xen://host/system", "test+tcp://host/default"] {
            #expect(throws: ConnectionError.self) {
                try ConnectionChoice(option: nil, environment: ["LIBVIRT_DEFAULT_URI": text], isRootOnXenHost: true)
            }
        }
    }

    @Test(
        "The user's own fake host lies in the user's state directory",
        arguments: [
            (["HOME": "/home/u"], "/home/u/.local/state/xenkeeper/test-default"),
            (["HOME": "/home/u", "XDG_STATE_HOME": "/s"], "/s/xenkeeper/test-default"),
            (["XDG_STATE_HOME": "/s"], "/s/xenkeeper/test-default"),
            (["HOME": "/home/u", "XDG_STATE_HOME": "relative"], "/home/u/.local/state/xenkeeper/test-default"),
            (["HOME": "/home/u", "XDG_STATE_HOME": ""], "/home/u/.local/state/xenkeeper/test-default"),
        ] as [([String: String], FilePath)])
    func stateDirectory(environment: [String: String], root: FilePath) throws {
        #expect(try Connection.testDefault.root(environment: environment) == root)
    }

    @Test("Without a home there is no state directory, and the error says what to set")
    func noHome() {
        for environment in [[:], ["HOME": ""], ["HOME": "relative"]] {
            let error = #expect(throws: ConnectionError.self) {
                try Connection.testDefault.root(environment: environment)
            }
            #expect(error == .noStateDirectory)
        }
    }

    @Test("Other hosts' directories do not depend on the environment")
    func otherRoots() throws {
        #expect(try Connection.xenSystem.root(environment: [:]) == "/")
        #expect(try Connection.testDirectory("/tmp/lab").root(environment: [:]) == "/tmp/lab")
    }
}
