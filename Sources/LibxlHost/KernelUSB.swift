import Glibc
public import LibxlAPI

/// The USB of this machine, as its kernel shows it. Source: sysfs-bus-usb.
public struct KernelUSB: HostUSB {
    private let devices: String

    /// The devices of this machine.
    public init() {
        devices = "/sys/bus/usb/devices"
    }

    /// One whose devices are the directories of `devices`.
    init(devices: String) {
        self.devices = devices
    }

    public func usbDevices() async throws(HostUSBError) -> [HostUSBEntry] {
        var found: [HostUSBEntry] = []
        for name in try names() {
            let directory = "\(devices)/\(name)"
            // An interface of a device has a directory too, and none of these; a device may go while it is read.
            guard let bus = try text("\(directory)/busnum").flatMap({ UInt8($0) }),
                let address = try text("\(directory)/devnum").flatMap({ UInt8($0) }),
                let vendor = try text("\(directory)/idVendor").flatMap({ UInt16($0, radix: 16) }),
                let product = try text("\(directory)/idProduct").flatMap({ UInt16($0, radix: 16) })
            else { continue }
            found.append(HostUSBEntry(bus: bus, address: address, vendor: vendor, product: product))
        }
        return found.sorted()
    }

    /// The directories of `devices`; none on a machine without USB.
    private func names() throws(HostUSBError) -> [String] {
        guard let directory = opendir(devices) else {
            guard errno == ENOENT else { throw Self.error(devices, errno) }
            return []
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// What a file of sysfs says, without the newline; nil if there is none.
    private func text(_ path: String) throws(HostUSBError) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            guard [ENOENT, ENOTDIR, ENODEV].contains(errno) else { throw Self.error(path, errno) }
            return nil
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else {
            guard errno == ENODEV else { throw Self.error(path, errno) }
            return nil
        }
        return String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func error(_ path: String, _ code: Int32) -> HostUSBError {
        HostUSBError(path: path, reason: String(cString: strerror(code)))
    }
}
