#if Xen
import CLibxl
import CXenShim
import Glibc
import LibxlAPI
import XenUnits

extension LibxlDomainConfig: LibxlStructure {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) {
        cxen_domain_config_init(libxl.table, structure)
    }

    static func dispose(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) {
        cxen_domain_config_dispose(libxl.table, structure)
    }

    func fill(_ structure: UnsafeMutablePointer<libxl_domain_config>, _ libxl: LibxlFunctions) throws(Unfit) {
        try createInfo.fill(&structure.pointee.c_info)
        try buildInfo.fill(&structure.pointee.b_info, guestType: createInfo.type)
        try Self.fill(disks, "disks", &structure.pointee.disks, &structure.pointee.num_disks, libxl)
        try Self.fill(nics, "nics", &structure.pointee.nics, &structure.pointee.num_nics, libxl)
        structure.pointee.on_poweroff = onPoweroff.cValue
        structure.pointee.on_reboot = onReboot.cValue
        structure.pointee.on_crash = onCrash.cValue
    }

    /// Makes an array that the configuration's dispose frees. `count` counts those that are initialised, so that an
    /// error halfway leaves no other behind.
    private static func fill<Device: LibxlStructure>(
        _ devices: [Device], _ field: String, _ array: inout UnsafeMutablePointer<Device.CStructure>?,
        _ count: inout Int32, _ libxl: LibxlFunctions
    ) throws(Unfit) {
        guard !devices.isEmpty else { return }
        guard let memory = calloc(devices.count, MemoryLayout<Device.CStructure>.stride) else {
            throw Unfit(field: field, reason: "out of memory")
        }
        let first = memory.bindMemory(to: Device.CStructure.self, capacity: devices.count)
        array = first
        for (index, device) in devices.enumerated() {
            Device.initialise(first + index, libxl)
            count = Int32(index + 1)
            try device.fill(first + index, libxl)
        }
    }
}

extension LibxlDomainCreateInfo {
    func fill(_ structure: inout libxl_domain_create_info) throws(Unfit) {
        structure.type = type.cValue
        structure.hap.set(hap)
        structure.name = try name.duplicated(for: "name")
        withUnsafeMutableBytes(of: &structure.uuid) { octets in
            octets.storeBytes(of: uuid.high.bigEndian, as: UInt64.self)
            octets.storeBytes(of: uuid.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        if let passthrough { structure.passthrough = passthrough.cValue }
    }
}

extension LibxlDomainBuildInfo {
    func fill(_ structure: inout libxl_domain_build_info, guestType: GuestType) throws(Unfit) {
        libxl_domain_build_info_init_type(&structure, guestType.cValue)
        guard let count = Int32(exactly: maxVCPUs) else {
            throw Unfit(field: "max_vcpus", reason: "\(maxVCPUs) is more than \(Int32.max)")
        }
        structure.max_vcpus = count
        try fillAvailableVCPUs(&structure.avail_vcpus)
        structure.max_memkb = maxMemory.count
        structure.target_memkb = targetMemory.count
        structure.localtime.set(localtime)
        // libxl keeps a signed number of seconds in an unsigned field.
        structure.rtc_timeoffset = UInt32(bitPattern: rtcTimeOffset)
        structure.kernel = try kernel.duplicated(for: "kernel")
        structure.ramdisk = try ramdisk.duplicated(for: "ramdisk")
        structure.cmdline = try cmdline.duplicated(for: "cmdline")
        structure.acpi.set(acpi)
        structure.apic.set(apic)
        switch guestType {
        case .pv:
            structure.u.pv.bootloader = try bootloader.duplicated(for: "bootloader")
            structure.u.pv.bootloader_args = try bootloaderArguments.duplicated(for: "bootloader_args")
            structure.u.pv.e820_host.set(e820Host)
        case .pvh:
            structure.bootloader = try bootloader.duplicated(for: "bootloader")
            structure.bootloader_args = try bootloaderArguments.duplicated(for: "bootloader_args")
        case .hvm:
            structure.u.hvm.pae.set(pae)
            structure.u.hvm.boot = try boot.duplicated(for: "boot")
            structure.u.hvm.nographic.set(nographic)
        }
    }

    private func fillAvailableVCPUs(_ bitmap: inout libxl_bitmap) throws(Unfit) {
        if let stray = availableVCPUs.first(where: { $0 >= maxVCPUs }) {
            throw Unfit(field: "avail_vcpus", reason: "there is no vCPU \(stray) among \(maxVCPUs)")
        }
        // Room for all of them, also where none is on line: libxl takes a map without room for "as you like".
        let size = (Int(maxVCPUs) + 7) / 8
        guard size > 0 else { return }
        guard let memory = calloc(size, 1) else { throw Unfit(field: "avail_vcpus", reason: "out of memory") }
        bitmap.size = UInt32(size)
        bitmap.map = memory.bindMemory(to: UInt8.self, capacity: size)
        for number in availableVCPUs { bitmap.map[Int(number / 8)] |= 1 << (number % 8) }
    }
}

extension libxl_defbool {
    /// Sets the switch; nil leaves it to libxl.
    fileprivate mutating func set(_ value: Bool?) {
        guard let value else { return }
        libxl_defbool_set(&self, value)
    }
}
#endif
