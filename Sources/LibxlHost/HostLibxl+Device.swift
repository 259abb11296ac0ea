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
            try context.call(call, with: disk) { cxen_cdrom_insert(context.raw, domid.rawValue, $0) }
        }
    }

    public func addDevice(
        _ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await operate("add", on: device, of: domid, deadline: deadline, cxen_device_add)
    }

    public func removeDevice(
        _ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        try await withdraw("remove", device, of: domid, deadline: deadline, cxen_device_remove)
    }

    public func destroyDevice(
        _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await withdraw("destroy", device, of: domid, deadline: deadline, cxen_device_destroy)
    }

    public func listDevices(
        _ kind: LibxlDevice.Kind, of domid: DomainID
    ) async throws(LibxlError) -> [LibxlDevice] {
        let call = "libxl_device_\(kind.rawValue)_list"
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
        _ verb: String, _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant,
        _ function: @escaping @Sendable (OpaquePointer, cxen_kind, UInt32, UnsafeMutableRawPointer) -> Int32
    ) async throws(LibxlError) -> LibxlRemoval {
        guard device.canBeRemoved else {
            throw LibxlError(
                .invalid, in: "libxl_device_\(device.kind.rawValue)_\(verb)",
                log: "the USB controller is given without its type")
        }
        return try await operate(verb, on: device, of: domid, deadline: deadline, function)
    }

    private func operate(
        _ verb: String, on device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant,
        _ function: @escaping @Sendable (OpaquePointer, cxen_kind, UInt32, UnsafeMutableRawPointer) -> Int32
    ) async throws(LibxlError) -> LibxlRemoval {
        let call = "libxl_device_\(device.kind.rawValue)_\(verb)"
        return try await operate(call, deadline: deadline) { context throws(LibxlError) in
            let code: Int32
            do throws(Unfit) {
                code = try device.withC(context.libxl) { function(context.raw, device.kind.cValue, domid.rawValue, $0) }
            } catch {
                throw LibxlError(.invalid, in: call, log: error.description)
            }
            try context.check(code, call)
            return context.takeForced() ? .forced : .released
        }
    }
}

extension LibxlContext {
    /// The elements of a list of libxl's, read from what libxl itself prints of them.
    fileprivate func elements(
        _ kind: LibxlDevice.Kind, of list: UnsafeMutableRawPointer, _ count: Int32, _ call: String
    ) throws(LibxlError) -> [LibxlDevice] {
        var devices: [LibxlDevice] = []
        for index in 0..<count {
            guard let json = cxen_device_json(raw, kind.cValue, list, index) else {
                throw LibxlError(.failed, in: call, log: "libxl cannot print device \(index) of its list")
            }
            defer { free(json) }
            do {
                devices.append(try LibxlDevice(kind, json: Data(bytes: json, count: strlen(json))))
            } catch {
                throw LibxlError(.failed, in: call, log: "device \(index) of libxl's list: \(error)")
            }
        }
        return devices
    }
}

extension LibxlDevice {
    /// Reads what libxl prints of a device.
    fileprivate init(_ kind: Kind, json: Data) throws {
        let decoder = JSONDecoder()
        self =
            switch kind {
            case .pci: .pci(try decoder.decode(LibxlDevicePCI.self, from: json))
            case .usbController: .usbController(try decoder.decode(LibxlDeviceUSBCtrl.self, from: json))
            case .usbDevice: .usbDevice(try decoder.decode(LibxlDeviceUSBDev.self, from: json))
            case .p9: .p9(try decoder.decode(LibxlDeviceP9.self, from: json))
            case .vtpm: .vtpm(try decoder.decode(LibxlDeviceVTPM.self, from: json))
            case .vdispl: .vdispl(try decoder.decode(LibxlDeviceVDispl.self, from: json))
            case .vsnd: .vsnd(try decoder.decode(LibxlDeviceVSnd.self, from: json))
            case .vkb: .vkb(try decoder.decode(LibxlDeviceVKB.self, from: json))
            case .vfb: .vfb(try decoder.decode(LibxlDeviceVFB.self, from: json))
            }
    }

    /// Where it stands in a list.
    fileprivate var order: (UInt64, Int32) {
        switch self {
        case .pci(let pci):
            (
                UInt64(UInt32(bitPattern: pci.domain)) << 24 | UInt64(pci.bus) << 16,
                Int32(pci.device) << 3 | Int32(pci.function)
            )
        case .usbDevice(let device): (UInt64(max(0, device.controller?.rawValue ?? 0)), device.port)
        default: (UInt64(max(0, identity?.devid.rawValue ?? 0)), 0)
        }
    }

    /// Runs `body` with the device as libxl's structure, which is gone when `body` returns.
    fileprivate func withC(
        _ libxl: LibxlFunctions, _ body: (UnsafeMutableRawPointer) -> Int32
    ) throws(Unfit) -> Int32 {
        switch self {
        case .pci(let part): try part.withC(kind, libxl, body)
        case .usbController(let part): try part.withC(kind, libxl, body)
        case .usbDevice(let part): try part.withC(kind, libxl, body)
        case .p9(let part): try part.withC(kind, libxl, body)
        case .vtpm(let part): try part.withC(kind, libxl, body)
        case .vdispl(let part): try part.withC(kind, libxl, body)
        case .vsnd(let part): try part.withC(kind, libxl, body)
        case .vkb(let part): try part.withC(kind, libxl, body)
        case .vfb(let part): try part.withC(kind, libxl, body)
        }
    }
}

extension LibxlPart {
    fileprivate func withC(
        _ kind: LibxlDevice.Kind, _ libxl: LibxlFunctions, _ body: (UnsafeMutableRawPointer) -> Int32
    ) throws(Unfit) -> Int32 {
        let structure = UnsafeMutablePointer<CStructure>.allocate(capacity: 1)
        defer { structure.deallocate() }
        cxen_device_init(libxl.table, kind.cValue, structure)
        defer { cxen_device_dispose(libxl.table, kind.cValue, structure) }
        try fill(&structure.pointee)
        return body(structure)
    }
}

extension LibxlDevice.Kind {
    fileprivate var cValue: cxen_kind {
        switch self {
        case .pci: CXEN_PCI
        case .usbController: CXEN_USBCTRL
        case .usbDevice: CXEN_USBDEV
        case .p9: CXEN_P9
        case .vtpm: CXEN_VTPM
        case .vdispl: CXEN_VDISPL
        case .vsnd: CXEN_VSND
        case .vkb: CXEN_VKB
        case .vfb: CXEN_VFB
        }
    }
}
#endif
