import CProcess
import Glibc
public import LibxlAPI
public import XenUnits

/// The processes of this machine, as its kernel shows them.
public struct KernelProcesses: HostProcesses {
    private let processes: String

    /// Those of the process's own PID namespace.
    public init() {
        processes = "/proc"
    }

    /// Those that the directories of `processes` show, for what is read from there.
    init(processes: String) {
        self.processes = processes
    }

    public func isDeviceModel(_ process: Int32, of domid: DomainID) async -> Bool {
        await FileThreads.run {
            // One that has ended and that nobody has asked after yet has no arguments any more.
            let arguments = read("\(processes)/\(process)/cmdline").split(separator: 0)
            return zip(arguments, arguments.dropFirst()).contains { name, value in
                name.elementsEqual("-xen-domid".utf8) && value.elementsEqual("\(domid)".utf8)
            }
        }
    }

    public func end(of process: Int32) -> AsyncStream<Never> {
        let descriptor = cproc_follow(process)
        guard descriptor >= 0 else { return AsyncStream { $0.finish() } }
        return DescriptorEvents.stream(of: descriptor) { $0.finish() }
    }

    /// What a file holds whose size nobody knows beforehand; nothing of one that cannot be read.
    private func read(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count < 1 << 22 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}
