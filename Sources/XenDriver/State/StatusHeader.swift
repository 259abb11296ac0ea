import Glibc
import XenUnits

/// What a list shows of a status, read from the lines of the file without decoding it.
///
/// Only of a file as this program writes it, a member of the object in each line that begins with two spaces; nil of
/// any other, and of one that is to be read whole.
struct StatusHeader: Hashable, Sendable {
    var uuid: DomainUUID
    var domid: DomainID
    var isResumed: Bool

    init?(file bytes: [UInt8]) {
        guard bytes.suffix(2).elementsEqual("\n}".utf8) else { return nil }
        let found: (uuid: DomainUUID?, domid: DomainID?, version: Int?, isResumed: Bool)? = bytes.withUnsafeBytes {
            text in
            var found: (uuid: DomainUUID?, domid: DomainID?, version: Int?, isResumed: Bool) = (nil, nil, nil, false)
            var start = 0
            while let base = text.baseAddress, let end = memchr(base + start, 0x0a, text.count - start) {
                let line = UnsafeRawBufferPointer(rebasing: text[start..<(UnsafeRawPointer(end) - base)])
                start += line.count + 1
                guard line.count > 3, line[0] == 0x20, line[1] == 0x20, line[2] == UInt8(ascii: "\"") else { continue }
                func value(of name: StaticString) -> Substring? {
                    let length = name.utf8CodeUnitCount
                    guard line.count > length + 6, let begin = line.baseAddress,
                        memcmp(begin + 3, name.utf8Start, length) == 0, line[3 + length] == UInt8(ascii: "\"")
                    else { return nil }
                    let rest = String(decoding: line[(length + 4)...], as: UTF8.self)
                    return rest.drop { " :".contains($0) }.prefix { $0 != "," }
                }
                switch line[3] {
                case UInt8(ascii: "d"):
                    if let value = value(of: "domid") { found.domid = UInt32(value).map(DomainID.init(rawValue:)) }
                    // It may say what the domain is called.
                    if Self.mayHaveTitle(line) { return nil }
                case UInt8(ascii: "i"):
                    if let value = value(of: "isForeign"), value != "false" { return nil }
                    if let value = value(of: "isResumed") { found.isResumed = value == "true" }
                case UInt8(ascii: "p"): return nil
                case UInt8(ascii: "u"):
                    if let value = value(of: "uuid") {
                        found.uuid = DomainUUID(String(value.filter { $0 != "\"" }))
                    }
                case UInt8(ascii: "v"): if let value = value(of: "version") { found.version = Int(value) }
                default: break
                }
            }
            return found
        }
        guard let found, let uuid = found.uuid, let domid = found.domid, let version = found.version,
            version <= DomainStatus.version
        else { return nil }
        self.uuid = uuid
        self.domid = domid
        isResumed = found.isResumed
    }

    private static func mayHaveTitle(_ line: UnsafeRawBufferPointer) -> Bool {
        let word = Array("<title".utf8)
        var start = 0
        while let base = line.baseAddress, let found = memchr(base + start, 0x3c, line.count - start) {
            start = UnsafeRawPointer(found) - base + 1
            if line.count - start >= word.count, memcmp(found, word, word.count) == 0 { return true }
        }
        return false
    }
}
