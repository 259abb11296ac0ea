public import XenUnits

/// What only a fully virtualised guest has. Source: `libxl_domain_build_info.u.hvm`.
public struct LibxlHVMInfo: Hashable, Sendable {
    /// A file in place of hvmloader.
    public var firmware: String?
    public var bios: LibxlBIOSType?
    public var pae: Bool?
    /// `acpi_s3`.
    public var acpiS3: Bool?
    /// `acpi_s4`.
    public var acpiS4: Bool?
    /// `acpi_laptop_slate`.
    public var acpiLaptopSlate: Bool?
    public var nx: Bool?
    /// Microsoft's enlightenments that libxl takes for granted.
    public var viridian: Bool?
    /// In order of their numbers. `viridian_enable`.
    public var viridianEnable: [LibxlViridianEnlightenment] = []
    /// In order of their numbers. `viridian_disable`.
    public var viridianDisable: [LibxlViridianEnlightenment] = []
    /// In seconds. `timeoffset`.
    public var timeOffset: String?
    public var hpet: Bool?
    /// `vpt_align`.
    public var vptAlign: Bool?
    /// `mmio_hole_memkb`.
    public var mmioHoleMemory: Kibibytes?
    /// A file. `system_firmware`.
    public var systemFirmware: String?
    /// A file. `smbios_firmware`.
    public var smbiosFirmware: String?
    /// A file. `acpi_firmware`.
    public var acpiFirmware: String?
    /// What `hdX` disks hang on. `hdtype`.
    public var hdType: DiskControllerType = .ide
    /// No display at all.
    public var nographic: Bool?
    /// `kind`.
    public var vga: LibxlVGAInterfaceType?
    public var vnc: LibxlVNCInfo = LibxlVNCInfo()
    public var keymap: String?
    public var sdl: LibxlSDLInfo = LibxlSDLInfo()
    public var spice: LibxlSpiceInfo = LibxlSpiceInfo()
    /// `gfx_passthru`.
    public var gfxPassthrough: Bool?
    /// `gfx_passthru_kind`.
    public var gfxPassthroughKind: LibxlGfxPassthroughKind?
    /// Where the one serial port goes, in QEMU's words; `serialList` for more.
    public var serial: String?
    /// Letters of `a c d n`, in order.
    public var boot: String?
    /// A UHCI controller of QEMU's.
    public var usb: Bool?
    /// Of 1, 2, 3: which controller; 0 is `usb`'s. `usbversion`.
    public var usbVersion: Int32 = 0
    /// One device, in QEMU's words; `usbDeviceList` for more. `usbdevice`.
    public var usbDevice: String?
    /// `vkb_device`.
    public var vkbDevice: Bool?
    /// In QEMU's words. `soundhw`.
    public var soundHardware: String?
    /// `xen_platform_pci`.
    public var xenPlatformPCI: Bool?
    /// In QEMU's words. `usbdevice_list`.
    public var usbDeviceList: [String] = []
    /// `vendor_device`.
    public var vendorDevice: LibxlVendorDevice?
    /// nil is none. `ms_vm_genid`.
    public var generationID: LibxlGenerationID?
    /// Where each serial port goes, in QEMU's words. `serial_list`.
    public var serialList: [String] = []
    public var rdm: LibxlRDMReserve = LibxlRDMReserve()
    /// `rdm_mem_boundary_memkb`.
    public var rdmMemoryBoundary: Kibibytes?
    /// Bits. `mca_caps`.
    public var mcaCapabilities: UInt64 = 0

    /// Everything at libxl's default.
    public init() {}
}

/// What becomes of the memory that the host's firmware reserves for devices. Source: `libxl_rdm_reserve`.
public struct LibxlRDMReserve: Hashable, Sendable {
    public var strategy: LibxlRDMReserveStrategy = .ignore
    public var policy: ReservedMemoryPolicy?

    /// Everything at libxl's default.
    public init() {}
}

/// The firmware that a guest boots with. The raw value is libxl's name. Source: `libxl_bios_type`.
public enum LibxlBIOSType: String, Hashable, Sendable, Codable, CaseIterable {
    case rombios
    case seabios
    case ovmf
}

/// The emulated graphics card. The raw value is libxl's name. Source: `libxl_vga_interface_type`.
public enum LibxlVGAInterfaceType: String, Hashable, Sendable, Codable, CaseIterable {
    case cirrus
    case std
    case none
    case qxl
}

/// A graphics card of the host's that needs more than to be passed through. The raw value is libxl's name. Source: `libxl_gfx_passthru_kind`.
public enum LibxlGfxPassthroughKind: String, Hashable, Sendable, Codable, CaseIterable {
    case igd
}

/// Whose PCI device Windows takes drivers from its update service for. The raw value is libxl's name. Source: `libxl_vendor_device`.
public enum LibxlVendorDevice: String, Hashable, Sendable, Codable, CaseIterable {
    case xenserver
}

/// Which reserved regions are kept clear in the guest. The raw value is libxl's name. Source: `libxl_rdm_reserve_strategy`.
public enum LibxlRDMReserveStrategy: String, Hashable, Sendable, Codable, CaseIterable {
    case ignore
    case host
}

/// Something that Microsoft's hypervisor tells its guests. Its JSON is libxl's number of it, as in libxl's bitmaps.
///
/// Source: `libxl_viridian_enlightenment`.
public enum LibxlViridianEnlightenment: UInt32, Hashable, Sendable, Codable, CaseIterable {
    case base
    case freq
    case timeRefCount
    case referenceTSC
    case hcallRemoteTLBFlush
    case apicAssist
    case crashCtl
    case synic
    case stimer
    case hcallIPI
    case exProcessorMasks
    case noVPLimit
    case cpuHotplug
}
