package import LibxlAPI
import XenUnits

/// Repeatable random numbers: a failing seed fails again. SplitMix64.
package struct Generator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    package mutating func flip() -> Bool { next() & 1 == 1 }

    package mutating func maybe<Value>(_ value: (inout Generator) -> Value) -> Value? {
        flip() ? value(&self) : nil
    }

    package mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(next() % UInt64(values.count))]
    }

    /// A text with everything in it that JSON has to take care of.
    package mutating func text() -> String {
        let parts = ["a", "xenbr0", "/dev/vg/x", " ", "\"", "\\", "é", "日本", "\n", "\t", "/", "0", "🗝", "\u{1}"]
        return (0..<(1 + Int(next() % 6))).map { _ in pick(parts) }.joined()
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
        nic.rateBytesPerInterval = maybe { $0.next() }
        nic.rateIntervalMicroseconds = maybe { UInt32(truncatingIfNeeded: $0.next()) }
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
        return disk
    }

    /// A configuration with only such members as its type of guest has in libxl.
    package mutating func config() -> LibxlDomainConfig {
        var info = LibxlDomainCreateInfo(
            type: pick(GuestType.allCases), name: text(), uuid: DomainUUID(high: next(), low: next()))
        info.hap = maybe { $0.flip() }
        info.passthrough = maybe { $0.pick(LibxlPassthrough.allCases) }
        let vcpuCount = UInt32(1 + next() % 512)
        var build = LibxlDomainBuildInfo(
            maxVCPUs: vcpuCount, availableVCPUs: (0..<min(UInt32(next() % 24), vcpuCount)).filter { _ in flip() },
            maxMemory: Kibibytes(next() >> 20), targetMemory: Kibibytes(next() >> 20))
        build.localtime = maybe { $0.flip() }
        build.rtcTimeOffset = Int32(truncatingIfNeeded: next())
        build.kernel = maybe { $0.text() }
        build.ramdisk = maybe { $0.text() }
        build.cmdline = maybe { $0.text() }
        build.acpi = maybe { $0.flip() }
        build.apic = maybe { $0.flip() }
        switch info.type {
        case .pv:
            build.bootloader = maybe { $0.text() }
            build.bootloaderArguments = (0..<Int(next() % 3)).map { _ in text() }
            build.e820Host = maybe { $0.flip() }
        case .pvh:
            build.bootloader = maybe { $0.text() }
            build.bootloaderArguments = (0..<Int(next() % 3)).map { _ in text() }
        case .hvm:
            build.pae = maybe { $0.flip() }
            build.nographic = maybe { $0.flip() }
            build.boot = maybe { $0.pick(["c", "dc", "n"]) }
        }
        var config = LibxlDomainConfig(createInfo: info, buildInfo: build)
        config.disks = (0..<Int(next() % 4)).map { _ in disk() }
        config.nics = (0..<Int(next() % 4)).map { _ in nic() }
        config.onPoweroff = pick(LifecycleAction.allCases)
        config.onReboot = pick(LifecycleAction.allCases)
        config.onCrash = pick(LifecycleAction.allCases)
        return config
    }

    package mutating func domainInfo() -> LibxlDomainInfo {
        var info = LibxlDomainInfo(
            domid: DomainID(rawValue: UInt32(next() >> 40)), uuid: DomainUUID(high: next(), low: next()),
            guestType: pick(GuestType.allCases), currentMemory: Kibibytes(next() >> 20),
            maximumMemory: Kibibytes(next() >> 20), vcpuCount: UInt32(next() >> 40), vcpuOnline: UInt32(next() >> 40))
        info.running = flip()
        info.blocked = flip()
        info.paused = flip()
        info.shutdown = flip()
        info.dying = flip()
        info.shutdownReason = maybe { $0.pick(LibxlShutdownReason.allCases) }
        info.cpuTime = next()
        return info
    }
}
