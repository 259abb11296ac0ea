public import XenUnits

extension Untranslatable {
    /// Why something cannot be said to libxl.
    public enum Reason: Hashable, Sendable {
        /// The document is for another hypervisor.
        case otherHypervisor(String)
        /// No memory, or more than libxl can count.
        case memoryOutOfRange(Kibibytes)
        /// The guest would start with more than it may have.
        case currentMemoryAboveMaximum(current: Kibibytes, maximum: Kibibytes)
        /// No vCPU, or more than any Xen gives a guest.
        case vcpusOutOfRange(UInt32, most: UInt32)
        /// None of the vCPUs on line, or more than there are.
        case currentVCPUsOutOfRange(current: UInt32, maximum: UInt32)
        /// A vCPU that the guest does not have.
        case noSuchVCPU(UInt32, count: UInt32)
        /// A number that libxl does not take.
        case outOfRange(UInt64, least: UInt64, most: UInt64)
        /// libxl knows UTC and the host's local time alone.
        case timezoneClock(String)
        /// A switch or element that means something to other guest types only.
        case notForGuestType(GuestType, only: [GuestType])
        /// It says the contrary of what stands at the path, or libxl takes only one of both.
        case conflict(with: String)
        /// A word that libxl has no counterpart of.
        case unsupported(Subject, String)
        /// A quotation mark that opens and does not close.
        case unclosedQuote(String)
        /// Xen has no secure boot.
        case secureBoot
        /// All zeros is none to libxl.
        case zeroGenerationID
        /// A node without processors.
        case numaCellWithoutVCPUs(UInt32)
        /// An order that libxl's letters cannot say.
        case bootOrder(instead: String)
        /// Two devices at one place of the order.
        case bootOrderTwice(UInt32)
        /// A NIC model that such a guest cannot have.
        case onlyNetfront(model: String, GuestType)
        /// The rate is past what libxl can count.
        case rateOutOfRange(kibibytesPerSecond: UInt64)
        /// Linux can have no network device of this name, of at most so many bytes.
        case badInterfaceName(String, longest: Int)
        /// A device cannot be served by the guest that has it.
        case servedByItself(domain: String)
        /// A bridge that is no Open vSwitch is given one VLAN.
        case notOneVLAN
        /// Open vSwitch without a bridge.
        case openVSwitchWithoutBridge
        /// The connection knows no such network.
        case unknownNetwork(String)
        /// The connection knows no such secret.
        case unknownSecret(String)
        /// No USB device of the host has that vendor and product.
        case noUSBDevice(String)
        /// No port of the host is free.
        case noFreePort
        /// The target is not a name that Xen gives disks.
        case notAVdev(target: String)
        /// Only a CD-ROM drive may be without a medium.
        case sourceMissing
        /// A driver that Xen does not have.
        case unknownDiskDriver(String)
        /// A format that libxl does not know.
        case unknownDiskFormat(String)
        /// A format that this driver cannot serve.
        case formatNotForDriver(format: String, driver: String)
        /// Only QEMU reaches disks over the network.
        case networkDiskNeedsQEMU(driver: String)
        /// A name in which rbd's separator stands.
        case colonInName(String)
        /// A script that only the kernel's block backend runs.
        case scriptNotForDriver(String)
        /// What the guest writes would be kept, or be written.
        case transientDisk
        /// Such a drive cannot come to a guest that runs.
        case deviceNotHotPluggable(device: String)
        /// Only the paravirtual bus takes disks while the guest runs.
        case busNotHotPluggable(bus: String)
        /// Only a CD-ROM drive takes another medium.
        case notACDROM(device: String)
        /// A guest could write to what it was only to read.
        case readOnlyFilesystem
        /// A channel has to have a name.
        case channelNameMissing
        /// A socket or file of the host without a name.
        case pathMissing
        /// libxl listens on a channel's socket, and connects to none.
        case connectingChannel
        /// There always is one.
        case balloonCannotBeDisabled
        /// The card's memory is below what its model needs.
        case videoMemoryTooSmall(Kibibytes, model: String, least: Kibibytes)
        /// A guest that nothing boots.
        case pvhWithoutKernel
        /// The emulated machine would have two disks at one place.
        case emulatedPlaceTaken(String, by: String)
        /// libxl gives an emulated machine no disk that is only read.
        case readOnlyEmulatedDisk
        /// A kind of device that libxl cannot express.
        case unsupportedDevice(DeviceClass)
    }

