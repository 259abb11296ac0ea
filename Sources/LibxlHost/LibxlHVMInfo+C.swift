#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlHVMInfo {
    func fill(_ structure: inout libxl_domain_build_info) throws(Unfit) {
        structure.u.hvm.firmware = try firmware.duplicated(for: "firmware")
        if let bios { structure.u.hvm.bios = bios.cValue }
        structure.u.hvm.pae.set(pae)
        structure.u.hvm.acpi_s3.set(acpiS3)
        structure.u.hvm.acpi_s4.set(acpiS4)
        structure.u.hvm.acpi_laptop_slate.set(acpiLaptopSlate)
        structure.u.hvm.nx.set(nx)
        structure.u.hvm.viridian.set(viridian)
        try structure.u.hvm.viridian_enable.set(viridianEnable.map(\.rawValue), for: "viridian_enable")
        try structure.u.hvm.viridian_disable.set(viridianDisable.map(\.rawValue), for: "viridian_disable")
        structure.u.hvm.timeoffset = try timeOffset.duplicated(for: "timeoffset")
        structure.u.hvm.hpet.set(hpet)
        structure.u.hvm.vpt_align.set(vptAlign)
        try structure.u.hvm.mmio_hole_memkb.set(mmioHoleMemory, for: "mmio_hole_memkb")
        structure.u.hvm.system_firmware = try systemFirmware.duplicated(for: "system_firmware")
        structure.u.hvm.smbios_firmware = try smbiosFirmware.duplicated(for: "smbios_firmware")
        structure.u.hvm.acpi_firmware = try acpiFirmware.duplicated(for: "acpi_firmware")
        structure.u.hvm.hdtype = hdType.cValue
        structure.u.hvm.nographic.set(nographic)
        if let vga { structure.u.hvm.vga.kind = vga.cValue }
        try vnc.fill(&structure.u.hvm.vnc)
        structure.u.hvm.keymap = try keymap.duplicated(for: "keymap")
        try sdl.fill(&structure.u.hvm.sdl)
        try spice.fill(&structure.u.hvm.spice)
        structure.u.hvm.gfx_passthru.set(gfxPassthrough)
        if let gfxPassthroughKind { structure.u.hvm.gfx_passthru_kind = gfxPassthroughKind.cValue }
        structure.u.hvm.serial = try serial.duplicated(for: "serial")
        structure.u.hvm.boot = try boot.duplicated(for: "boot")
        structure.u.hvm.usb.set(usb)
        structure.u.hvm.usbversion = usbVersion
        structure.u.hvm.usbdevice = try usbDevice.duplicated(for: "usbdevice")
        structure.u.hvm.vkb_device.set(vkbDevice)
        structure.u.hvm.soundhw = try soundHardware.duplicated(for: "soundhw")
        structure.u.hvm.xen_platform_pci.set(xenPlatformPCI)
        structure.u.hvm.usbdevice_list = try usbDeviceList.duplicated(for: "usbdevice_list")
        if let vendorDevice { structure.u.hvm.vendor_device = vendorDevice.cValue }
        if let generationID { structure.u.hvm.ms_vm_genid.set(generationID) }
        structure.u.hvm.serial_list = try serialList.duplicated(for: "serial_list")
        rdm.fill(&structure.u.hvm.rdm)
        try structure.u.hvm.rdm_mem_boundary_memkb.set(rdmMemoryBoundary, for: "rdm_mem_boundary_memkb")
        structure.u.hvm.mca_caps = mcaCapabilities
    }
}

extension LibxlRDMReserve {
    func fill(_ structure: inout libxl_rdm_reserve) {
        structure.strategy = strategy.cValue
        if let policy { structure.policy = policy.cValue }
    }
}
#endif
