/// How a document is to be read.
public struct ReaderOptions: Hashable, Sendable {
    /// What the driver can make of a document.
    public var features: ParseFeatures
    /// Whose document it is.
    public var form: DocumentForm
    /// Whether something that the driver does not support is an error instead of a notice.
    public var isStrict: Bool

    /// Options for a document of `form`.
    public init(features: ParseFeatures, form: DocumentForm, isStrict: Bool = false) {
        self.features = features
        self.form = form
        self.isStrict = isStrict
    }
}

/// Whose document it is, and so what the names in it are worth.
public enum DocumentForm: Hashable, Sendable, CaseIterable {
    /// A user's: for define, attach or a request. Names that the driver gave to a running device are dropped, with a
    /// notice; a missing UUID or MAC address is drawn at random.
    case inactive
    /// The driver's own, about a running domain. Generated aliases and `vif…` targets are kept; nothing may be missing.
    case live
}

/// What a document says, and what of it was left out.
public struct Parsed<Value: Sendable>: Sendable {
    public var value: Value
    /// In the order of the document's lines.
    public var notices: [DocumentNotice]

    /// A value that was read, and what is to be said about the reading.
    public init(value: Value, notices: [DocumentNotice]) {
        self.value = value
        self.notices = notices
    }
}
