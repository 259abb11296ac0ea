import Glibc
public import LibxlAPI
public import XenUnits

/// The network of this machine, as its kernel shows it: sysfs for what there is, ioctls for what is up.
///
/// No call blocks for longer than a system call does. Source: netdevice(7), sysfs-class-net.
public struct KernelNetwork: HostNetwork {
    private let devices: String

    /// The network of the process's own network namespace.
    public init() {
        devices = "/sys/class/net"
    }

    /// One whose devices are the directories of `devices`, for what is read from there.
    init(devices: String) {
        self.devices = devices
    }

    public func hasBridge(_ name: String) async throws(HostNetworkError) -> Bool {
        guard NetworkDeviceName.isValid(name) else { return false }
        guard access("\(devices)/\(name)/bridge", F_OK) != 0 else { return true }
        let failure = errno
        guard failure == ENOENT || failure == ENOTDIR else { throw Self.error(name, failure) }
        return false
    }

    public func linkState(of ifname: String) async throws(HostNetworkError) -> LinkState? {
        try currentState(of: ifname)
    }

    public func setLinkState(of ifname: String, to state: LinkState) async throws(HostNetworkError) {
        try set(ifname, to: state)
    }

    /// What `linkState` says, of the calling thread's network.
    func currentState(of ifname: String) throws(HostNetworkError) -> LinkState? {
        guard NetworkDeviceName.isValid(ifname), let flags = try Self.flags(of: ifname) else { return nil }
        return flags & Int16(IFF_UP) != 0 ? .up : .down
    }

    /// What `setLinkState` does, in the calling thread's network.
    func set(_ ifname: String, to state: LinkState) throws(HostNetworkError) {
        guard NetworkDeviceName.isValid(ifname), let flags = try Self.flags(of: ifname) else {
            throw HostNetworkError(device: ifname, reason: "there is no such network device")
        }
        let up = Int16(IFF_UP)
        let wanted = state == .up ? flags | up : flags & ~up
        guard wanted != flags else { return }
        try Self.withSocket(for: ifname) { socket, request throws(HostNetworkError) in
            request.ifr_ifru.ifru_flags = wanted
            guard ioctl(socket, UInt(SIOCSIFFLAGS), &request) == 0 else { throw Self.error(ifname, errno) }
        }
    }

    /// The device's flags; nil if there is none of this name.
    private static func flags(of ifname: String) throws(HostNetworkError) -> Int16? {
        try withSocket(for: ifname) { socket, request throws(HostNetworkError) in
            if ioctl(socket, UInt(SIOCGIFFLAGS), &request) == 0 { return request.ifr_ifru.ifru_flags }
            guard errno == ENODEV else { throw error(ifname, errno) }
            return nil
        }
    }

    private static func withSocket<Value>(
        for ifname: String, _ body: (Int32, inout ifreq) throws(HostNetworkError) -> Value
    ) throws(HostNetworkError) -> Value {
        let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw error(ifname, errno) }
        defer { close(socket) }
        var request = ifreq()
        withUnsafeMutableBytes(of: &request.ifr_ifrn.ifrn_name) { $0.copyBytes(from: ifname.utf8) }
        return try body(socket, &request)
    }

    private static func error(_ device: String, _ code: Int32) -> HostNetworkError {
        HostNetworkError(device: device, reason: String(cString: strerror(code)))
    }
}
