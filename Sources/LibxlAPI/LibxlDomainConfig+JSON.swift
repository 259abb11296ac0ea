import XenUnits

extension LibxlDomainConfig: Codable {
    enum CodingKeys: String, CodingKey {
        case createInfo = "c_info"
        case buildInfo = "b_info"
        case disks, nics
        case onPoweroff = "on_poweroff"
        case onReboot = "on_reboot"
        case onCrash = "on_crash"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let createInfo = try values.decode(LibxlDomainCreateInfo.self, forKey: .createInfo)
        let buildInfo = try values.decode(LibxlDomainBuildInfo.self, forKey: .buildInfo)
        self.init(createInfo: createInfo, buildInfo: buildInfo)
        disks = try values.decodeIfPresent([LibxlDeviceDisk].self, forKey: .disks) ?? []
        nics = try values.decodeIfPresent([LibxlDeviceNIC].self, forKey: .nics) ?? []
        onPoweroff = try values.decodeIfPresent(LifecycleAction.self, forKey: .onPoweroff) ?? .destroy
        onReboot = try values.decodeIfPresent(LifecycleAction.self, forKey: .onReboot) ?? .destroy
        onCrash = try values.decodeIfPresent(LifecycleAction.self, forKey: .onCrash) ?? .destroy
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(createInfo, forKey: .createInfo)
        try buildInfo.encode(
            to: values.superEncoder(forKey: .buildInfo), guestType: createInfo.type)
        if !disks.isEmpty { try values.encode(disks, forKey: .disks) }
        if !nics.isEmpty { try values.encode(nics, forKey: .nics) }
        if onPoweroff != .destroy { try values.encode(onPoweroff, forKey: .onPoweroff) }
        if onReboot != .destroy { try values.encode(onReboot, forKey: .onReboot) }
        if onCrash != .destroy { try values.encode(onCrash, forKey: .onCrash) }
    }
}

extension LibxlDomainCreateInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case type, hap, name, uuid, passthrough
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(GuestType.self, forKey: .type)
        hap = try values.decode(defboolForKey: .hap)
        name = try values.decode(String.self, forKey: .name)
        uuid = try values.decode(DomainUUID.self, forKey: .uuid)
        passthrough = try values.decodeIfPresent(LibxlPassthrough.self, forKey: .passthrough)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(type, forKey: .type)
        try values.encode(defbool: hap, forKey: .hap)
        try values.encode(name, forKey: .name)
        try values.encode(uuid, forKey: .uuid)
        try values.encodeIfPresent(passthrough, forKey: .passthrough)
    }
}

extension LibxlDomainBuildInfo: Decodable {
    enum CodingKeys: String, CodingKey {
        case maxVCPUs = "max_vcpus"
        case availableVCPUs = "avail_vcpus"
        case maxMemory = "max_memkb"
        case targetMemory = "target_memkb"
        case localtime
        case rtcTimeOffset = "rtc_timeoffset"
        case kernel, ramdisk, cmdline, bootloader
        case bootloaderArguments = "bootloader_args"
        case acpi, apic
        case pv = "type.pv"
        case hvm = "type.hvm"
        case pvh = "type.pvh"
    }

    enum PVKeys: String, CodingKey {
        case bootloader
        case bootloaderArguments = "bootloader_args"
        case e820Host = "e820_host"
        case kernel, ramdisk, cmdline
    }

