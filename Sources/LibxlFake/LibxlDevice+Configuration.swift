import LibxlAPI
import XenUnits

extension LibxlDomainConfig {
    /// Forgets the device of this identity; nothing if there is none.
    mutating func forget(_ identity: DeviceIdentity) {
        func forget<Structure: LibxlDeviceStructure>(_: Structure.Type) {
            self[keyPath: Structure.list].removeAll { $0.identity == identity }
        }
        for kind in LibxlDevice.Kind.allCases { forget(kind.structure) }
        if case .usbController(let devid) = identity { usbdevs.removeAll { $0.controller == devid } }
    }

    /// Keeps a device in the place of the one of its identity.
    mutating func keep(_ device: LibxlDevice) {
        if let identity = device.identity {
            // The controller's devices stay when it is only written anew.
            let kept = usbdevs
            forget(identity)
            if case .usbController = identity { usbdevs = kept }
        }
        append(device)
    }
}
