import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("What libvirt cannot express, as it is passed to libxl")
struct XenOptionsTranslationTests {
    static let cases: [GuestCase] = [
        GuestCase(
            "everything of an emulated machine", .hvm,
            #"""
            {"b_info": {"timer_mode": "no_missed_ticks_pending", "altp2m": "external", "shadow_memkb": 8192,
              "device_model_version": "qemu_xen", "device_model_stubdomain": "True", "stubdomain_memkb": 131072,
              "stubdomain_kernel": "/k", "stubdomain_ramdisk": "/r", "stubdomain_cmdline": "c",
              "device_model_user": "qemu", "dm_restrict": "True", "extra_hvm": ["-h"],
              "type.hvm": {"vpt_align": "False", "nx": "True", "acpi_laptop_slate": "True", "xen_platform_pci": "False",
               "vkb_device": "False", "vendor_device": "xenserver", "hdtype": "ahci", "usbversion": 3,
               "mmio_hole_memkb": 2097152, "gfx_passthru": "True", "gfx_passthru_kind": "igd",
               "smbios_firmware": "/s", "rdm": {"strategy": "host", "policy": "relaxed"},
               "rdm_mem_boundary_memkb": 1024}}}
            """#
        ) {
            $0.xen.timerMode = .noMissedTicksPending
            $0.xen.alternativeViews = .external
            $0.xen.shadowMemory = Kibibytes(8192)
            $0.xen.deviceModel.version = .qemuXen
            $0.xen.deviceModel.isStubdomain = true
            $0.xen.deviceModel.stubdomainMemory = Kibibytes(131_072)
            $0.xen.deviceModel.stubdomainKernel = "/k"
            $0.xen.deviceModel.stubdomainRamdisk = "/r"
            $0.xen.deviceModel.stubdomainCommandLine = "c"
            $0.xen.deviceModel.user = "qemu"
            $0.xen.deviceModel.isRestricted = true
            $0.xen.deviceModel.hvmArguments = ["-h"]
            $0.xen.alignTimers = false
            $0.xen.nx = true
            $0.xen.acpiLaptopSlate = true
            $0.xen.xenPlatformPCI = false
            $0.xen.vkbDevice = false
            $0.xen.vendorDevice = .xenserver
            $0.xen.diskController = .ahci
            $0.xen.usbVersion = 3
            $0.xen.mmioHole = Kibibytes(2_097_152)
            $0.xen.graphicsPassthrough = .igd
            $0.xen.smbiosFirmware = "/s"
            $0.xen.reservedMemory = ReservedMemory(isWholeHost: true, policy: .relaxed, boundary: Kibibytes(1024))
        },
        GuestCase(
            "everything of any guest", .pv,
            #"""
            {"c_info": {"pool_name": "fast", "driver_domain": "True", "ssid_label": "i"},
             "b_info": {"vpmu": "True", "arch_x86": {"msr_relaxed": "True"}, "claim_mode": "True",
              "max_maptrack_frames": 9, "max_grant_version": 1, "disable_migrate": "True", "numa_placement": "False",
              "blkdev_start": "xvdz", "device_model_ssid_label": "d", "exec_ssid_label": "e", "extra_pv": ["-p"],
              "ioports": [{"first": 8, "number": 4}], "irqs": [5],
              "iomem": [{"start": 1, "number": 2, "gfn": 3}, {"start": 4, "number": 5}]}}
            """#
        ) {
            $0.xen.pool = "fast"
            $0.xen.driverDomain = true
            $0.xen.vpmu = true
            $0.xen.msrRelaxed = true
            $0.xen.claimMemory = true
            $0.xen.maxMaptrackFrames = 9
            $0.xen.maxGrantVersion = 1
            $0.xen.isMigrationDisabled = true
            $0.xen.numaPlacement = false
            $0.xen.firstBlockDevice = "xvdz"
            $0.xen.deviceModelLabel = "d"
            $0.xen.initialLabel = "i"
            $0.securityLabels = [SecurityLabel(type: "static", label: "e")]
            $0.xen.deviceModel.pvArguments = ["-p"]
            $0.xen.ioPorts = [IOPortRange(first: 8, count: 4)]
            $0.xen.irqs = [5]
            $0.xen.ioMemory = [
                IOMemoryRange(start: 1, count: 2, guestStart: 3), IOMemoryRange(start: 4, count: 5),
            ]
        },
        GuestCase(
            "a shim", .pvh,
            #"""
            {"b_info": {"type.pvh": {"pvshim": "True", "pvshim_path": "/p", "pvshim_cmdline": "c", "pvshim_extra": "e"}}}
            """#
        ) {
            var shim = PVShim(isEnabled: true)
            shim.path = "/p"
            shim.commandLine = "c"
            shim.extra = "e"
            $0.xen.pvShim = shim
        },
        GuestCase("libxl's choice of graphics card", .hvm, #"{"b_info": {"type.hvm": {"gfx_passthru": "True"}}}"#) {
            $0.xen.graphicsPassthrough = .automatic
        },
    ]

    @Test("libxl's JSON says what the document said", arguments: cases)
    func saysWhatTheDocumentSaid(_ example: GuestCase) throws { try example.check() }

    @Test("every word is libxl's word")
    func words() throws {
        func passed(_ vary: (inout XenOptions) -> Void) throws -> LibxlDomainBuildInfo {
            try LibxlDomainConfig(Samples.guest(.hvm) { vary(&$0.xen) }).buildInfo
        }
        for mode in TimerMode.allCases {
            #expect(try passed { $0.timerMode = mode }.timerMode?.rawValue == mode.rawValue)
        }
        for mode in AlternativeViews.allCases {
            #expect(try passed { $0.alternativeViews = mode }.altp2m.rawValue == mode.rawValue)
        }
        for type in DiskControllerType.allCases {
            #expect(try passed { $0.diskController = type }.hvm.hdType.rawValue == type.rawValue)
        }
        for version in DeviceModelVersion.allCases {
            #expect(try passed { $0.deviceModel.version = version }.deviceModelVersion?.rawValue == version.rawValue)
        }
        #expect(try passed { $0.vendorDevice = VendorDevice.none }.hvm.vendorDevice == nil)
    }

    struct Switch: CustomTestStringConvertible {
        let testDescription: String
        let only: [GuestType]
        let vary: @Sendable (inout XenOptions) -> Void
        init(_ path: String, _ only: [GuestType], _ vary: @escaping @Sendable (inout XenOptions) -> Void) {
            testDescription = path
            self.only = only
            self.vary = vary
        }
    }

    static let switches: [Switch] = [
        Switch("timer/@align", [.hvm]) { $0.alignTimers = true },
        Switch("machine/@nx", [.hvm]) { $0.nx = true },
        Switch("machine/@acpiLaptopSlate", [.hvm]) { $0.acpiLaptopSlate = true },
        Switch("machine/@xenPlatformPCI", [.hvm]) { $0.xenPlatformPCI = true },
        Switch("machine/@vkbDevice", [.hvm]) { $0.vkbDevice = true },
        Switch("machine/@vendorDevice", [.hvm]) { $0.vendorDevice = .xenserver },
        Switch("machine/@hdtype", [.hvm]) { $0.diskController = .ahci },
        Switch("machine/@usbVersion", [.hvm]) { $0.usbVersion = 1 },
        Switch("memory/@mmioHole", [.hvm]) { $0.mmioHole = Kibibytes(1024) },
        Switch("graphicsPassthrough", [.hvm]) { $0.graphicsPassthrough = .igd },
        Switch("reservedMemory", [.hvm]) { $0.reservedMemory = ReservedMemory(isWholeHost: true, policy: nil) },
        Switch("smbios/@path", [.hvm]) { $0.smbiosFirmware = "/s" },
        Switch("deviceModel/@stubdomain", [.hvm]) { $0.deviceModel.isStubdomain = true },
        Switch("deviceModel/@stubdomainMemory", [.hvm]) { $0.deviceModel.stubdomainMemory = Kibibytes(1) },
        Switch("deviceModel/@stubdomainKernel", [.hvm]) { $0.deviceModel.stubdomainKernel = "/k" },
        Switch("deviceModel/@stubdomainRamdisk", [.hvm]) { $0.deviceModel.stubdomainRamdisk = "/r" },
        Switch("deviceModel/@stubdomainCmdline", [.hvm]) { $0.deviceModel.stubdomainCommandLine = "c" },
        Switch("deviceModel/hvmArg", [.hvm]) { $0.deviceModel.hvmArguments = ["-h"] },
        Switch("deviceModel/pvArg", [.pv]) { $0.deviceModel.pvArguments = ["-p"] },
        Switch("timer/@mode", [.hvm, .pvh]) { $0.timerMode = .oneMissedTickPending },
        Switch("altp2m/@mode", [.hvm, .pvh]) { $0.alternativeViews = .mixed },
        Switch("machine/@nestedHVM", [.hvm, .pvh]) { $0.nestedHVM = true },
        Switch("memory/@shadow", [.hvm, .pvh]) { $0.shadowMemory = Kibibytes(1) },
        Switch("pvshim", [.pvh]) { $0.pvShim = PVShim(isEnabled: true) },
    ]

    @Test(
        "a guest that has no such thing is given nothing of it, and that is noticed; any other is given it",
        arguments: switches, GuestType.allCases)
    func givenOrNoticed(_ option: Switch, guest: GuestType) throws {
        let plain = try Samples.guest(guest)
        let varied = try Samples.guest(guest) { option.vary(&$0.xen) }
        let translation = Translation(varied)
        #expect(translation.obstacles == [])
        if option.only.contains(guest) {
            #expect(try translation.config != LibxlDomainConfig(plain))
            #expect(translation.notices == [])
        } else {
            #expect(try translation.config == LibxlDomainConfig(plain))
            let path = "/domain/xenkeeper:options/\(option.testDescription)"
            #expect(
                translation.notices.map(\.path.removingKind) == [path.removingKind]
                    && translation.notices.map(\.reason) == [.onlyForGuestType(option.only)])
        }
    }

    @Test("a version that libxl does not have is refused")
    func versions() throws {
        #expect(
            throws: Untranslatable(
                path: "/domain/xenkeeper:options/machine/@usbVersion", reason: .outOfRange(4, least: 1, most: 3))
        ) { try LibxlDomainConfig(Samples.guest(.hvm) { $0.xen.usbVersion = 4 }) }
        #expect(
            throws: Untranslatable(
                path: "/domain/xenkeeper:options/grants/@maxVersion", reason: .outOfRange(3, least: 1, most: 2))
        ) { try LibxlDomainConfig(Samples.guest(.pv) { $0.xen.maxGrantVersion = 3 }) }
    }
}

extension String {
    /// The path of an element by that of an attribute of it.
    fileprivate var removingKind: String { replacing("/@kind", with: "") }
}
