import CXenInterface
public import LibxlAPI
public import XenUnits

extension HostLibxl {
    public func insertCDROM(
        _ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        let call = "libxl_cdrom_insert"
        try await operate(call, deadline: deadline) { context throws(LibxlError) in
            try context.call(call, with: disk, as: "device_disk") {
                context.shim.functions.cdrom_insert(context.raw, domid.rawValue, $0)
            }
        }
    }

    public func addDevice(
        _ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await operate(.add, on: device, of: domid, deadline: deadline)
    }

    public func removeDevice(
        _ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        try await withdraw(.remove, device, of: domid, deadline: deadline)
    }

    public func destroyDevice(
        _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) {
        _ = try await withdraw(.destroy, device, of: domid, deadline: deadline)
    }

    public func listDevices(
        _ kind: LibxlDevice.Kind, of domid: DomainID
    ) async throws(LibxlError) -> [LibxlDevice] {
        let call = kind.function(.list)
        return try await read(call) { context throws(LibxlError) in
            try context.devices(kind.structure, call) {
                context.shim.functions.device_list(context.raw, kind.rawValue, domid.rawValue, &$0)
            }
        }
    }

    public func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI] {
        let call = "libxl_device_pci_assignable_list"
        return try await read(call) { context throws(LibxlError) in
            try context.devices(LibxlDevicePCI.self, call) {
                context.shim.functions.device_pci_assignable_list(context.raw, &$0)
            }.compactMap { if case .pci(let pci) = $0 { pci } else { nil } }
        }
    }

    /// Refuses what libxl would end the process over.
    private func withdraw(
        _ verb: LibxlDevice.Verb, _ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        guard device.canBeRemoved else {
            throw LibxlError(
                .invalid, in: device.kind.function(verb),
                log: "the USB controller is given without its type")
        }
        return try await operate(verb, on: device, of: domid, deadline: deadline)
    }

    private func operate(
        _ verb: LibxlDevice.Verb, on device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError) -> LibxlRemoval {
        let call = device.kind.function(verb)
        return try await operate(call, deadline: deadline) { context throws(LibxlError) in
            let kind = device.kind.rawValue
            try context.call(call, with: device.structure, as: "device_\(kind)") {
                context.shim.functions.device(context.raw, kind, device.kind.word(verb), domid.rawValue, $0)
            }
            return context.takeForced() ? .forced : .released
        }
    }
}

extension LibxlContext {
    /// The devices that libxl lists, in order; those of which nothing can be asked are left out.
    fileprivate func devices<Structure: LibxlDeviceStructure>(
        _: Structure.Type, _ call: String, _ list: (inout UnsafeMutablePointer<CChar>?) -> Int32
    ) throws(LibxlError) -> [LibxlDevice] {
        let devices: [Listed<Structure>] = try printed(call, list)
        return devices.compactMap(\.device).sorted { $0.order < $1.order }
    }
}

/// A device of a list; nil for a disk without a vdev, of which nothing can be asked.
private struct Listed<Structure: LibxlDeviceStructure>: Decodable {
    let device: LibxlDevice?

    private struct Disk: Decodable {
        let vdev: String?
    }

    init(from decoder: any Decoder) throws {
        let isNameless = try Structure.kind == .disk && Disk(from: decoder).vdev == nil
        device = isNameless ? nil : try Structure(from: decoder).asDevice
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
}
