import XenModel
import XenUnits

extension DomainDefinition {
    /// Gives each device without an alias one of its own, by its class and its target or number: `ua-disk-xvda` for a
    /// disk, `ua-net0`, `ua-serial0` … for others, counted from 0 within the class.
    ///
    /// The names are those of the file's devices as they stand: the same file is given the same ones each time.
    mutating func nameDevices() {
        var taken = Set(devices.compactMap(\.alias))
        var counts: [DeviceClass: Int] = [:]
        for position in devices.indices where devices[position].alias == nil {
            let device = devices[position]
            var name: UserAlias?
            if case .disk(let disk) = device { name = UserAlias("\(UserAlias.prefix)disk-\(disk.target)") }
            while name.map({ taken.contains(.user($0)) }) ?? true {
                let number = counts[device.deviceClass, default: 0]
                counts[device.deviceClass] = number + 1
                let generated = GeneratedAlias(deviceClass: device.deviceClass, number: number)
                name = UserAlias("\(UserAlias.prefix)\(generated)")
            }
            guard let name else { continue }
            taken.insert(.user(name))
            devices[position].alias = .user(name)
        }
    }
}
