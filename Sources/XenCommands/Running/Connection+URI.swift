import SystemPackage

extension Connection {
    /// Reads a connection's URI. Source: libvirt's connection URIs, RFC 3986 for the parts.
    package init(uri text: String) throws(ConnectionError) {
        func refusal(_ reason: String) -> ConnectionError { .badURI(text: text, reason: reason) }
        guard let colon = text.firstIndex(of: ":") else { throw refusal("it has no scheme") }
        let scheme = text[..<colon].lowercased()
        guard Self.schemes.contains(scheme) else {
            let isRemote = Self.isOfOurScheme(text)
            throw refusal(
                isRemote ? "hosts can be reached directly only" : "there is no driver for the scheme '\(scheme)'")
        }
        let rest = text[text.index(after: colon)...]
        guard !rest.contains("?") else { throw refusal("it has a query, and none is known") }
        guard !rest.contains("#") else { throw refusal("it has a fragment") }
        guard rest.hasPrefix("//") else { throw refusal("'\(scheme):' is not followed by '///'") }
        let afterSlashes = rest.dropFirst(2)
        let host = afterSlashes.prefix { $0 != "/" }
        guard host.isEmpty else { throw refusal("it names the host '\(host)', and only this machine can be reached") }
        guard let path = Self.percentDecoded(afterSlashes) else {
            throw refusal("its path has a '%' that no two hexadecimal digits follow, or is not UTF-8")
        }
        guard !path.utf8.contains(0) else { throw refusal("its path contains a zero byte") }
        switch (scheme, path) {
        // libvirt's Xen driver takes the three for one.
        case ("xen", "/system"), ("xen", "/"), ("xen", ""): self = .xenSystem
        case ("xen", _): throw refusal("Xen has no '\(path)'")
        case ("test", "/default"): self = .testDefault
        default:
            let directory = FilePath(path).lexicallyNormalized()
            guard !directory.components.isEmpty else { throw refusal("it names no directory") }
            self = .testDirectory(directory)
        }
    }

    private static let schemes = ["xen", "test"]

    /// Whether `text` is the URI of a Xen or fake host, by whatever transport.
    static func isOfOurScheme(_ text: String) -> Bool {
        let scheme = text.prefix { $0 != ":" }.lowercased().prefix { $0 != "+" }
        return text.contains(":") && schemes.contains(String(scheme))
    }

    /// `text` with each `%XX` replaced by the byte that it stands for; nil if that cannot be done.
    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy(\.isHexadecimalDigit),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
