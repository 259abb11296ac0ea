import XenModel
import XenUnits

/// Something that a device of a definition may say, and the device without it.
struct DeviceProbe: Sendable {
    /// Its path below the device.
    let part: String
    /// The types of guest that it means something to; said of any other it has no effect, and that is a notice.
    var guests = GuestType.every
    let isSaid: @Sendable (Device) -> Bool
    /// Takes it out, or puts something else in its place where there always is something.
    let takeOut: @Sendable (inout Device) -> Void

    static let all: [DeviceProbe] =
        handles + Device.models.compactMap { $0 as? any TranslatedDevice.Type }.flatMap { $0.probes }

    private static var handles: [DeviceProbe] {
        [
            DeviceProbe(part: "alias", isSaid: { $0.alias != nil }, takeOut: { $0.alias = nil }),
            DeviceProbe(part: "address", isSaid: { $0.address != nil }, takeOut: { $0.address = nil }),
        ]
    }
}

/// Makes what the devices of one kind may say.
struct DeviceProbes<Model: DeviceModel>: Sendable {
    typealias Member<Part> = any WritableKeyPath<Model, Part> & Sendable

    /// Something that a device says if `isSaid`, and that `change` takes out.
    func when(
        _ part: String, for guests: [GuestType] = GuestType.every, _ isSaid: @escaping @Sendable (Model) -> Bool,
        _ change: @escaping @Sendable (inout Model) -> Void
    ) -> DeviceProbe {
        DeviceProbe(
            part: part, guests: guests, isSaid: { ($0.model as? Model).map(isSaid) ?? false },
            takeOut: { device in
                guard var model = device.model as? Model else { return }
                change(&model)
                device = model.asDevice
            })
    }

    /// Something that every device says.
    func always(_ part: String, _ change: @escaping @Sendable (inout Model) -> Void) -> DeviceProbe {
        when(part, { _ in true }, change)
    }

    func optional<Part>(
        _ part: String, _ member: Member<Part?>, for guests: [GuestType] = GuestType.every
    ) -> DeviceProbe {
        when(part, for: guests, { $0[keyPath: member] != nil }) { $0[keyPath: member] = nil }
    }

    func list<Part>(_ part: String, _ member: Member<[Part]>) -> DeviceProbe {
        when(part, { !$0[keyPath: member].isEmpty }) { $0[keyPath: member] = [] }
    }

    func flag(_ part: String, _ member: Member<Bool>) -> DeviceProbe {
        when(part, { $0[keyPath: member] }) { $0[keyPath: member] = false }
    }
}

extension PCIAddress {
    /// Some other place.
    var another: PCIAddress {
        PCIAddress(domain: domain ^ 1, bus: bus ^ 1, slot: slot ^ 1, function: function ^ 1) ?? self
    }
}
