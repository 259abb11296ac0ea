import LibxlAPI
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("A display listens where its document says, and else at the host's own address alone")
struct ListeningTests {
    struct Listening: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let listens: [GraphicsListen]
        let address: String
        /// Whether something of the document has no effect.
        var isNoticed = false
    }

    static let table: [Listening] = [
        Listening(testDescription: "nothing said", listens: [], address: "127.0.0.1"),
        Listening(testDescription: "no address", listens: [GraphicsListen(address: nil)], address: "127.0.0.1"),
        Listening(testDescription: "an empty address", listens: [GraphicsListen(address: "")], address: "127.0.0.1"),
        Listening(
            testDescription: "a network", listens: [GraphicsListen(type: "network", network: "lan")],
            address: "127.0.0.1",
            isNoticed: true),
        Listening(
            testDescription: "a network with an address",
            listens: [GraphicsListen(type: "network", address: "0.0.0.0")],
            address: "127.0.0.1", isNoticed: true),
        Listening(
            testDescription: "a socket without a name", listens: [GraphicsListen(type: "socket")], address: "127.0.0.1",
            isNoticed: true),
        Listening(
            testDescription: "none", listens: [GraphicsListen(type: "none")], address: "127.0.0.1", isNoticed: true),
        Listening(
            testDescription: "a second address",
            listens: [GraphicsListen(type: "none"), GraphicsListen(address: "0.0.0.0")],
            address: "127.0.0.1", isNoticed: true),
        Listening(testDescription: "everyone", listens: [GraphicsListen(address: "0.0.0.0")], address: "0.0.0.0"),
        Listening(
            testDescription: "a name", listens: [GraphicsListen(address: "door.example")], address: "door.example"),
    ]

    private static func guest(_ kind: GraphicsKind, _ listens: [GraphicsListen]) throws -> DomainDefinition {
        try Samples.guest(.hvm) {
            var graphics = Graphics(kind: kind)
            graphics.listens = listens
            $0.devices = [.graphics(graphics)]
        }
    }

    @Test("in libxl's words, vnc and spice alike", arguments: table, [GraphicsKind.vnc, .spice])
    func listens(_ listening: Listening, kind: GraphicsKind) throws {
        let translation = try Translation(Self.guest(kind, listening.listens))
        #expect(translation.obstacles == [])
        #expect(!translation.notices.isEmpty == listening.isNoticed)
        let hvm = translation.config.buildInfo.hvm
        switch kind {
        case .vnc:
            #expect([hvm.vnc.listen, translation.config.vfbs.first?.vnc.listen].allSatisfy { $0 == listening.address })
        default: #expect(hvm.spice.host == listening.address)
        }
    }

    @Test("a socket that the document names opens no port", arguments: [GraphicsKind.vnc, .spice])
    func socket(kind: GraphicsKind) throws {
        let translation = try Translation(Self.guest(kind, [GraphicsListen(type: "socket", socket: "/run/vm.sock")]))
        #expect(translation.obstacles.map(\.path) == ["/domain/devices/graphics/listen/@socket"])
        #expect(translation.config.vfbs.isEmpty && translation.config.buildInfo.hvm.vnc.enable == false)
    }

    @Test("an address of IPv6 holds VNC's display, and stands alone for spice", arguments: [UInt16(5900), 5905])
    func versionSix(port: UInt16) throws {
        func config(_ kind: GraphicsKind) throws -> LibxlDomainConfig {
            try LibxlDomainConfig(
                Samples.guest(.hvm) {
                    var graphics = Graphics(kind: kind)
                    graphics.port = port
                    graphics.listens = [GraphicsListen(address: "::1")]
                    $0.devices = [.graphics(graphics)]
                })
        }
        let vnc = try config(.vnc).buildInfo.hvm.vnc
        #expect(vnc.listen == "[::1]:\(port - 5900)")
        #expect(vnc.display == 0)
        #expect(vnc.port == port)
        #expect(try config(.spice).buildInfo.hvm.spice.host == "::1")
    }

    @Test("a window stands beside a server, whichever comes first", arguments: GuestType.allCases, [false, true])
    func window(guest: GuestType, isFirst: Bool) throws {
        let devices = [Device.graphics(Graphics(kind: .vnc)), .graphics(Graphics(kind: .sdl))]
        let config = try LibxlDomainConfig(Samples.guest(guest) { $0.devices = isFirst ? devices.reversed() : devices })
        #expect(config.vfbs.count == 1 && config.vkbs.count == 1)
        #expect(config.vfbs.first?.vnc.enable == true && config.vfbs.first?.sdl.enable == true)
        guard guest == .hvm else { return }
        #expect(config.buildInfo.hvm.vnc.enable == true && config.buildInfo.hvm.sdl.enable == true)
    }
}
