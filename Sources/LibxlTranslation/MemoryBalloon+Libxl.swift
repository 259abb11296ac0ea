import XenModel
import XenUnits

extension MemoryBalloon {
    /// Xen's own is there in any case; libxl can be told of no other, nor of none.
    func refuseIfNeeded() throws(Untranslatable) {
        let path = "/domain/devices/memballoon/@model"
        switch model {
        case .xen: break
        case .none: throw Untranslatable(path: path, device: model.rawValue, reason: .balloonCannotBeDisabled)
        case .virtio, .virtioTransitional, .virtioNonTransitional:
            throw Untranslatable(
                path: path, device: model.rawValue, reason: .unsupported(.balloonModel, model.rawValue))
        }
    }
}
