/// How another tool of Xen's writes a domain down. The raw values are libvirt's words, and one of ours.
public enum NativeFormat: String, Hashable, Sendable, CaseIterable {
    /// The file that xl reads. Source: xl.cfg(5).
    case xl = "xen-xl"
    /// libxl's own JSON of a domain, as `xl list -l` prints it.
    case json = "xen-json"

    /// The format that the user calls `word`, to be read or, with `isOutput`, to be written.
    public init(_ word: String, isOutput: Bool) throws(DriverError) {
        let formats: [NativeFormat] = isOutput ? [.xl, .json] : [.xl]
        if let format = formats.first(where: { $0.rawValue == word }) {
            self = format
            return
        }
        let conversion = "conversion \(isOutput ? "to" : "from") '\(word)' format"
        switch word {
        case "xen-sxpr": throw .formatNotSupported("\(conversion) is no longer supported")
        case "xen-xm":
            throw .formatNotSupported(
                "\(conversion) is not supported; use xen-xl, in which most of those files can be read")
        case Self.json.rawValue: throw .formatNotSupported("\(conversion) is not supported; use xen-xl")
        default: throw .unknownFormat(word)
        }
    }
}

/// A domain that was written down in another way.
public struct Conversion: Hashable, Sendable {
    /// The document, or the native text.
    public var text: String
    /// Sentences: what was left out, or is not quite the same.
    public var warnings: [DriverNotice]
    /// Sentences: what was taken from elsewhere.
    public var notes: [DriverNotice] = []
}
