import Glibc
import SystemPackage

/// The environment of this process as a value.
package enum Environment {
    /// The directory that this program's file lies in.
    package static var programDirectory: String {
        let file = realpath("/proc/self/exe", nil)
        defer { free(file) }
        let path = file.map { String(cString: $0) } ?? "/"
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
    }

    /// Every variable with its text; of one that is there twice the first, which is what `getenv` finds. Bytes that are
    /// no UTF-8 are replaced.
    ///
    /// Foundation's `ProcessInfo` has them too, for one part in twenty-five of what a short command executes.
    package static func ofThisProcess() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            next += 1
            guard let separator = text.firstIndex(of: "=") else { continue }
            let name = String(text[..<separator])
            if variables[name] == nil { variables[name] = String(text[text.index(after: separator)...]) }
        }
        return variables
    }
}

/// Whether this machine is the control domain of a Xen host.
package enum XenControlDomain {
    /// Whether the caller is root in Domain-0, and so may drive Xen. Source: `/proc/xen/capabilities` of Linux's xenfs.
    package static var isRootInOne: Bool {
        guard geteuid() == 0,
            let file = try? FileDescriptor.open("/proc/xen/capabilities", .readOnly, options: .closeOnExec)
        else { return false }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 256)
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return false }
        return String(decoding: bytes[..<count], as: UTF8.self).contains("control_d")
    }
}
