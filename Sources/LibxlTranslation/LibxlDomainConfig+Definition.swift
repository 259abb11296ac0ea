public import LibxlAPI
public import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Everything that libxl is told to build the domain of a definition, what it refers to taken from `context`.
    ///
    /// Devices get the devids 0, 1 … within their class in document order, so that libxl never has to choose one; USB
    /// controllers get their index. Title, description, metadata and every device's name stay behind. What has no
    /// effect is in `Translation`'s notices. Source: `/domain`.
    public init(
        _ definition: DomainDefinition, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        guard definition.hypervisor == DomainDefinition.xen else {
            throw Untranslatable(path: "/domain/@type", reason: .otherHypervisor(definition.hypervisor))
        }
        for case .opaque(let device) in definition.devices { try device.refuseIfNeeded() }
        self.init(
            createInfo: try LibxlDomainCreateInfo(definition), buildInfo: try LibxlDomainBuildInfo(definition, context))
        try setDisplays(definition, context)
        try setDevices(definition, context)
        try setUSB(definition, context)
        onPoweroff = definition.onPoweroff
        onReboot = definition.onReboot
        onCrash = definition.onCrash
        onWatchdog = definition.xen.onWatchdog ?? .destroy
        onSoftReset = definition.xen.onSoftReset.map(LibxlSoftResetAction.init) ?? .destroy
    }

    private mutating func setDevices(
        _ definition: DomainDefinition, _ context: TranslationContext
    ) throws(Untranslatable) {
        let guestType = definition.operatingSystem.guestType
        for device in definition.devices {
            switch device {
            case .disk(let disk):
                disks.append(try LibxlDeviceDisk(disk, guestType: guestType, plug: .atStart, context: context))
            case .interface(let interface):
                if case .hostdev(let source) = interface.source {
                    pcidevs.append(try LibxlDevicePCI(source, of: interface, guestType: guestType))
                } else {
                    nics.append(
                        try LibxlDeviceNIC(
                            interface, devid: DeviceID(nics.count), guestType: guestType, plug: .atStart,
                            context: context))
                }
            case .filesystem(let filesystem):
                p9s.append(try LibxlDeviceP9(filesystem, devid: DeviceID(p9s.count)))
            case .character(let character):
                try character.refuseIfNeeded()
                if case .channel = character.kind {
                    channels.append(
                        try LibxlDeviceChannel(
                            character, devid: DeviceID(channels.count), domain: definition.name, context: context))
                }
            case .hostdev(let device):
                if case .pci(let source) = device.source {
                    pcidevs.append(try LibxlDevicePCI(source, device, guestType: guestType))
                }
            case .memballoon(let balloon): try balloon.refuseIfNeeded()
            case .vtpm(let tpm): vtpms.append(LibxlDeviceVTPM(tpm, devid: DeviceID(vtpms.count)))
            case .vdispl(let display): vdispls.append(LibxlDeviceVDispl(display, devid: DeviceID(vdispls.count)))
            case .vsnd(let sound): vsnds.append(try LibxlDeviceVSnd(sound, devid: DeviceID(vsnds.count)))
            case .controller, .input, .graphics, .sound, .video, .opaque: break
            }
        }
    }
}

extension LibxlSoftResetAction {
    fileprivate init(_ action: SoftResetAction) {
        switch action {
        case .destroy: self = .destroy
        case .restart: self = .restart
        case .restartRename: self = .restartRename
        case .preserve: self = .preserve
        case .coredumpDestroy: self = .coredumpDestroy
        case .coredumpRestart: self = .coredumpRestart
        case .softReset: self = .softReset
        }
    }
}

extension DeviceID {
    /// The next devid after `count` devices that have those from 0 on.
    init(_ count: Int) {
        self.init(rawValue: Int32(clamping: count))
    }
}
