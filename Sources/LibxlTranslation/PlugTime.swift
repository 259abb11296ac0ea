/// When a device meets its guest; libxl is given something else each time.
public enum PlugTime: String, Hashable, Sendable, CaseIterable {
    /// As part of the domain, before its guest runs.
    case atStart
    /// Into a guest that runs.
    case hot
}
