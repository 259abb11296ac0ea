// What texts of this format are taken apart with: by bytes, as xl does it. A combining mark behind a comma makes another
// character of it, but leaves the byte, so comparisons of characters would not see what xl sees.
extension String {
    /// The parts between `separator`s, empty ones as well.
    func parts(at separator: Unicode.Scalar) -> [String] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }

    /// What stands before and behind the first `separator`; nil if there is none.
    func pair(at separator: Unicode.Scalar) -> (String, String)? {
        let scalars = unicodeScalars
        guard let index = scalars.firstIndex(of: separator) else { return nil }
        return (String(scalars[..<index]), String(scalars[scalars.index(after: index)...]))
    }

    /// What stands behind `prefix`; nil if the text does not begin with it.
    func without(prefix: String) -> String? {
        guard utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// Without white space at the beginning and, if `both`, at the end.
    func trimmed(both: Bool = true) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        let behind = unicodeScalars.drop(while: isSpace)
        guard both else { return String(behind) }
        return String(behind.prefix(behind.count - behind.reversed().prefix(while: isSpace).count))
    }

    /// The words between white space.
    var words: [String] {
        unicodeScalars.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map { String($0) }
    }

    func has(_ scalar: Unicode.Scalar) -> Bool { unicodeScalars.contains(scalar) }

    /// The first control character in it.
    var controlCharacter: Unicode.Scalar? {
        unicodeScalars.first { $0.properties.generalCategory == .control }
    }

    /// The number that C's `strtol` with base 0 reads: decimal, `0x…` or octal `0…`, with a sign.
    func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> XLNumber<Number> {
        var digits = utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        var radix = 10
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) {
            radix = 16
            digits = digits.dropFirst(2)
        } else if digits.first == UInt8(ascii: "0"), digits.count > 1 {
            radix = 8
            digits = digits.dropFirst()
        }
        return Self.number(digits, radix: radix, isNegative: isNegative)
    }

    /// The number of hexadecimal or decimal digits alone.
    func digits<Number: FixedWidthInteger>(radix: Int, _: Number.Type = Number.self) -> Number? {
        guard case .number(let number) = Self.number(utf8[...], radix: radix, isNegative: false) as XLNumber<Number>
        else { return nil }
        return number
    }

    private static func number<Number: FixedWidthInteger>(
        _ digits: Substring.UTF8View, radix: Int, isNegative: Bool
    ) -> XLNumber<Number> {
        guard !digits.isEmpty else { return .none }
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue, value < radix else { return .none }
        }
        let text = (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
        return Number(text, radix: radix).map { .number($0) } ?? .tooLarge
    }
}

/// What a text is as a number.
enum XLNumber<Number: FixedWidthInteger> {
    case number(Number)
    /// A number that the type does not hold.
    case tooLarge
    case none
}
