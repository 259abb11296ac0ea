import Glibc

/// An IPv4 or IPv6 address, or all addresses that begin like it.
package struct GuestIPAddress: Hashable, Sendable {
    /// As it was written.
    package var address: String
    /// How many leading bits of the address the range has in common; nil for one address.
    package var prefixLength: UInt8?

    /// Reads `ADDRESS` or `ADDRESS/LENGTH`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        address = String(decoding: parts[0], as: UTF8.self)
        var bytes = in6_addr()
        let bits: UInt8
        if inet_pton(AF_INET, address, &bytes) == 1 {
            bits = 32
        } else if inet_pton(AF_INET6, address, &bytes) == 1 {
            bits = 128
        } else {
            return nil
        }
        guard parts.count == 2 else { return }
        guard let length = UInt8(String(decoding: parts[1], as: UTF8.self)), length <= bits else { return nil }
        prefixLength = length
    }
}
