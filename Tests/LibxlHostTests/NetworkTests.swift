import FakeLibxlShim
import Foundation
import LibxlAPI
import Testing
import XenUnits

@testable import LibxlHost

@Suite("The network of the kernel")
struct NetworkTests {
    @Test(
        "a bridge is a device that the kernel shows as one, and no path",
        arguments: [
            ("xenbr0", true), ("eth0", false), ("none", false), ("", false), (".", false), ("..", false),
            ("sub/xenbr0", false), ("abcdefghijklmno", true), ("abcdefghijklmnop", false),
        ])
    func bridges(name: String, isBridge: Bool) async throws {
        let devices = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("xk-net-\(UUID())")
        defer { try? FileManager.default.removeItem(at: devices) }
        // What must not be found is there: a directory of the name would do for a path.
        for directory in ["xenbr0/bridge", "eth0", "sub/xenbr0/bridge", "abcdefghijklmno/bridge", "bridge"] {
            try FileManager.default.createDirectory(
                at: devices.appendingPathComponent(directory), withIntermediateDirectories: true)
        }
        try FileManager.default.createDirectory(
            at: devices.appendingPathComponent("abcdefghijklmnop/bridge"), withIntermediateDirectories: true)
        let network = KernelNetwork(devices: devices.path)
        let found = try await network.hasBridge(name)
        #expect(found == isBridge)
    }

    @Test(
        "a device that is not there has no link state, and none can be set",
        arguments: ["xk-none", "", "a/b", "12345678901234567"])
    func noDevice(name: String) async throws {
        let network = KernelNetwork()
        let state = try await network.linkState(of: name)
        #expect(state == nil)
        let error = await #expect(throws: HostNetworkError.self) {
            try await network.setLinkState(of: name, to: .down)
        }
        #expect(error == HostNetworkError(device: name, reason: "there is no such network device"))
    }

    /// Runs `body` on a thread of its own, in a network of its own; nil without the right to.
    private static func inOwnNetwork<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, any Error>
    ) async throws -> Value? {
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: fxl_own_network() ? body() : nil) }
        }
        return try result?.get()
    }

    @Test("a device is up after it was put up, and down after it was put down, also twice")
    func link() async throws {
        let states = try await Self.inOwnNetwork {
            Result {
                let steps: [LinkState] = [.down, .up, .up, .down, .up]
                let network = KernelNetwork()
                return try [network.currentState(of: "lo")]
                    + steps.map { step in
                        try network.set("lo", to: step)
                        return try network.currentState(of: "lo")
                    }
            }
        }
        // Only root can have a network of its own.
        guard let states else { return }
        #expect(states == [.down, .down, .up, .up, .down, .up])
    }
}
