#if Xen
import CLibxl
import CXenShim
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func addDisk(
        _ disk: LibxlDeviceDisk, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_device_disk_add"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: disk) { cxen_device_disk_add(context.raw, domid.rawValue, $0) }
        }
    }

    public func safeRemoveDisk(
        _ disk: LibxlDeviceDisk, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_device_disk_safe_remove"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: disk) { cxen_device_disk_safe_remove(context.raw, domid.rawValue, $0) }
        }
    }

    public func destroyDisk(
        _ disk: LibxlDeviceDisk, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_device_disk_destroy"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: disk) { cxen_device_disk_destroy(context.raw, domid.rawValue, $0) }
        }
    }

    public func listDisks(of domid: DomainID) async throws(LibxlError) -> [LibxlDeviceDisk] {
        try await read("libxl_device_disk_list") { context throws(LibxlError) in
            var count: Int32 = 0
            guard let list = cxen_device_disk_list(context.raw, domid.rawValue, &count) else { return [] }
            defer { cxen_device_disk_list_free(context.raw, list, count) }
            return UnsafeBufferPointer(start: list.assumingMemoryBound(to: libxl_device_disk.self), count: Int(count))
                .compactMap { LibxlDeviceDisk($0) }
                .sorted { ($0.number?.rawValue ?? .max, $0.vdev) < ($1.number?.rawValue ?? .max, $1.vdev) }
        }
    }
}
#endif
