public import LibxlAPI
public import XenModel
import XenUnits

extension LibxlDomainConfig {
    /// Everything that libxl is told to build the domain of a definition, what it refers to taken from `context`.
    ///
    /// Devices get the devids 0, 1 … within their class in document order, so that libxl never has to choose one; USB
    /// controllers get their index. Title, description, metadata and every device's name stay behind. What has no
    /// effect is in `Translation`'s notices. Throws the first of the obstacles that `Translation` lists. Source: `/domain`.
    public init(
        _ definition: DomainDefinition, context: TranslationContext = TranslationContext()
    ) throws(Untranslatable) {
        var obstacles = Obstacles()
        self.init(definition, context, &obstacles)
        if let first = obstacles.found.first { throw first }
    }

    /// What libxl can be told of a definition; what it cannot be told of is left out, and said in `obstacles`.
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
                try ToldDevice(device, DeviceID(place), of: definition.name, guestType, context)
            }
            if let element = element ?? nil { append(element) }
        }
        disks = disks.inBootloadersOrder(of: definition.disks)
    }

    private mutating func append(_ device: ToldDevice) {
        switch device {
        case .device(let device): append(device)
        case .channel(let channel): channels.append(channel)
        }
    }
}

/// What libxl is told of a device that depends on no other device but for the number that it has in its class.
enum ToldDevice: Hashable, Sendable {
    case device(LibxlDevice)
    case channel(LibxlDeviceChannel)

    /// What libxl is told of `device` as number `devid` of its class; nil for one that is told of along with others, or
    /// not at all.
    init?(
        _ device: Device, _ devid: DeviceID, of domain: DomainName, _ guestType: GuestType,
        _ context: TranslationContext
    ) throws(Untranslatable) {
        switch device {
        case .disk(let disk):
            self = .device(
                .disk(try LibxlDeviceDisk(disk, guestType: guestType, plug: .atStart, context: context)))
        case .interface(let interface):
            if case .hostdev(let source) = interface.source {
                self = .device(.pci(try LibxlDevicePCI(source, of: interface, guestType: guestType)))
            } else {
                self = .device(
                    .nic(
                        try LibxlDeviceNIC(
                            interface, devid: devid, guestType: guestType, plug: .atStart, context: context)))
            }
        case .filesystem(let filesystem): self = .device(.p9(try LibxlDeviceP9(filesystem, devid: devid)))
        case .character(let character):
            try character.refuseIfNeeded()
            guard case .channel = character.kind else { return nil }
            self = .channel(try LibxlDeviceChannel(character, devid: devid, domain: domain, context: context))
        case .hostdev(let device):
            guard case .pci(let source) = device.source else { return nil }
            self = .device(.pci(try LibxlDevicePCI(source, device, guestType: guestType)))
        case .memballoon(let balloon):
            try balloon.refuseIfNeeded()
            return nil
        case .opaque(let device):
            try device.refuseIfNeeded()
            return nil
        case .vtpm(let tpm): self = .device(.vtpm(LibxlDeviceVTPM(tpm, devid: devid)))
        case .vdispl(let display): self = .device(.vdispl(LibxlDeviceVDispl(display, devid: devid)))
        case .vsnd(let sound): self = .device(.vsnd(try LibxlDeviceVSnd(sound, devid: devid)))
        case .controller, .input, .graphics, .sound, .video: return nil
        }
    }

    /// The member of the configuration that lists its kind.
    var list: String {
        switch self {
        case .device(let device): device.kind.listName
        case .channel: "channels"
        }
    }

    /// Its structure.
    var structure: any Hashable & Codable {
        switch self {
        case .device(let device): device.structure
        case .channel(let channel): channel
        }
    }
}

/// How many devices there are so far of each kind that libxl counts.
struct DeviceCounts {
    private var counts: [Kind: Int] = [:]

    private enum Kind {
        case nic, p9, channel, vtpm, vdispl, vsnd
    }

    /// The number of `device` in its class; 0 for one that libxl knows by something else.
    mutating func next(_ device: Device) -> Int {
        let kind: Kind
        switch device {
        case .interface(let interface) where interface.source.kind != .hostdev: kind = .nic
        case .filesystem: kind = .p9
        case .character(let character) where character.kind.deviceClass == .channel: kind = .channel
        case .vtpm: kind = .vtpm
        case .vdispl: kind = .vdispl
        case .vsnd: kind = .vsnd
        default: return 0
        }
        defer { counts[kind, default: 0] += 1 }
        return counts[kind, default: 0]
    }
}

extension Device {
    /// Refuses a device that `domain`, whose device it is, is to serve.
    public func refuseIfServed(by domain: DomainName) throws(Untranslatable) {
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
