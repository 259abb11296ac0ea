/// What of a text only they may see who ask for it.
package enum Secrets {
    /// What stands in its place.
    package static let mask = "***"

    /// `json` with the values of the members `passwd` and `vncpasswd` and the keys of Ceph's users (`:key=…` in an image's
    /// name) replaced by `mask`; what is no JSON stays as it is but for these.
    package static func masked(_ json: String) -> String {
        var masked: [UInt8] = []
        var rest = json.utf8[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "\""), let value = valueOfSecretMember(rest) {
                masked += rest[..<value]
                masked += mask.utf8
                rest = rest[endOfText(from: value, in: rest)...]
            } else if rest.starts(with: ":key=".utf8) {
                masked += (":key=" + mask).utf8
                rest = rest.dropFirst(5).drop(while: isBase64)
            } else {
                masked.append(byte)
                rest.removeFirst()
            }
        }
        return String(decoding: masked, as: UTF8.self)
    }

    private static let members = ["\"passwd\"", "\"vncpasswd\""]

    /// Where the text begins, behind its quotation mark, that is the value of the secret member that `json` begins with.
    private static func valueOfSecretMember(_ json: Substring.UTF8View) -> Substring.UTF8View.Index? {
        guard let member = members.first(where: { json.starts(with: $0.utf8) }) else { return nil }
        func withoutSpace(_ json: Substring.UTF8View) -> Substring.UTF8View {
            json.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        }
        let separator = withoutSpace(json.dropFirst(member.utf8.count))
        guard separator.first == UInt8(ascii: ":") else { return nil }
        let value = withoutSpace(separator.dropFirst())
        return value.first == UInt8(ascii: "\"") ? value.dropFirst().startIndex : nil
    }

    /// Where the text ends that begins at `start`: at its closing quotation mark, or with `json`.
    private static func endOfText(from start: Substring.UTF8View.Index, in json: Substring.UTF8View)
        -> Substring.UTF8View.Index
    {
        var index = start
        while index < json.endIndex, json[index] != UInt8(ascii: "\"") {
            let isEscape = json[index] == UInt8(ascii: "\\")
            index = json.index(after: index)
            if isEscape, index < json.endIndex { index = json.index(after: index) }
        }
        return index
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
