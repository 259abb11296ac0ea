import XenUnits

extension LibxlHVMInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case firmware, bios, pae
        case acpiS3 = "acpi_s3"
        case acpiS4 = "acpi_s4"
        case acpiLaptopSlate = "acpi_laptop_slate"
        case nx, viridian
        case viridianEnable = "viridian_enable"
        case viridianDisable = "viridian_disable"
        case timeOffset = "timeoffset"
        case hpet
        case vptAlign = "vpt_align"
        case mmioHoleMemory = "mmio_hole_memkb"
        case systemFirmware = "system_firmware"
        case smbiosFirmware = "smbios_firmware"
        case acpiFirmware = "acpi_firmware"
        case hdType = "hdtype"
        case nographic, vnc, keymap, sdl, spice
        case gfxPassthrough = "gfx_passthru"
        case gfxPassthroughKind = "gfx_passthru_kind"
        case serial, boot, usb
        case usbVersion = "usbversion"
        case usbDevice = "usbdevice"
        case vkbDevice = "vkb_device"
        case soundHardware = "soundhw"
        case xenPlatformPCI = "xen_platform_pci"
        case usbDeviceList = "usbdevice_list"
        case vendorDevice = "vendor_device"
        case generationID = "ms_vm_genid"
        case serialList = "serial_list"
        case rdm
        case rdmMemoryBoundary = "rdm_mem_boundary_memkb"
        case mcaCapabilities = "mca_caps"
        case vgaInterface = "vga"
    }

    enum VGAKeys: String, CodingKey {
        case vga = "kind"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        firmware = try values.decodeIfPresent(String.self, forKey: .firmware)
        bios = try values.decodeIfPresent(LibxlBIOSType.self, forKey: .bios)
        pae = try values.decode(defboolForKey: .pae)
        acpiS3 = try values.decode(defboolForKey: .acpiS3)
        acpiS4 = try values.decode(defboolForKey: .acpiS4)
        acpiLaptopSlate = try values.decode(defboolForKey: .acpiLaptopSlate)
        nx = try values.decode(defboolForKey: .nx)
        viridian = try values.decode(defboolForKey: .viridian)
        viridianEnable = try values.decode(forKey: .viridianEnable, default: [])
        viridianDisable = try values.decode(forKey: .viridianDisable, default: [])
        timeOffset = try values.decodeIfPresent(String.self, forKey: .timeOffset)
        hpet = try values.decode(defboolForKey: .hpet)
        vptAlign = try values.decode(defboolForKey: .vptAlign)
        mmioHoleMemory = try values.decodeIfPresent(Kibibytes.self, forKey: .mmioHoleMemory)
        systemFirmware = try values.decodeIfPresent(String.self, forKey: .systemFirmware)
        smbiosFirmware = try values.decodeIfPresent(String.self, forKey: .smbiosFirmware)
        acpiFirmware = try values.decodeIfPresent(String.self, forKey: .acpiFirmware)
        hdType = try values.decode(forKey: .hdType, default: .ide)
        nographic = try values.decode(defboolForKey: .nographic)
        vnc = try values.decode(forKey: .vnc, default: LibxlVNCInfo())
        keymap = try values.decodeIfPresent(String.self, forKey: .keymap)
        sdl = try values.decode(forKey: .sdl, default: LibxlSDLInfo())
        spice = try values.decode(forKey: .spice, default: LibxlSpiceInfo())
        gfxPassthrough = try values.decode(defboolForKey: .gfxPassthrough)
        gfxPassthroughKind = try values.decodeIfPresent(LibxlGfxPassthroughKind.self, forKey: .gfxPassthroughKind)
        serial = try values.decodeIfPresent(String.self, forKey: .serial)
        boot = try values.decodeIfPresent(String.self, forKey: .boot)
        usb = try values.decode(defboolForKey: .usb)
        usbVersion = try values.decode(forKey: .usbVersion, default: 0)
        usbDevice = try values.decodeIfPresent(String.self, forKey: .usbDevice)
        vkbDevice = try values.decode(defboolForKey: .vkbDevice)
        soundHardware = try values.decodeIfPresent(String.self, forKey: .soundHardware)
        xenPlatformPCI = try values.decode(defboolForKey: .xenPlatformPCI)
        usbDeviceList = try values.decode(forKey: .usbDeviceList, default: [])
        vendorDevice = try values.decodeIfPresent(LibxlVendorDevice.self, forKey: .vendorDevice)
        generationID = try values.decodeIfPresent(LibxlGenerationID.self, forKey: .generationID)
        serialList = try values.decode(forKey: .serialList, default: [])
        rdm = try values.decode(forKey: .rdm, default: LibxlRDMReserve())
        rdmMemoryBoundary = try values.decodeIfPresent(Kibibytes.self, forKey: .rdmMemoryBoundary)
        mcaCapabilities = try values.decode(forKey: .mcaCapabilities, default: 0)
        if values.contains(.vgaInterface) {
            let interface = try values.nestedContainer(keyedBy: VGAKeys.self, forKey: .vgaInterface)
            vga = try interface.decodeIfPresent(LibxlVGAInterfaceType.self, forKey: .vga)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(firmware, forKey: .firmware)
        try values.encodeIfPresent(bios, forKey: .bios)
        try values.encode(defbool: pae, forKey: .pae)
        try values.encode(defbool: acpiS3, forKey: .acpiS3)
        try values.encode(defbool: acpiS4, forKey: .acpiS4)
        try values.encode(defbool: acpiLaptopSlate, forKey: .acpiLaptopSlate)
        try values.encode(defbool: nx, forKey: .nx)
        try values.encode(defbool: viridian, forKey: .viridian)
        try values.encode(viridianEnable, unless: [], forKey: .viridianEnable)
        try values.encode(viridianDisable, unless: [], forKey: .viridianDisable)
        try values.encodeIfPresent(timeOffset, forKey: .timeOffset)
        try values.encode(defbool: hpet, forKey: .hpet)
        try values.encode(defbool: vptAlign, forKey: .vptAlign)
        try values.encodeIfPresent(mmioHoleMemory, forKey: .mmioHoleMemory)
        try values.encodeIfPresent(systemFirmware, forKey: .systemFirmware)
        try values.encodeIfPresent(smbiosFirmware, forKey: .smbiosFirmware)
        try values.encodeIfPresent(acpiFirmware, forKey: .acpiFirmware)
        try values.encode(hdType, unless: .ide, forKey: .hdType)
        try values.encode(defbool: nographic, forKey: .nographic)
        try values.encode(vnc, unless: LibxlVNCInfo(), forKey: .vnc)
        try values.encodeIfPresent(keymap, forKey: .keymap)
        try values.encode(sdl, unless: LibxlSDLInfo(), forKey: .sdl)
        try values.encode(spice, unless: LibxlSpiceInfo(), forKey: .spice)
        try values.encode(defbool: gfxPassthrough, forKey: .gfxPassthrough)
        try values.encodeIfPresent(gfxPassthroughKind, forKey: .gfxPassthroughKind)
        try values.encodeIfPresent(serial, forKey: .serial)
        try values.encodeIfPresent(boot, forKey: .boot)
        try values.encode(defbool: usb, forKey: .usb)
        try values.encode(usbVersion, unless: 0, forKey: .usbVersion)
        try values.encodeIfPresent(usbDevice, forKey: .usbDevice)
        try values.encode(defbool: vkbDevice, forKey: .vkbDevice)
        try values.encodeIfPresent(soundHardware, forKey: .soundHardware)
        try values.encode(defbool: xenPlatformPCI, forKey: .xenPlatformPCI)
        try values.encode(usbDeviceList, unless: [], forKey: .usbDeviceList)
        try values.encodeIfPresent(vendorDevice, forKey: .vendorDevice)
        try values.encodeIfPresent(generationID, forKey: .generationID)
        try values.encode(serialList, unless: [], forKey: .serialList)
        try values.encode(rdm, unless: LibxlRDMReserve(), forKey: .rdm)
        try values.encodeIfPresent(rdmMemoryBoundary, forKey: .rdmMemoryBoundary)
        try values.encode(mcaCapabilities, unless: 0, forKey: .mcaCapabilities)
        if let vga {
            var interface = values.nestedContainer(keyedBy: VGAKeys.self, forKey: .vgaInterface)
            try interface.encode(vga, forKey: .vga)
        }
    }
}

extension LibxlRDMReserve: Codable {
    enum CodingKeys: String, CodingKey {
        case strategy, policy
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        strategy = try values.decode(forKey: .strategy, default: .ignore)
        policy = try values.decodeIfPresent(ReservedMemoryPolicy.self, forKey: .policy)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(strategy, unless: .ignore, forKey: .strategy)
        try values.encodeIfPresent(policy, forKey: .policy)
    }
}
