/// The number by which a guest's disk goes in Xen: what libxl makes of a `vdev`.
///
/// Several texts name one number (`xvda`, `d0p0` and `51712` are one device), so the identity and uniqueness of disks go
/// by the number. Source: xen-vbd-interface(7), libxl's `libxl__device_disk_dev_number`.
public struct BlockDeviceNumber: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The number of `vdev`: `xvdX[P]`, `hdX[P]`, `sdX[P]`, `dNpP` or the number itself, decimal, `0x…` or octal.
    ///
    /// Nil for any other text (`vda` among them, and `d0`, which the manual has and libxl refuses) and for a disk or
    /// partition past what the scheme can count.
    public init?(vdev: String) {
        if let position = Self.virtualDisk(vdev) {
            self.init(virtualDisk: position.disk, partition: position.partition)
        } else if let number = Self.number(vdev) {
            self.init(rawValue: number)
        } else if let position = Self.letters(vdev, after: "hd"), position.disk <= 3, position.partition <= 63 {
            let major: Int32 = position.disk < 2 ? 3 : 22
            self.init(rawValue: major << 8 | (position.disk & 1) << 6 | position.partition)
        } else if let position = Self.letters(vdev, after: "sd"), position.disk <= 15, position.partition <= 15 {
            self.init(rawValue: 8 << 8 | position.disk << 4 | position.partition)
        } else {
            return nil
        }
    }

    /// The device's number in xenstore paths: `libxl_device_disk`'s devid.
    public var deviceID: DeviceID { DeviceID(rawValue: rawValue) }

    public static func < (left: BlockDeviceNumber, right: BlockDeviceNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int32.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    private typealias Position = (disk: Int32, partition: Int32)

    private init?(virtualDisk disk: Int32, partition: Int32) {
        guard disk < 1 << 20, partition <= 255 else { return nil }
        if disk <= 15, partition <= 15 {
            self.init(rawValue: 202 << 8 | disk << 4 | partition)
        } else {
            self.init(rawValue: 1 << 28 | disk << 8 | partition)
        }
    }

    private static func virtualDisk(_ vdev: String) -> Position? {
        if let position = letters(vdev, after: "xvd") { return position }
        guard vdev.hasPrefix("d") else { return nil }
        let parts = vdev.dropFirst().split(separator: "p", omittingEmptySubsequences: false)
        guard parts.count == 2, let disk = decimal(parts[0]) else { return nil }
        return decimal(parts[1]).map { (disk, $0) }
    }

    /// A disk given by letters (`a` … `z`, `aa` …) and a partition by digits, behind `prefix`.
    private static func letters(_ vdev: String, after prefix: String) -> Position? {
        guard vdev.hasPrefix(prefix) else { return nil }
        let rest = vdev.utf8.dropFirst(prefix.utf8.count)
        let word = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        guard (1...5).contains(word.count) else { return nil }
        let disk = word.reduce(Int32(0)) { $0 * 26 + Int32($1 - UInt8(ascii: "a")) + 1 } - 1
        let digits = rest.dropFirst(word.count)
        guard let first = digits.first else { return (disk, 0) }
        guard first != UInt8(ascii: "0") else { return nil }
        return decimal(Substring(decoding: digits, as: UTF8.self)).map { (disk, $0) }
    }

    private static func decimal(_ text: Substring) -> Int32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int32(text)
    }

    private static func number(_ text: String) -> Int32? {
        let radix = text.hasPrefix("0x") || text.hasPrefix("0X") ? 16 : text.hasPrefix("0") && text != "0" ? 8 : 10
        let digits = radix == 16 ? text.dropFirst(2) : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isHexadecimalDigit) else { return nil }
        return Int32(digits, radix: radix)
    }
}

extension BlockDeviceNumber {
    /// Which disk of its kind it is, from 0, whatever its partition; nil for a number that is no disk's of the scheme.
    ///
    /// Source: `libxl__device_disk_dev_number`.
    public var disk: Int32? {
        if rawValue >> 28 == 1 { return rawValue >> 8 & 0xF_FFFF }
        switch rawValue >> 8 {
        case 202, 8: return rawValue >> 4 & 0xF
        case 3: return rawValue >> 6 & 1
        case 22: return 2 + (rawValue >> 6 & 1)
        default: return nil
        }
    }
}