    /// What a word that libxl has no counterpart of was said about. The raw value begins its sentence.
    public enum Subject: String, Hashable, Sendable, CaseIterable {
        case audioModel = "unsupported audio model"
        case balloonModel = "unsupported balloon device model"
        case characterDevice = "unsupported chardev"
        case channelSource = "unsupported channel type"
        case channelTarget = "channel target type not supported:"
        case characterProtocol = "unsupported protocol of a character device"
        case controllerModel = "unsupported usb model"
        case cpuFeature = "unsupported cpu feature"
        case diskDevice = "unsupported disk device"
        case diskSource = "unsupported disk type"
        case filesystemAccess = "unsupported filesystem accessmode"
        case graphicsType = "unsupported graphics type"
        case hostDevice = "hostdev mode not supported:"
        case hostTransport = "unsupported transport to the disk's host"
        case hyperVFeature = "unsupported hyperv feature"
        case interfaceType = "unsupported interface type"
        case listenType = "unsupported graphics listen type"
        case loaderFormat = "Unsupported loader format"
        case networkProtocol = "Unsupported network block protocol"
        case serialTarget = "unsupported serial target type"
        case sampleFormat = "unsupported sample format"
        case timer = "unsupported timer type (name)"
        case acpiTable = "unsupported ACPI table type"
        case videoType = "video type is not supported by libxl:"

        /// What may stand there instead.
        var supported: String? {
            switch self {
            case .audioModel: "sb16, es1370, ac97 or ich6"
            case .balloonModel: "xen"
            case .characterDevice: "pty, file, pipe, dev, null, stdio, vc, tcp, udp or unix"
            case .channelSource: "pty or unix"
            case .channelTarget: "xen"
            case .characterProtocol: "raw or telnet"
            case .serialTarget: "isa-serial, or leave it out"
            case .controllerModel: "qusb1 or qusb2"
            case .cpuFeature, .hyperVFeature, .sampleFormat: nil
            case .diskDevice: "disk or cdrom"
            case .diskSource: "file, block or network"
            case .filesystemAccess: "passthrough or squash"
            case .graphicsType: "vnc, sdl or spice"
            case .hostDevice: "subsystem"
            case .hostTransport: "tcp"
            case .interfaceType: "bridge, ethernet, network or hostdev"
            case .listenType: "address; Xen's displays listen on a port of the host"
            case .loaderFormat: "raw"
            case .networkProtocol: "rbd"
            case .timer: "tsc or hpet"
            case .acpiTable: "slic"
            case .videoType: "vga, cirrus, xen, qxl or none"
            }
        }
    }
}

