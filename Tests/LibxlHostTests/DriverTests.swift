import Foundation
import LibxlAPI
import LibxlFake
import Logging
import SystemPackage
import Testing
import XenDriver
import XenModel
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("The driver over the real host's side of the boundary", .serialized)
    struct DriverTests {
        /// What is asked of a driver of the domain `web`.
        struct Example: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var isHVM = false
            var isStarted = true
            let change: @Sendable (Driver) async throws -> Void
        }

        private static let nic = """
            <interface type='bridge'><mac address='00:16:3e:00:00:02'/><source bridge='br0'/><link state='down'/>\
            <alias name='ua-new'/></interface>
            """
        private static let disk = """
            <disk type='block' device='disk'><driver name='phy' type='raw'/><source dev='/dev/vg/new'/>\
            <target dev='xvdb' bus='xen'/><alias name='ua-new'/></disk>
            """
        private static let tpm = """
            <x:vtpm xmlns:x='urn:xenkeeper:domain:1' backenddomain='Domain-0'><x:alias name='ua-new'/></x:vtpm>
            """

        private static func attach(_ name: String, _ document: String) -> Example {
            Example(testDescription: "attach \(name)") { driver in
                _ = try await driver.attach(
                    Array(document.utf8), to: "web", scope: .liveAndConfig, isStrict: true)
            }
        }

        static let examples: [Example] = [
            Example(testDescription: "start", isStarted: false) { driver in
                _ = try await driver.start("web", paused: false)
            },
            attach("NIC", nic), attach("disk", disk), attach("TPM", tpm),
            Example(testDescription: "detach NIC") { driver in
                _ = try await driver.detach(
                    .alias("ua-a"), from: "web", scope: .liveAndConfig, force: false, isStrict: true)
            },
            Example(testDescription: "detach disk by force") { driver in
                _ = try await driver.detach(
                    .alias("ua-root"), from: "web", scope: .live, force: true, isStrict: true)
            },
            Example(testDescription: "move NIC to another bridge") { driver in
                _ = try await driver.setBridge("br1", of: .alias("ua-a"), in: "web", scope: .liveAndConfig)
            },
            Example(testDescription: "another medium", isHVM: true) { driver in
                let drive = drive("/b.iso")
                _ = try await driver.update(
                    Array(drive.utf8), of: "web", alias: nil, scope: .live, isStrict: true)
            },
            Example(testDescription: "suspend, resume") { driver in
                _ = try await driver.suspend("web")
                _ = try await driver.resume("web")
            },
            Example(testDescription: "shutdown") { driver in _ = try await driver.shutdown("web") },
            Example(testDescription: "press the power button", isHVM: true) { driver in
                _ = try await driver.shutdown("web", modes: [.acpi])
            },
            Example(testDescription: "destroy") { driver in _ = try await driver.destroy("web") },
        ]

        private static func drive(_ medium: String) -> String {
            """
            <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='\(medium)'/>\
            <target dev='hdc' bus='ide'/><readonly/><alias name='ua-cd'/></disk>
            """
        }

        private static func domain(isHVM: Bool) -> String {
            """
            <domain type='xen'>
              <name>web</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
              <memory unit='MiB'>256</memory><vcpu>1</vcpu>
              <os>\(isHVM ? "<type>hvm</type>" : "<type>xenpvh</type><kernel>/boot/vmlinuz</kernel>")</os>
              <devices>
                <interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='br0'/>
                  <alias name='ua-a'/></interface>
                <disk type='block' device='disk'><driver name='phy' type='raw'/><source dev='/dev/vg/root'/>
                  <target dev='xvda' bus='xen'/><alias name='ua-root'/></disk>
                \(isHVM ? drive("/a.iso") : "")
              </devices>
            </domain>
            """
        }

        /// A driver on a host of its own, on which the domain is defined, and its files.
        private final class Stage: Sendable {
            let root: FilePath
            let fake = FakeXenHost(configuration: FakeXenConfiguration())
            let cancellation = CallCancellation()
            let driver: Driver

            init(_ host: HostLibxl, _ example: Example) async throws {
                root = FilePath(NSTemporaryDirectory()).appending("xenkeeper-\(UUID().uuidString)")
                let libxl = TwofoldLibxl(host: host, fake: fake, cancellation: cancellation)
                var settings = DriverSettings()
                settings.operationTimeout = .seconds(3600)
                settings.undoTimeout = .seconds(3600)
                driver = Driver(
                    host: XenHost(libxl: libxl, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
                    settings: settings, clock: SystemClock(), logger: Logger(label: "test"))
                _ = try await driver.define(Array(domain(isHVM: example.isHVM).utf8), isStrict: true)
                if example.isStarted { _ = try await driver.start("web", paused: false) }
            }

            deinit {
                try? FileManager.default.removeItem(atPath: root.string)
            }

            /// What its user sees of it.
            func view() async throws -> [String] {
                let listing = try await driver.domain("web")
                let devices = try await driver.devices(of: "web").map { "\($0.familiarName) \($0.state.rawValue)" }
                let documents = [
                    listing.domid == nil ? "" : try await driver.document(of: "web", inactive: false),
                    try await driver.document(of: "web", inactive: true),
                ]
                // A guest that was asked ends in its own time.
                let state = listing.state == .inShutdown ? .running : listing.state
                return ["\(state)", "\(listing.unfinished?.description ?? "")"] + devices + documents
            }
        }

        @Test("each change is asked of libxl in values that it has, and done", arguments: examples)
        func done(_ example: Example) async throws {
            try await ScriptedLibxl.run { host in
                let stage = try await Stage(host, example)
                try await example.change(stage.driver)
                #expect(try await stage.driver.devices(of: "web").allSatisfy { [.bound, .defined].contains($0.state) })
                #expect(stage.cancellation.count > 0)
            }
        }

        @Test(
            "given up before, within or after any call, a change is done or undone there and then", arguments: examples)
        func givenUp(_ example: Example) async throws {
            try await ScriptedLibxl.run { host in
                let whole = try await Stage(host, example)
                let before = try await whole.view()
                whole.cancellation.set(0, .after)
                try await example.change(whole.driver)
                let after = try await whole.view()
                for number in 1...max(1, whole.cancellation.count) {
                    for moment in CallCancellation.Moment.allCases {
                        let place: Comment = "\(moment) call \(number)"
                        let stage = try await Stage(host, example)
                        let change = Task {
                            stage.cancellation.set(number, moment)
                            try await example.change(stage.driver)
                        }
                        let canceller = Task {
                            for await _ in stage.cancellation.begun {
                                try await ScriptedLibxl.underWay(1)
                                change.cancel()
                            }
                        }
                        _ = await change.result
                        canceller.cancel()
                        let view = try await stage.view()
                        // One of two calls may be made, where each is a change of its own.
                        let isHalf = example.testDescription.contains(", ") && view[1] == ""
                        #expect(view == before || view == after || isHalf, place)
                    }
                }
            }
        }
    }
}
