import XenUnits

/// Where in a list of devices those are that an alias, a MAC address or a target names.
///
/// To find one takes as long in a list of ten thousand as in one of ten.
package struct DeviceIndex: Sendable {
    private var aliases: [DeviceAlias: [Int]] = [:]
    private var macs: [MACAddress: [Int]] = [:]
    private var vdevs: [BlockDeviceNumber: [Int]] = [:]
    /// Those of disks that are no vdev, of NICs and of file systems.
    private var targets: [String: [Int]] = [:]

    /// The index of `devices`.
    package init(_ devices: some Collection<Device>) {
        aliases.reserveCapacity(devices.count)
        for (position, device) in devices.enumerated() {
            if let alias = device.alias { aliases[alias, default: []].append(position) }
            switch device {
            case .disk(let disk):
                if let vdev = disk.vdev {
                    vdevs[vdev, default: []].append(position)
                } else {
                    targets[disk.target, default: []].append(position)
                }
            case .interface(let interface):
                macs[interface.mac, default: []].append(position)
                if let target = interface.target { targets[target, default: []].append(position) }
            case .filesystem(let filesystem): targets[filesystem.target, default: []].append(position)
            default: break
            }
        }
    }

    /// The positions, in order, of the devices that `criteria` can mean as far as alias, MAC address and target go; nil if
    /// it says none of these, so that it can mean any.
    package func positions(of criteria: DeviceCriteria) -> [Int]? {
        if let alias = criteria.alias { return aliases[alias] ?? [] }
        if let mac = criteria.mac { return macs[mac] ?? [] }
        guard let target = criteria.target else { return nil }
        let disks = BlockDeviceNumber(vdev: target).flatMap { vdevs[$0] } ?? []
        return (disks + (targets[target] ?? [])).sorted()
    }
}
