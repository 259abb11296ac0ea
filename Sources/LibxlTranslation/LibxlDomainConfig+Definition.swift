package import LibxlAPI
package import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Everything that libxl is given to build the domain of a definition, what it refers to taken from `context`.
    ///
    /// Devices get the devids 0, 1 … within their class in document order, so that libxl never has to choose one; USB
    /// controllers get their index. Title, description, metadata and every device's name stay behind. What has no
    /// effect is in `Translation`'s notices. Throws the first of the obstacles that `Translation` lists. Source: `/domain`.
    package init(
        _ definition: DomainDefinition, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        var obstacles = Obstacles()
        self.init(definition, context, &obstacles)
        if let first = obstacles.found.first { throw first }
    }

    /// What of a definition libxl can express; what it cannot is left out, and said in `obstacles`.
    init(_ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles) {
        let definition = definition.meant
        if definition.hypervisor != DomainDefinition.xen {
            obstacles.note(
                Untranslatable(path: "/domain/@type", reason: .otherHypervisor(definition.hypervisor)))
        }
        self.init(
            createInfo: LibxlDomainCreateInfo(definition),
            buildInfo: LibxlDomainBuildInfo(definition, context, &obstacles))
        setDisplays(definition, context, &obstacles)
        setDevices(definition, context, &obstacles)
        setUSB(definition, context, &obstacles)
        definition.noteDiskClashes(&obstacles)
        onPoweroff = definition.onPoweroff
        onReboot = definition.onReboot
        onCrash = definition.onCrash
        onWatchdog = definition.xen.onWatchdog ?? .destroy
        onSoftReset = definition.xen.onSoftReset ?? .destroy
    }

    private mutating func setDevices(
        _ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles
    ) {
        let guestType = definition.operatingSystem.guestType
        var counts = DeviceCounts()
        for device in definition.devices where device.guests.contains(guestType) {
            let place = counts.next(device)
            obstacles.noting { () throws(Untranslatable) in try device.refuseIfServed(by: definition.name) }
            let element = obstacles.noting { () throws(Untranslatable) in
                try device.translated.libxlDevice(
                    as: DeviceID(place), for: TargetGuest(name: definition.name, type: guestType, context: context))
            }
            if let element = element ?? nil { element.append(to: &self) }
        }
        disks = disks.inBootloadersOrder(of: definition.disks)
    }
}

extension Device {
    /// Refuses a device that `domain`, whose device it is, is to serve.
    package func refuseIfServed(by domain: DomainName) throws(Untranslatable) {
        guard let backendDomain, backendDomain == domain.text else { return }
        throw Untranslatable(
            path: "/domain/devices/\(deviceClass.rawValue)/backenddomain/@name", device: familiarName,
            reason: .servedByItself(domain: backendDomain))
    }
}

extension DeviceID {
    /// The next devid after `count` devices that have those from 0 on.
    init(_ count: Int) {
        self.init(rawValue: Int32(clamping: count))
    }
}
