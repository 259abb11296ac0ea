import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What libvirt cannot express. Source: `/domain/xenkeeper:options`.
    mutating func setOptions(_ options: XenOptions, _ guestType: GuestType, _ obstacles: inout Obstacles) {
        let versions: [(UInt32?, ClosedRange<UInt32>, String)] = [
            (options.usbVersion, 1...3, "machine/@usbVersion"), (options.maxGrantVersion, 1...2, "grants/@maxVersion"),
        ]
        for case (let version?, let known, let path) in versions {
            obstacles.noting { () throws(Untranslatable) in
                _ = try LibxlTranslation.checked(version, in: known, at: "/domain/xenkeeper:options/\(path)")
            }
        }
        timerMode = options.timerMode
        altp2m = options.alternativeViews ?? .disabled
        nestedHVM = options.nestedHVM ?? nestedHVM
        vpmu = options.vpmu
        msrRelaxed = options.msrRelaxed
        shadowMemory = options.shadowMemory
        claimMode = options.claimMemory
        maxMaptrackFrames = options.maxMaptrackFrames
        maxGrantVersion = options.maxGrantVersion
        disableMigrate = options.isMigrationDisabled
        blkdevStart = options.firstBlockDevice
        deviceModelSSIDLabel = options.deviceModelLabel
        setHostResources(options)
        setDeviceModel(options.deviceModel)
        setShim(options.pvShim)
        if guestType == .hvm { setEmulatedMachine(options) }
    }

    private mutating func setEmulatedMachine(_ options: XenOptions) {
        hvm.vptAlign = options.alignTimers
        hvm.nx = options.nx
        hvm.acpiLaptopSlate = options.acpiLaptopSlate
        hvm.xenPlatformPCI = options.xenPlatformPCI
        hvm.vkbDevice = options.vkbDevice
        hvm.vendorDevice = options.vendorDevice.flatMap { LibxlVendorDevice(rawValue: $0.rawValue) }
        hvm.hdType = options.diskController ?? .ide
        hvm.usbVersion = Int32(clamping: options.usbVersion ?? 0)
        hvm.mmioHoleMemory = options.mmioHole
        hvm.gfxPassthrough = options.graphicsPassthrough.map { _ in true }
        hvm.gfxPassthroughKind = options.graphicsPassthrough.flatMap { LibxlGfxPassthroughKind(rawValue: $0.rawValue) }
        hvm.smbiosFirmware = options.smbiosFirmware
        if let reserved = options.reservedMemory {
            hvm.rdm.strategy = reserved.isWholeHost ? .host : .ignore
            hvm.rdm.policy = reserved.policy
            hvm.rdmMemoryBoundary = reserved.boundary
        }
    }

    private mutating func setHostResources(_ options: XenOptions) {
        irqs = options.irqs
        ioports = options.ioPorts.map { range in
            var passed = LibxlIOPortRange()
            passed.first = range.first
            passed.count = range.count
            return passed
        }
        iomem = options.ioMemory.map { range in
            var passed = LibxlIOMemRange()
            passed.start = range.start
            passed.count = range.count
            passed.guestFrame = range.guestStart
            return passed
        }
    }

    private mutating func setDeviceModel(_ options: DeviceModelOptions) {
        deviceModelVersion =
            options.version ?? deviceModelVersion
        deviceModelStubdomain = options.isStubdomain
        stubdomainMemory = options.stubdomainMemory
        stubdomainKernel = options.stubdomainKernel
        stubdomainRamdisk = options.stubdomainRamdisk
        stubdomainCommandLine = options.stubdomainCommandLine
        deviceModelUser = options.user
        dmRestrict = options.isRestricted
        extraPV = options.pvArguments
        extraHVM = options.hvmArguments
    }

    private mutating func setShim(_ shim: PVShim?) {
        pvh.pvshim = shim?.isEnabled
        pvh.pvshimPath = shim?.path
        pvh.pvshimCommandLine = shim?.commandLine
        pvh.pvshimExtra = shim?.extra
    }
}
