package import LibxlAPI
import XenUnits

extension Generator {
    /// A device of this kind.
    package mutating func device(_ kind: LibxlDevice.Kind) -> LibxlDevice {
        switch kind {
        case .nic: return .nic(nic())
        case .disk: return .disk(disk())
        case .pci: return .pci(pci())
        case .usbController:
            var controller = usbCtrl()
            // One without a type cannot be removed.
            controller.type = .qusb
            return .usbController(controller)
        case .usbDevice: return .usbDevice(usbDev())
        case .p9: return .p9(p9())
        case .vtpm: return .vtpm(vtpm())
        case .vdispl: return .vdispl(vDispl())
        case .vsnd: return .vsnd(vSnd())
        case .vkb: return .vkb(vkb())
        case .vfb: return .vfb(vfb())
        }
    }

    package mutating func nic() -> LibxlDeviceNIC {
        var nic = LibxlDeviceNIC(
            devid: DeviceID(rawValue: Int32(next() >> 33)), mac: .random(using: &self),
            nictype: pick(LibxlNICType.allCases), backendDomainID: DomainID(rawValue: UInt32(next() % 3)))
        nic.backendDomainName = maybe { $0.text() }
        nic.mtu = maybe { UInt32(1 + $0.next() % UInt64(Int32.max)) }
        nic.model = maybe { $0.text() }
        nic.ip = maybe { $0.text() }
        nic.bridge = maybe { $0.text() }
        nic.ifname = maybe { $0.text() }
        nic.script = maybe { $0.text() }
        nic.rateBytesPerInterval = maybe { $0.next() >> 1 }
        nic.rateIntervalMicroseconds = maybe { UInt32(truncatingIfNeeded: $0.next()) }
        nic.gatewayDevice = maybe { $0.text() }
        nic.trusted = maybe { $0.flip() }
        if isOfLaterXen { nic.vlan = maybe { $0.text() } }
        return nic
    }

    package mutating func disk() -> LibxlDeviceDisk {
        var disk = LibxlDeviceDisk(
            vdev: text(), pdevPath: maybe { $0.text() }, format: pick(DiskFormat.allCases),
            backendDomainID: DomainID(rawValue: UInt32(next() % 3)))
        disk.backendDomainName = maybe { $0.text() }
        disk.backend = pick(DiskBackend.allCases)
        disk.script = maybe { $0.text() }
        disk.removable = flip()
        disk.readwrite = flip()
        disk.isCDROM = flip()
        disk.directIOSafe = flip()
        disk.discardEnable = maybe { $0.flip() }
        disk.trusted = maybe { $0.flip() }
        return disk
    }

    package mutating func pci() -> LibxlDevicePCI {
        var value = LibxlDevicePCI(
            domain: maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0,
            bus: maybe { UInt8(truncatingIfNeeded: $0.next()) } ?? 0,
            device: maybe { UInt8(truncatingIfNeeded: $0.next()) } ?? 0,
            function: maybe { UInt8(truncatingIfNeeded: $0.next()) } ?? 0)
        value.guestSlot = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.functionMask = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.msiTranslate = flip()
        value.powerManagement = flip()
        value.permissive = flip()
        value.seize = flip()
        value.rdmPolicy = maybe { $0.pick(ReservedMemoryPolicy.allCases) }
        value.name = maybe { $0.text() }
        return value
    }

    package mutating func rdm() -> LibxlDeviceRDM {
        var value = LibxlDeviceRDM(start: maybe { $0.next() >> 1 } ?? 0, size: maybe { $0.next() >> 1 } ?? 0)
        value.policy = maybe { $0.pick(ReservedMemoryPolicy.allCases) }
        return value
    }

    package mutating func usbCtrl() -> LibxlDeviceUSBCtrl {
        var value = LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.type = pick(USBControllerType.allCases)
        value.version = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.ports = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        return value
    }

