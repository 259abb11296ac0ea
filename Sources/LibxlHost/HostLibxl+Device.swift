#if Xen
import CLibxl
import CXenShim
import FoundationEssentials
import Glibc
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func insertCDROM(
        _ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_cdrom_insert"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: .disk(disk)) { cxen_cdrom_insert(context.raw, domid.rawValue, $0) }
        }
    }

    public func addDevice(
        _ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await operate(.add, on: device, of: domid, deadline: deadline, cxen_device_add)
    }

    public func removeDevice(
        _ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        try await withdraw(.remove, device, of: domid, deadline: deadline, cxen_device_remove)
    }

    public func destroyDevice(
        _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await withdraw(.destroy, device, of: domid, deadline: deadline, cxen_device_destroy)
    }

    public func listDevices(
        _ kind: LibxlDevice.Kind, of domid: DomainID
    ) async throws(LibxlError) -> [LibxlDevice] {
        let call = kind.function(.list)
        guard kind.canBeListed else { throw LibxlError(.notImplemented, in: call) }
        return try await read(call) { context throws(LibxlError) in
            var count: Int32 = 0
            guard let list = cxen_device_list(context.raw, kind.cValue, domid.rawValue, &count) else { return [] }
            defer { cxen_device_list_free(context.raw, kind.cValue, list, count) }
            return try context.elements(kind, of: list, count, call).sorted { $0.order < $1.order }
        }
    }

    public func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        let call = "libxl_device_pci_assignable_list"
        return try await read(call) { context throws(LibxlError) in
            var count: Int32 = 0
            guard let list = cxen_device_pci_assignable_list(context.raw, &count) else { return [] }
            defer { cxen_device_pci_assignable_list_free(context.raw, list, count) }
            return try context.elements(.pci, of: list, count, call).sorted { $0.order < $1.order }
                .compactMap { if case .pci(let pci) = $0 { pci } else { nil } }
        }
    }

    /// Refuses what libxl would end the process over.
    private func withdraw(
        _ verb: LibxlDevice.Verb, _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant,
        _ function: @escaping @Sendable (OpaquePointer, cxen_kind, UInt32, UnsafeMutableRawPointer) -> Int32
    ) async throws(LibxlError) -> LibxlRemoval {
        guard device.canBeRemoved else {
            throw LibxlError(
                .invalid, in: device.kind.function(verb),
                log: "the USB controller is given without its type")
        }
        return try await operate(verb, on: device, of: domid, deadline: deadline, function)
    }

    private func operate(
        _ verb: LibxlDevice.Verb, on device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant,
        _ function: @escaping @Sendable (OpaquePointer, cxen_kind, UInt32, UnsafeMutableRawPointer) -> Int32
    ) async throws(LibxlError) -> LibxlRemoval {
        let call = device.kind.function(verb)
        return try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: device) { function(context.raw, device.kind.cValue, domid.rawValue, $0) }
            return context.takeForced() ? .forced : .released
        }
    }
}

extension LibxlContext {
    /// Calls libxl with `device` as its structure.
    fileprivate func call(
        _ call: String, with device: LibxlDevice, _ body: (UnsafeMutableRawPointer) -> Int32
    ) throws(LibxlError) {
        let code: Int32
        do throws(Unfit) {
            code = try device.withC(libxl, body)
        } catch {
            throw LibxlError(.invalid, in: call, log: error.description)
        }
        try check(code, call)
    }

    /// The elements of a list of libxl's.
    fileprivate func elements(
        _ kind: LibxlDevice.Kind, of list: UnsafeMutableRawPointer, _ count: Int32, _ call: String
    ) throws(LibxlError) -> [LibxlDevice] {
        if let part = kind.structure as? any LibxlListedPart.Type { return part.devices(in: list, count) }
        return try printed(kind.structure, of: list, count, call)
    }

    /// Read from what libxl itself prints of them.
    private func printed<Structure: LibxlDeviceStructure>(
        _: Structure.Type, of list: UnsafeMutableRawPointer, _ count: Int32, _ call: String
    ) throws(LibxlError) -> [LibxlDevice] {
        var devices: [LibxlDevice] = []
        for index in 0..<max(0, count) {
            guard let json = cxen_device_json(raw, Structure.kind.cValue, list, index) else {
                throw LibxlError(.failed, in: call, log: "libxl cannot print device \(index) of its list")
            }
            defer { free(json) }
            do {
                let text = Data(bytes: json, count: strlen(json))
                devices.append(try JSONDecoder().decode(Structure.self, from: text).asDevice)
            } catch {
                throw LibxlError(.failed, in: call, log: "device \(index) of libxl's list: \(error)")
            }
        }
        return devices
    }
}

extension LibxlListedPart {
    fileprivate static func devices(in list: UnsafeMutableRawPointer, _ count: Int32) -> [LibxlDevice] {
        UnsafeBufferPointer(start: list.assumingMemoryBound(to: CStructure.self), count: max(0, Int(count)))
            .compactMap { Self($0)?.asDevice }
    }
}

extension LibxlDevice {
    /// Where it stands in a list.
    fileprivate var order: (UInt64, Int32, String) {
        switch self {
        case .pci(let pci):
            (
                UInt64(UInt32(bitPattern: pci.domain)) << 24 | UInt64(pci.bus) << 16,
                Int32(pci.device) << 3 | Int32(pci.function), ""
            )
        case .usbDevice(let device): (UInt64(max(0, device.controller?.rawValue ?? 0)), device.port, "")
        case .disk(let disk): (UInt64(max(0, disk.number?.rawValue ?? .max)), 0, disk.vdev)
        default: (UInt64(max(0, identity?.devid.rawValue ?? 0)), 0, "")
        }
    }

    /// Runs `body` with the device as libxl's structure, which is gone when `body` returns: libxl copies what it keeps.
    func withC<Result>(
        _ libxl: LibxlFunctions, _ body: (UnsafeMutableRawPointer) -> Result
    ) throws(Unfit) -> Result {
        try part.withC(libxl, body)
    }

    private var part: any LibxlDevicePart {
        get throws(Unfit) {
            guard let part = structure as? any LibxlDevicePart else {
                throw Unfit(field: kind.rawValue, reason: "libxl has no calls for such devices")
            }
            return part
        }
    }
}

extension LibxlDevicePart {
    fileprivate func withC<Result>(
        _ libxl: LibxlFunctions, _ body: (UnsafeMutableRawPointer) -> Result
    ) throws(Unfit) -> Result {
        let structure = UnsafeMutablePointer<CStructure>.allocate(capacity: 1)
        defer { structure.deallocate() }
        cxen_device_init(libxl.table, Self.cKind, structure)
        defer { cxen_device_dispose(libxl.table, Self.cKind, structure) }
        try fill(&structure.pointee)
        return body(structure)
    }
}

extension LibxlDevice.Kind {
    /// The shim's word for it.
    fileprivate var cValue: cxen_kind {
        guard let part = structure as? any LibxlDevicePart.Type else {
            preconditionFailure("\(structure) is nothing that libxl has calls for")
        }
        return part.cKind
    }
}
#endif
