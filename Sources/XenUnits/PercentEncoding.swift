/// Bytes as a text in which those that mean something around it are a percent sign and two lower-case hexadecimal digits.
package enum PercentEncoding {
    private static let percent = UInt8(ascii: "%")

    /// The text of `bytes`, in which those that are `plain` stand for themselves. The percent sign must not be one of them.
    package static func text(of bytes: some Collection<UInt8>, isPlain: (UInt8) -> Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            guard !isPlain(byte) else {
                text.append(byte)
                continue
            }
            text.append(percent)
            for digit in [UInt64(byte >> 4), UInt64(byte & 0xf)] { text.append(UInt8(hexadecimalDigit: digit)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` is of. A percent sign that no two digits follow stands for itself.
    package static func bytes(of text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if byte == percent, rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// The text that `text` is of.
    package static func decoded(_ text: ArraySlice<UInt8>) -> String {
        let isItself = text.withUnsafeBytes { $0.place(of: percent) == nil }
        return isItself ? String(decoding: text, as: UTF8.self) : String(decoding: bytes(of: text), as: UTF8.self)
    }
}