    enum HVMKeys: String, CodingKey {
        case pae, nographic, boot
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            maxVCPUs: try values.decode(UInt32.self, forKey: .maxVCPUs),
            availableVCPUs: try values.decodeIfPresent([UInt32].self, forKey: .availableVCPUs) ?? [],
            maxMemory: try values.decode(Kibibytes.self, forKey: .maxMemory),
            targetMemory: try values.decode(Kibibytes.self, forKey: .targetMemory))
        localtime = try values.decode(defboolForKey: .localtime)
        rtcTimeOffset = try Self.decodeTimeOffset(from: values)
        kernel = try values.decodeIfPresent(String.self, forKey: .kernel)
        ramdisk = try values.decodeIfPresent(String.self, forKey: .ramdisk)
        cmdline = try values.decodeIfPresent(String.self, forKey: .cmdline)
        bootloader = try values.decodeIfPresent(String.self, forKey: .bootloader)
        bootloaderArguments = try values.decodeIfPresent([String].self, forKey: .bootloaderArguments) ?? []
        acpi = try values.decode(defboolForKey: .acpi)
        apic = try values.decode(defboolForKey: .apic)
        if values.contains(.pv) {
            let pv = try values.nestedContainer(keyedBy: PVKeys.self, forKey: .pv)
            bootloader = try pv.decodeIfPresent(String.self, forKey: .bootloader) ?? bootloader
            bootloaderArguments =
                try pv.decodeIfPresent([String].self, forKey: .bootloaderArguments) ?? bootloaderArguments
            e820Host = try pv.decode(defboolForKey: .e820Host)
            kernel = try pv.decodeIfPresent(String.self, forKey: .kernel) ?? kernel
            ramdisk = try pv.decodeIfPresent(String.self, forKey: .ramdisk) ?? ramdisk
            cmdline = try pv.decodeIfPresent(String.self, forKey: .cmdline) ?? cmdline
        }
        if values.contains(.hvm) {
            let hvm = try values.nestedContainer(keyedBy: HVMKeys.self, forKey: .hvm)
            pae = try hvm.decode(defboolForKey: .pae)
            nographic = try hvm.decode(defboolForKey: .nographic)
            boot = try hvm.decodeIfPresent(String.self, forKey: .boot)
        }
    }

    /// Reads the offset as libxl prints it, unsigned, or with its sign.
    private static func decodeTimeOffset(from values: KeyedDecodingContainer<CodingKeys>) throws -> Int32 {
        guard let number = try values.decodeIfPresent(Int64.self, forKey: .rtcTimeOffset) else { return 0 }
        if let offset = Int32(exactly: number) { return offset }
        guard let bits = UInt32(exactly: number) else {
            throw DecodingError.dataCorruptedError(
                forKey: .rtcTimeOffset, in: values, debugDescription: "\(number) is no 32-bit number")
        }
        return Int32(bitPattern: bits)
    }

    /// Writes libxl's JSON, whose nesting follows the guest's type.
    func encode(to encoder: any Encoder, guestType: GuestType) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(maxVCPUs, forKey: .maxVCPUs)
        if !availableVCPUs.isEmpty { try values.encode(availableVCPUs, forKey: .availableVCPUs) }
        try values.encode(maxMemory, forKey: .maxMemory)
        try values.encode(targetMemory, forKey: .targetMemory)
        try values.encode(defbool: localtime, forKey: .localtime)
        // libxl keeps and prints the signed number in an unsigned field.
        if rtcTimeOffset != 0 { try values.encode(UInt32(bitPattern: rtcTimeOffset), forKey: .rtcTimeOffset) }
        try values.encode(defbool: acpi, forKey: .acpi)
        try values.encode(defbool: apic, forKey: .apic)
        try values.encodeIfPresent(kernel, forKey: .kernel)
        try values.encodeIfPresent(ramdisk, forKey: .ramdisk)
        try values.encodeIfPresent(cmdline, forKey: .cmdline)
        switch guestType {
        case .pv:
            var pv = values.nestedContainer(keyedBy: PVKeys.self, forKey: .pv)
            try pv.encodeIfPresent(bootloader, forKey: .bootloader)
            if !bootloaderArguments.isEmpty { try pv.encode(bootloaderArguments, forKey: .bootloaderArguments) }
            try pv.encode(defbool: e820Host, forKey: .e820Host)
        case .pvh:
            try values.encodeIfPresent(bootloader, forKey: .bootloader)
            if !bootloaderArguments.isEmpty { try values.encode(bootloaderArguments, forKey: .bootloaderArguments) }
            _ = values.nestedContainer(keyedBy: PVKeys.self, forKey: .pvh)
        case .hvm:
            var hvm = values.nestedContainer(keyedBy: HVMKeys.self, forKey: .hvm)
            try hvm.encode(defbool: pae, forKey: .pae)
            try hvm.encode(defbool: nographic, forKey: .nographic)
            try hvm.encodeIfPresent(boot, forKey: .boot)
        }
    }
}
