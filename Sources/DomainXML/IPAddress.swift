import Glibc

/// The text form of IPv4 and IPv6 addresses, judged by the C library.
enum IPAddress {
    static func isAddress(_ text: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
    }
}
