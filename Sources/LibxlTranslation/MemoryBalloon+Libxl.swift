import XenModel
import XenUnits

extension MemoryBalloon: TranslatedDevice {
    static var probes: [DeviceProbe] { [] }

    /// Nothing: Xen's own is there in any case; libxl knows no other, nor none.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        let path = "/domain/devices/memballoon/@model"
        switch model {
        case .xen: return nil
        case .none: throw Untranslatable(path: path, device: model.rawValue, reason: .balloonCannotBeDisabled)
        case .virtio, .virtioTransitional, .virtioNonTransitional:
            throw Untranslatable(
                path: path, device: model.rawValue, reason: .unsupported(.balloonModel, model.rawValue))
        }
    }
}
