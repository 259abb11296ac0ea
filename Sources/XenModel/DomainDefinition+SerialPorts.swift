import XenUnits

extension DomainDefinition {
    /// The serial ports of an hvm guest, by their numbers; without any, its first console is serial port 0, as it is in
    /// libvirt, whose documents once knew no other word for it.
    package var serialPorts: [CharacterDevice] {
        let ports = characterDevices(.serial).sorted { $0.serialPort < $1.serialPort }
        let hasOpaque = devices.contains { device in
            if case .opaque = device { device.deviceClass == .serial } else { false }
        }
        guard ports.isEmpty, !hasOpaque, let console = characterDevices(.console).first,
            case .console(let target) = console.kind, target.type == .serial
        else { return ports }
        return [console]
    }
}

extension CharacterDevice {
    /// Which serial port it is; 0 for what is none.
    package var serialPort: UInt32 {
        if case .serial(let port) = kind { port } else { 0 }
    }
}
