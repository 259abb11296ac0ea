/// How a document is to be read.
package struct ReaderOptions: Hashable, Sendable {
    /// What the driver can make of a document.
    package var features: ParseFeatures
    /// Whose document it is.
    package var form: DocumentForm
    /// Whether something that the driver does not support is an error instead of a notice.
    package var isStrict: Bool

    /// Options for a document of `form`.
    package init(features: ParseFeatures, form: DocumentForm, isStrict: Bool = false) {
        self.features = features
        self.form = form
        self.isStrict = isStrict
    }
}

/// Whose document it is, and so what the names in it are worth.
package enum DocumentForm: Hashable, Sendable, CaseIterable {
    /// A user's: for define, attach or a request. Names that the driver gave to a running device are dropped, with a
    /// notice; a missing UUID or MAC address is drawn at random.
    case inactive
    /// The driver's own, about a running domain. Generated aliases and `vif…` targets are kept; nothing may be missing.
    case live
}

/// What a document says, and what of it was left out.
package struct Parsed<Value: Sendable>: Sendable {
    package var value: Value
    /// In the order of the document's lines.
    package var notices: [DocumentNotice]

    /// A value that was read, and what is to be said about the reading.
    package init(value: Value, notices: [DocumentNotice]) {
        self.value = value
        self.notices = notices
    }
}

/// What a driver can make of a document beyond the common ground; a document that needs more is refused.
///
/// Each has the meaning of libvirt's parser feature of like name. A driver declares its own set; a feature without a
/// reader yet changes nothing, and the elements that it is about are reported as not supported.
public struct ParseFeatures: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Devices may carry a user's alias; without it one is an error. Read.
    public static let userAliases = ParseFeatures(rawValue: 1 << 0)
    /// `os/@firmware` chooses a firmware by description. No reader yet.
    public static let firmwareAutoselection = ParseFeatures(rawValue: 1 << 1)
    /// A NIC's model may be any word; without it a word outside `InterfaceModel` is an error. Read.
    public static let netModelStrings = ParseFeatures(rawValue: 1 << 2)
    /// `maxMemory` and memory devices. No reader yet.
    public static let memoryHotplug = ParseFeatures(rawValue: 1 << 3)
    /// Processors that are off line may be pinned. No reader yet.
    public static let offlineVCPUPin = ParseFeatures(rawValue: 1 << 4)
    /// `vcpus/vcpu` names processors one by one. No reader yet.
    public static let individualVCPUs = ParseFeatures(rawValue: 1 << 5)
    /// A disk's source may be a descriptor that was handed over. No reader yet.
    public static let diskFileDescriptor = ParseFeatures(rawValue: 1 << 6)
}
