import Glibc
import SystemPackage

/// Whether this machine is the control domain of a Xen host.
enum XenControlDomain {
    /// Whether the caller is root in Domain-0, and so may drive Xen. Source: `/proc/xen/capabilities` of Linux's xenfs.
    static var isRootInOne: Bool {
        guard geteuid() == 0,
            let file = try? FileDescriptor.open("/proc/xen/capabilities", .readOnly, options: .closeOnExec)
        else { return false }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 256)
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return false }
        return String(decoding: bytes[..<count], as: UTF8.self).contains("control_d")
    }
}
