/// Linux's rule for the names of its network devices. Source: the kernel's `dev_valid_name`, `dev_get_valid_name`.
package enum NetworkDeviceName {
    /// In bytes; the kernel's IFNAMSIZ with the NUL at the end.
    package static let longest = 15

    /// What QEMU's end of a NIC is called: the name of Xen's end with this behind it.
    package static let emulatedSuffix = "-emu"

    /// The most bytes that the name of a NIC's end may have, where the NIC `isEmulated` as well.
    package static func longest(isEmulated: Bool) -> Int {
        isEmulated ? longest - emulatedSuffix.utf8.count : longest
    }

    /// Whether a device could have the name: 1 to 15 bytes, neither `.` nor `..`, without `/`, `:`, white space, control
    /// characters, and the `%` that the kernel would put a number for.
    package static func isValid(_ name: String) -> Bool {
        (1...longest).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                // The kernel's own table of characters takes 0xa0 for a space.
                byte > 0x20 && byte != 0x7f && byte != 0xa0 && !"/:%".utf8.contains(byte)
            }
    }
}
