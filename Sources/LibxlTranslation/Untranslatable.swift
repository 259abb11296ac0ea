public import XenUnits

/// Something in a definition that libxl has no word for, or refuses for sure.
///
/// Translation never drops what it cannot say: it throws one of these. Source: libvirt's
/// `VIR_ERR_CONFIG_UNSUPPORTED`.
public struct Untranslatable: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the document it is: the XPath of an element or attribute, without positions.
    public let path: String
    /// What the user knows the device by (a disk's target, a NIC's MAC address); nil outside of devices.
    public let device: String?
    /// What is wrong with it.
    public let reason: Reason

    /// The refusal of what stands at `path`, in `device` if it belongs to one.
    public init(path: String, device: String? = nil, reason: Reason) {
        self.path = path
        self.device = device
        self.reason = reason
    }

    public var description: String {
        let place = device.map { "\(path) of '\($0)'" } ?? path
        return "\(reason) (\(place))"
    }

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
        /// libxl knows UTC and the host's local time alone.
        case timezoneClock(String)
        /// A switch or element that means something to other guest types only.
        case notForGuestType(GuestType, only: [GuestType])
        /// A quotation mark that opens and does not close.
        case unclosedQuote(String)
        /// A NIC model that such a guest cannot have.
        case onlyNetfront(model: String, GuestType)
        /// The rate is past what libxl can count.
        case rateOutOfRange(kibibytesPerSecond: UInt64)
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
        /// Such a drive cannot come to a guest that runs.
        case deviceNotHotPluggable(device: String)
        /// Only the paravirtual bus takes disks while the guest runs.
        case busNotHotPluggable(bus: String)
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
        case .timezoneClock(let zone):
            "unsupported clock offset 'timezone' ('\(zone)'); use 'utc', 'localtime' or 'variable'"
        case .notForGuestType(let type, let only):
            "not supported for \(type.rawValue) guests, only for"
                + " \(only.map(\.rawValue).joined(separator: " and "))"
        case .unclosedQuote(let arguments):
            "the arguments \(arguments.debugDescription) have a quotation mark that does not close"
        case .onlyNetfront(let model, let type):
            "only model 'netfront' is supported for Xen \(type.rawValue.uppercased()) domains, not '\(model)'"
        case .rateOutOfRange(let rate):
            "an average rate of \(rate) KiB/s is out of range"
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
        case .deviceNotHotPluggable(let device):
            "disk device type '\(device)' cannot be hotplugged"
        case .busNotHotPluggable(let bus):
            "disk bus '\(bus)' cannot be hotplugged; only bus 'xen' can"
        }
    }
}
