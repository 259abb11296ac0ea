#if Xen
import CLibxl
import CXenShim
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func addNIC(
        _ nic: LibxlDeviceNIC, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_device_nic_add"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: nic) { cxen_device_nic_add(context.raw, domid.rawValue, $0) }
        }
    }

    public func removeNIC(
        _ nic: LibxlDeviceNIC, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        let call = "libxl_device_nic_remove"
        return try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: nic) { cxen_device_nic_remove(context.raw, domid.rawValue, $0) }
            return context.takeForced() ? .forced : .released
        }
    }

    public func destroyNIC(
        _ nic: LibxlDeviceNIC, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_device_nic_destroy"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: nic) { cxen_device_nic_destroy(context.raw, domid.rawValue, $0) }
        }
    }

    public func listNICs(of domid: DomainID) async throws(LibxlError) -> [LibxlDeviceNIC] {
        try await read("libxl_device_nic_list") { context throws(LibxlError) in
            var count: Int32 = 0
            guard let list = cxen_device_nic_list(context.raw, domid.rawValue, &count) else { return [] }
            defer { cxen_device_nic_list_free(context.raw, list, count) }
            return UnsafeBufferPointer(start: list.assumingMemoryBound(to: libxl_device_nic.self), count: Int(count))
                .map { LibxlDeviceNIC($0) }
                .sorted { $0.devid < $1.devid }
        }
    }
}
#endif
