public import LibxlAPI
public import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Everything that libxl is told to build the domain of a definition.
    ///
    /// NICs get the devids 0, 1 … in document order, so that libxl never has to choose one. Title, description,
    /// metadata and every device's name stay behind. Source: `/domain`.
    public init(_ definition: DomainDefinition) throws(Untranslatable) {
        guard definition.hypervisor == DomainDefinition.xen else {
            throw Untranslatable(path: "/domain/@type", reason: .otherHypervisor(definition.hypervisor))
        }
        self.init(
            createInfo: try LibxlDomainCreateInfo(definition), buildInfo: try LibxlDomainBuildInfo(definition))
        let guestType = definition.operatingSystem.guestType
        for disk in definition.disks {
            disks.append(try LibxlDeviceDisk(disk, guestType: guestType, plug: .atStart))
        }
        for (devid, interface) in zip(Int32(0)..., definition.interfaces) {
            nics.append(
                try LibxlDeviceNIC(
                    interface, devid: DeviceID(rawValue: devid), guestType: guestType, plug: .atStart))
        }
        onPoweroff = definition.onPoweroff
        onReboot = definition.onReboot
        onCrash = definition.onCrash
    }
}
