public import XenUnits

/// What the toolstack needs of the processes of Domain-0, for what libxl tells of no event.
///
/// A backend that forgets one of the requirements does not compile. Each blocks its task, never a thread of Swift's pool.
public protocol HostProcesses: Sendable {
    /// Whether this process lives and is the device model of this domain, and not another one that has got its number since.
    /// Source: proc(5), `cmdline`; libxl gives QEMU the domain as `-xen-domid`.
    func isDeviceModel(_ process: Int32, of domid: DomainID) async -> Bool

    /// Yields nothing, and ends with the process: at once if there is none, or if it cannot be followed. Source: pidfd_open(2).
    func end(of process: Int32) -> AsyncStream<Never>
}
