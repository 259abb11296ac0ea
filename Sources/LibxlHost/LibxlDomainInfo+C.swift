#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDomainInfo {
    /// What libxl says of a domain.
    init(_ structure: libxl_dominfo) {
        let (high, low) = withUnsafeBytes(of: structure.uuid) { octets in
            (
                UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        self.init(
            domid: DomainID(rawValue: structure.domid), uuid: DomainUUID(high: high, low: low),
            // libxl reads the type from its own record, and a domain on its way out may have lost that: it must not
            // take the whole list with it.
            guestType: GuestType(structure.domain_type) ?? .pv,
            currentMemory: Kibibytes(structure.current_memkb), maximumMemory: Kibibytes(structure.max_memkb),
            // The highest number is all ones where there is no vCPU.
            vcpuCount: structure.vcpu_max_id &+ 1, vcpuOnline: structure.vcpu_online)
        running = structure.running
        blocked = structure.blocked
        paused = structure.paused
        shutdown = structure.shutdown
        dying = structure.dying
        if shutdown { shutdownReason = LibxlShutdownReason(structure.shutdown_reason) ?? .unknown }
        cpuTime = structure.cpu_time
    }
}
#endif
