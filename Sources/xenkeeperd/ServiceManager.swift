import Glibc
import XenUnits

/// systemd, as far as it wants to hear from a service. Source: sd_notify(3).
struct ServiceManager: Sendable {
    /// Where it listens; nil where nobody does. One that begins with `@` has no name in the file system.
    private let socketName: String?
    /// How often it wants a sign of life; nil if it does not.
    private let interval: Duration?

    init(environment: [String: String]) {
        socketName = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    /// Says `state`, such as `READY=1`. That nobody hears it is no failure of the service's.
    func notify(_ state: String) {
        guard let socketName else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketName.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(state.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }

    /// Gives signs of life twice as often as they are wanted, until the task is cancelled.
    func keepAlive(_ clock: some HostClock) async {
        while true {
            let pause = interval.map { $0 / 2 } ?? .seconds(3600)
            do throws(CancellationError) { try await clock.sleep(until: clock.now + pause) } catch { return }
            if interval != nil { notify("WATCHDOG=1") }
        }
    }
}
