import XenModel
import XenUnits

extension MemoryBalloon: TranslatedDevice {
    static var probes: [DeviceProbe] { [] }

    /// Nothing: Xen's own is there in any case; libxl can be told of no other, nor of none.
    func told(as devid: DeviceID, to guest: ToldGuest) throws(Untranslatable) -> ToldDevice? {
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
