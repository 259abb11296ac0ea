public import XenUnits

/// Something in a document that is not in the value that was read from it.
public struct DocumentNotice: Hashable, Sendable {
    /// Where it stands: element names, an index from 1 for a device or one of several, and `@` before an attribute, as
    /// in `/domain/devices/disk[2]/driver/@cache`.
    public var path: String
    /// The line of the element, from 1.
    public var line: Int
    public var kind: Kind

    /// A notice about what stands at `path`.
    public init(path: String, line: Int, kind: Kind) {
        self.path = path
        self.line = line
        self.kind = kind
    }

    /// Why it was left out.
    public enum Kind: Hashable, Sendable {
        /// This driver has no support for it, nor for anything inside it.
        case unsupported
        /// It is about a processor that the domain, which has `maximum`, does not have.
        case noSuchProcessor(UInt32, maximum: UInt32)
        /// It exceeds the domain's memory, `maximum`, which holds.
        case memoryLowered(Kibibytes, maximum: Kibibytes)
        /// What stands at this path says otherwise, and holds.
        case overridden(by: String)
        /// It is a device that Xen cannot express: kept in the definition, and not passed to Xen.
        case descriptionOnly
        /// An alias that a driver gave while the domain ran; it means nothing in a definition.
        case generatedAliasDropped(String)
        /// A host-side name that Xen gave while the domain ran; it will give another one.
        case generatedTargetDropped(String)
    }

    /// Whether what was written does not hold, of which a strict reading makes an error.
    var isOmission: Bool {
        switch kind {
        case .unsupported, .noSuchProcessor, .memoryLowered, .overridden: true
        case .descriptionOnly, .generatedAliasDropped, .generatedTargetDropped: false
        }
    }
}

extension DocumentNotice: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .unsupported:
            "line \(line): \(path) is not supported by this driver and was left out"
        case .noSuchProcessor(let number, let maximum):
            "line \(line): \(path) was left out: there is no vCPU \(number) in a domain with \(maximum)"
        case .memoryLowered(let amount, let maximum):
            "line \(line): \(path): \(amount.count) KiB exceed the memory of the domain, so that it is"
                + " \(maximum.count) KiB"
        case .overridden(let other):
            "line \(line): \(path) was left out: \(other) says otherwise, and holds"
        case .descriptionOnly:
            "line \(line): \(path) is kept as a description only; Xen has no such device"
        case .generatedAliasDropped(let alias):
            "line \(line): \(path): the alias '\(alias)' was generated for a running device and was left out;"
                + " an alias of your own begins with 'ua-'"
        case .generatedTargetDropped(let target):
            "line \(line): \(path): the name '\(target)' was generated for a running device and was left out"
        }
    }
}
