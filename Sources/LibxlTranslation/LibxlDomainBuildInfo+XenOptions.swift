import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What libvirt has no word for. Source: `/domain/xenkeeper:options`.
    mutating func setOptions(_ options: XenOptions, _ guestType: GuestType) throws(Untranslatable) {
        try Self.refuse(options, guestType)
        timerMode = options.timerMode.flatMap { LibxlTimerMode(rawValue: $0.rawValue) }
        altp2m = options.alternativeViews.flatMap { LibxlAltP2MMode(rawValue: $0.rawValue) } ?? .disabled
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
        execSSIDLabel = options.initialLabel
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
        hvm.hdType = options.diskController.flatMap { LibxlHDType(rawValue: $0.rawValue) } ?? .ide
        hvm.usbVersion = Int32(clamping: options.usbVersion ?? 0)
        hvm.mmioHoleMemory = options.mmioHole
        hvm.gfxPassthrough = options.graphicsPassthrough.map { _ in true }
        hvm.gfxPassthroughKind = options.graphicsPassthrough.flatMap { LibxlGfxPassthroughKind(rawValue: $0.rawValue) }
        hvm.smbiosFirmware = options.smbiosFirmware
        if let reserved = options.reservedMemory {
            hvm.rdm.strategy = reserved.isWholeHost ? .host : .ignore
            hvm.rdm.policy = reserved.policy.map(LibxlRDMReservePolicy.init)
            hvm.rdmMemoryBoundary = reserved.boundary
        }
    }

    private mutating func setHostResources(_ options: XenOptions) {
        irqs = options.irqs
        ioports = options.ioPorts.map { range in
            var told = LibxlIOPortRange()
            told.first = range.first
            told.count = range.count
            return told
        }
        iomem = options.ioMemory.map { range in
            var told = LibxlIOMemRange()
            told.start = range.start
            told.count = range.count
            told.guestFrame = range.guestStart
            return told
        }
    }

    private mutating func setDeviceModel(_ options: DeviceModelOptions) {
        deviceModelVersion =
            options.version.flatMap { LibxlDeviceModelVersion(rawValue: $0.rawValue) } ?? deviceModelVersion
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

    /// Refuses what libxl does not tell a guest of this type, and numbers that it does not take.
    private static func refuse(_ options: XenOptions, _ guestType: GuestType) throws(Untranslatable) {
        let model = options.deviceModel
        let emulated: [(String, Bool)] = [
            ("timer/@align", options.alignTimers != nil), ("machine/@nx", options.nx != nil),
            ("machine/@acpiLaptopSlate", options.acpiLaptopSlate != nil),
            ("machine/@xenPlatformPCI", options.xenPlatformPCI != nil),
            ("machine/@vkbDevice", options.vkbDevice != nil), ("machine/@vendorDevice", options.vendorDevice != nil),
            ("machine/@hdtype", options.diskController != nil), ("machine/@usbVersion", options.usbVersion != nil),
            ("memory/@mmioHole", options.mmioHole != nil),
            ("graphicsPassthrough", options.graphicsPassthrough != nil),
            ("reservedMemory", options.reservedMemory != nil), ("smbios/@path", options.smbiosFirmware != nil),
            ("deviceModel/@stubdomain", model.isStubdomain != nil),
            ("deviceModel/@stubdomainMemory", model.stubdomainMemory != nil),
            ("deviceModel/@stubdomainKernel", model.stubdomainKernel != nil),
            ("deviceModel/@stubdomainRamdisk", model.stubdomainRamdisk != nil),
            ("deviceModel/@stubdomainCmdline", model.stubdomainCommandLine != nil),
            ("deviceModel/hvmArg", !model.hvmArguments.isEmpty),
        ]
        let assisted: [(String, Bool)] = [
            ("timer/@mode", options.timerMode != nil), ("altp2m/@mode", options.alternativeViews != nil),
            ("machine/@nestedHVM", options.nestedHVM != nil), ("memory/@shadow", options.shadowMemory != nil),
        ]
        for (path, isGiven) in emulated where isGiven {
            try guestType.require([.hvm], at: "/domain/xenkeeper:options/\(path)")
        }
        for (path, isGiven) in assisted where isGiven {
            try guestType.require([.hvm, .pvh], at: "/domain/xenkeeper:options/\(path)")
        }
        if options.pvShim != nil { try guestType.require([.pvh], at: "/domain/xenkeeper:options/pvshim") }
        if !model.pvArguments.isEmpty {
            try guestType.require([.pv], at: "/domain/xenkeeper:options/deviceModel/pvArg")
        }
        if let version = options.usbVersion {
            _ = try LibxlTranslation.checked(version, in: 1...3, at: "/domain/xenkeeper:options/machine/@usbVersion")
        }
        if let version = options.maxGrantVersion {
            _ = try LibxlTranslation.checked(version, in: 1...2, at: "/domain/xenkeeper:options/grants/@maxVersion")
        }
    }
}

extension LibxlRDMReservePolicy {
    init(_ policy: ReservedMemoryPolicy) {
        switch policy {
        case .strict: self = .strict
        case .relaxed: self = .relaxed
        }
    }
}
