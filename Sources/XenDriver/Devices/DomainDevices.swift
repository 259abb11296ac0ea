import XenModel
import XenUnits

// The classes of devices that come and go with their domain.

extension Filesystem: DrivenDevice {
    func identify(in criteria: inout DeviceCriteria) { criteria.target = target }
}

extension OpaqueDevice: DrivenDevice {
    func identify(in criteria: inout DeviceCriteria) { criteria.opaque = element }
}

extension CharacterDevice: DrivenDevice {
    func identify(in criteria: inout DeviceCriteria) { criteria.character = kind }

    func filled(from other: CharacterDevice, _ criteria: DeviceCriteria, isLive: Bool) -> CharacterDevice {
        var character = self
        // A port that says no number; a channel's name is no such thing.
        if criteria.character == nil, kind.deviceClass == other.kind.deviceClass, other.kind.deviceClass != .channel {
            character.kind = other.kind
        }
        if case (.pty(nil), .pty) = (backend, other.backend) { character.backend = other.backend }
        return character
    }
}

extension Graphics: DrivenDevice {
    func claims(_ guestType: GuestType, title: String) -> [HostClaim] {
        [port, spice.tlsPort].compactMap(\.self).map { port in
            HostClaim(
                key: .port(port), use: .listener(address: listens.first?.address), name: "\(port)", device: title)
        }
    }

    func filled(from other: Graphics, _ criteria: DeviceCriteria, isLive: Bool) -> Graphics {
        var graphics = self
        if autoport, other.autoport { (graphics.port, graphics.spice.tlsPort) = (other.port, other.spice.tlsPort) }
        return graphics
    }
}