    package mutating func usbDev() -> LibxlDeviceUSBDev {
        var value = LibxlDeviceUSBDev(
            hostBus: maybe { UInt8(truncatingIfNeeded: $0.next()) } ?? 0,
            hostAddress: maybe { UInt8(truncatingIfNeeded: $0.next()) } ?? 0)
        value.controller = maybe { DeviceID(rawValue: Int32($0.next() >> 33)) }
        value.port = maybe { Int32(truncatingIfNeeded: $0.next()) } ?? 0
        return value
    }

    package mutating func vfb() -> LibxlDeviceVFB {
        var value = LibxlDeviceVFB(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        value.vnc = vncInfo()
        value.sdl = sdlInfo()
        value.keymap = maybe { $0.text() }
        return value
    }

    package mutating func vkb() -> LibxlDeviceVKB {
        var value = LibxlDeviceVKB(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        value.backend = maybe { $0.pick(LibxlVKBBackend.allCases) }
        value.uniqueID = maybe { $0.text() }
        value.disableKeyboard = flip()
        value.disablePointer = flip()
        value.absolutePointer = flip()
        value.rawPointer = flip()
        value.multiTouch = flip()
        value.width = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.height = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.multiTouchWidth = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.multiTouchHeight = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.multiTouchContacts = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        return value
    }

    package mutating func vtpm() -> LibxlDeviceVTPM {
        var value = LibxlDeviceVTPM(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        value.uuid = DomainUUID(high: next(), low: next())
        return value
    }

    package mutating func p9() -> LibxlDeviceP9 {
        var value = LibxlDeviceP9(
            tag: text(), path: text(), securityModel: text(), devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        return value
    }

    package mutating func pvCallsIf() -> LibxlDevicePVCallsIf {
        var value = LibxlDevicePVCallsIf(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        return value
    }

    package mutating func vDispl() -> LibxlDeviceVDispl {
        var value = LibxlDeviceVDispl(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        value.backendAllocates = flip()
        value.connectors = list { $0.connectorParam() }
        return value
    }

    package mutating func connectorParam() -> LibxlConnectorParam {
        var value = LibxlConnectorParam()
        value.uniqueID = maybe { $0.text() }
        value.width = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.height = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        return value
    }

    package mutating func vSnd() -> LibxlDeviceVSnd {
        var value = LibxlDeviceVSnd(devid: DeviceID(rawValue: Int32(next() >> 33)))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        value.shortName = maybe { $0.text() }
        value.longName = maybe { $0.text() }
        value.parameters = vSndParams()
        value.pcms = list { $0.vSndPCM() }
        return value
    }

    package mutating func vSndPCM() -> LibxlVSndPCM {
        var value = LibxlVSndPCM()
        value.name = maybe { $0.text() }
        value.parameters = vSndParams()
        value.streams = list { $0.vSndStream() }
        return value
    }

    package mutating func vSndStream() -> LibxlVSndStream {
        var value = LibxlVSndStream()
        value.uniqueID = maybe { $0.text() }
        value.type = maybe { $0.pick(SoundDirection.allCases) }
        value.parameters = vSndParams()
        return value
    }

    package mutating func vSndParams() -> LibxlVSndParams {
        var value = LibxlVSndParams()
        value.sampleRates = list { UInt32(truncatingIfNeeded: $0.next()) }
        value.sampleFormats = list { $0.pick(LibxlVSndPCMFormat.allCases) }
        value.channelsMinimum = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.channelsMaximum = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        value.bufferSize = maybe { UInt32(truncatingIfNeeded: $0.next()) } ?? 0
        return value
    }

    package mutating func channel() -> LibxlDeviceChannel {
        var value = LibxlDeviceChannel(
            devid: DeviceID(rawValue: Int32(next() >> 33)), name: text(),
            connection: flip() ? .pty : .socket(path: text()))
        value.backendDomainID = DomainID(rawValue: UInt32(next() % 3))
        value.backendDomainName = maybe { $0.text() }
        return value
    }
}
