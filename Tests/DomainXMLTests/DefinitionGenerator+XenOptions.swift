import XenModel
import XenUnits

// `/domain/xenkeeper:options`.
extension DefinitionGenerator {
    mutating func xenOptions(vcpus: UInt32) -> XenOptions {
        var options = XenOptions()
        drawMachine(&options)
        drawResources(&options)
        options.deviceModel = maybe { $0.deviceModel() } ?? DeviceModelOptions()
        options.scheduler.cap = maybe { $0.number(in: 0...409_600) }
        options.scheduler.period = maybe { $0.number(in: 1...UInt32(Int32.max)) }
        options.scheduler.budget = maybe { $0.number(in: 1...UInt32(Int32.max)) }
        options.scheduler.extratime = maybe { $0.chance() }
        options.softPins = pins(vcpus: vcpus)
        options.pool = maybe { $0.plain() }
        options.driverDomain = maybe { $0.chance() }
        options.isMigrationDisabled = maybe { $0.chance() }
        options.numaPlacement = maybe { $0.chance() }
        options.pvShim = maybe {
            var shim = PVShim(isEnabled: $0.chance())
            shim.path = $0.maybe { $0.plain() }
            shim.commandLine = $0.maybe { $0.plain() }
            shim.extra = $0.maybe { $0.plain() }
            return shim
        }
        options.onWatchdog = maybe { $0.pick(LifecycleAction.allCases) }
        options.onSoftReset = maybe { $0.pick(SoftResetAction.allCases) }
        options.firstBlockDevice = maybe { $0.plain() }
        options.deviceModelLabel = maybe { $0.plain() }
        options.initialLabel = maybe { $0.plain() }
        return options
    }

    private mutating func drawMachine(_ options: inout XenOptions) {
        options.timerMode = maybe { $0.pick(TimerMode.allCases) }
        options.alignTimers = maybe { $0.chance() }
        options.alternativeViews = maybe { $0.pick(AlternativeViews.allCases) }
        options.nx = maybe { $0.chance() }
        options.nestedHVM = maybe { $0.chance() }
        options.vpmu = maybe { $0.chance() }
        options.msrRelaxed = maybe { $0.chance() }
        options.acpiLaptopSlate = maybe { $0.chance() }
        options.xenPlatformPCI = maybe { $0.chance() }
        options.vkbDevice = maybe { $0.chance() }
        options.vendorDevice = maybe { $0.pick(VendorDevice.allCases) }
        options.diskController = maybe { $0.pick(DiskControllerType.allCases) }
        options.usbVersion = maybe { $0.number(in: 1...3) }
        options.graphicsPassthrough = maybe { $0.pick(GraphicsPassthrough.allCases) }
        options.smbiosFirmware = maybe { $0.plain() }
    }

    private mutating func drawResources(_ options: inout XenOptions) {
        options.mmioHole = maybe { $0.mebibytes() }
        options.shadowMemory = maybe { $0.mebibytes() }
        options.claimMemory = maybe { $0.chance() }
        options.maxMaptrackFrames = maybe { $0.number(in: 0...UInt32.max) }
        options.maxGrantVersion = maybe { $0.number(in: 1...2) }
        options.reservedMemory = maybe {
            ReservedMemory(
                isWholeHost: $0.chance(), policy: $0.maybe { $0.pick(ReservedMemoryPolicy.allCases) },
                boundary: $0.maybe { $0.mebibytes() })
        }
        options.ioPorts = list {
            let first: UInt32 = $0.number(in: 0...0xffff)
            return IOPortRange(first: first, count: $0.number(in: 1...0x1_0000 - first))
        }
        options.irqs = some(of: [0, 5, 16, UInt32(Int32.max)])
        options.ioMemory = list {
            let start: UInt64 = $0.number(in: 0...1 << 51)
            let count: UInt64 = $0.number(in: 1...1 << 51)
            return IOMemoryRange(start: start, count: count, guestStart: $0.maybe { $0.number(in: 0...1 << 51) })
        }
    }

    private mutating func deviceModel() -> DeviceModelOptions {
        var model = DeviceModelOptions()
        model.version = maybe { $0.pick(DeviceModelVersion.allCases) }
        model.isStubdomain = maybe { $0.chance() }
        model.stubdomainMemory = maybe { $0.mebibytes() }
        model.stubdomainKernel = maybe { $0.plain() }
        model.stubdomainRamdisk = maybe { $0.plain() }
        model.stubdomainCommandLine = maybe { $0.plain() }
        model.user = maybe { $0.plain() }
        model.isRestricted = maybe { $0.chance() }
        model.pvArguments = list { $0.plain() }
        model.hvmArguments = list { $0.chance() ? $0.plain() : "" }
        model.usbDevices = list { $0.plain() }
        return model
    }

    private mutating func mebibytes() -> Kibibytes { Kibibytes(number(in: 0...1 << 40) << 10) }
}