extension Untranslatable.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherHypervisor(let type):
            "domain type '\(type)' is not supported; write type='xen'"
        case .memoryOutOfRange(let memory):
            "\(memory.count) KiB of memory are out of range; give the guest at least 1 KiB"
        case .currentMemoryAboveMaximum(let current, let maximum):
            "the current memory of \(current.count) KiB is above the maximum of \(maximum.count) KiB"
        case .vcpusOutOfRange(let count, let most):
            "\(count) vCPUs are out of range; give the guest 1 to \(most)"
        case .currentVCPUsOutOfRange(let current, let maximum):
            "\(current) of \(maximum) vCPUs cannot be on line; set 1 to \(maximum)"
        case .noSuchVCPU(let vcpu, let count):
            "the guest has no vCPU \(vcpu); its \(count) are counted from 0"
        case .outOfRange(let number, let least, let most):
            "\(number) is out of range; write \(least) to \(most)"
        case .timezoneClock(let zone):
            "unsupported clock offset 'timezone' ('\(zone)'); use 'utc', 'localtime' or 'variable'"
        case .notForGuestType(let type, let only):
            "not supported for \(type.rawValue) guests, only for"
                + " \(only.map(\.rawValue).joined(separator: " and "))"
        case .conflict(let other):
            "it cannot be used together with \(other); take one of them out"
        case .unsupported(let subject, let word):
            "\(subject.rawValue) '\(word)'" + (subject.supported.map { "; use \($0)" } ?? "")
        case .unclosedQuote(let arguments):
            "the arguments \(arguments.debugDescription) have a quotation mark that does not close"
        case .secureBoot:
            "Secure boot is not supported on Xen; leave it out"
        case .zeroGenerationID:
            "a generation ID of zero is none; write another, or leave it out"
        case .numaCellWithoutVCPUs(let cell):
            "vnuma sibling \(cell) missing vcpus set; write cpus= for every cell"
        case .bootOrder(let first):
            "Xen's boot order names kinds of device, not devices: it would begin with '\(first)'; order that one first"
        case .bootOrderTwice(let order):
            "boot order '\(order)' used for more than one device"
        case .onlyNetfront(let model, let type):
            "only model 'netfront' is supported for Xen \(type.rawValue.uppercased()) domains, not '\(model)'"
        case .rateOutOfRange(let rate):
            "an average rate of \(rate) KiB/s is out of range"
        case .badInterfaceName(let name, let longest):
            "the host can have no network device '\(name)': a name is 1 to \(longest) bytes"
                + (longest < NetworkDeviceName.longest
                    ? " here, for the emulated NIC's end has '\(NetworkDeviceName.emulatedSuffix)' behind it" : "")
                + ", is neither '.' nor '..', and has no '/', ':', '%' or white space"
        case .servedByItself(let domain):
            "domain '\(domain)' cannot serve a device of its own; name another domain, or none"
        case .notOneVLAN:
            "without <virtualport type='openvswitch'/> an interface with a bridge can be in one VLAN, of 1 to 4094, and"
                + " no trunk"
        case .openVSwitchWithoutBridge:
            "Open vSwitch needs a bridge; use type='bridge' or type='network'"
        case .unknownNetwork(let name):
            "network '\(name)' is not in the connection's configuration; add it there, or use type='bridge'"
        case .unknownSecret(let name):
            "secret '\(name)' is not in the connection's configuration; add it there"
        case .noUSBDevice(let product):
            "the host has no device '\(product)' that is free; plug it in, or name it by bus and device"
        case .noFreePort:
            "no port of the host is free for the display; write one, or widen the connection's range"
        case .notAVdev(let target):
            "'\(target)' is no disk name of Xen; use one such as xvda, hda or sda"
        case .sourceMissing:
            "disk source path is missing; only a cdrom can be without one"
        case .unknownDiskDriver(let driver):
            "libxenlight does not support disk driver \(driver); use qemu, phy, tap or file, or leave it out"
        case .unknownDiskFormat(let format):
            "libxenlight does not support disk format \(format); use raw, qcow, qcow2, qed or vhd"
        case .formatNotForDriver(let format, let driver):
            "libxenlight does not support disk format \(format) with disk driver \(driver)"
        case .networkDiskNeedsQEMU(let driver):
            "only the 'qemu' driver can be used with network disks, not '\(driver)'"
        case .colonInName(let name):
            "':' not allowed in RBD source volume name '\(name)'"
        case .scriptNotForDriver(let driver):
            "a disk's script is only run by driver phy, not by \(driver)"
        case .transientDisk:
            "libxenlight does not support transient disks"
        case .deviceNotHotPluggable(let device):
            "disk device type '\(device)' cannot be hotplugged"
        case .busNotHotPluggable(let bus):
            "disk bus '\(bus)' cannot be hotplugged; only bus 'xen' can"
        case .notACDROM(let device):
            "Removable media not supported for \(device) device"
        case .readOnlyFilesystem:
            "libxenlight does not support read-only filesystems; leave <readonly/> out, or share a read-only mount"
        case .channelNameMissing:
            "channel target name missing; write <target type='xen' name='…'/>"
        case .pathMissing:
            "source path is missing; write <source path='…'/>"
        case .connectingChannel:
            "libxenlight listens on a channel's socket and connects to none; use mode='bind'"
        case .balloonCannotBeDisabled:
            "balloon device cannot be disabled; use model 'xen', or leave it out"
        case .videoMemoryTooSmall(let memory, let model, let least):
            "videoram must be at least \(least.count / 1024)MB for \(model), not \(memory.count) KiB"
        case .pvhWithoutKernel:
            "a pvh guest needs <kernel> or <bootloader>"
        case .emulatedPlaceTaken(let place, let holder):
            "it would be \(place) of the emulated machine, which '\(holder)' is already; give it another letter"
        case .readOnlyEmulatedDisk:
            "libxl gives an hvm guest no read-only disk but on bus scsi (sda …); take <readonly/> out, or use a cdrom"
        case .unsupportedDevice(let deviceClass):
            "\(deviceClass.rawValue) devices are not supported by libxl"
        }
    }
}
