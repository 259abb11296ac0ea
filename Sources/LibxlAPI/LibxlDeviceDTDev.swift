/// A device of the host's device tree, which comes with a domain and goes with it. Source: `libxl_device_dtdev`.
public struct LibxlDeviceDTDev: Hashable, Sendable, Codable {
    /// Its node.
    public var path: String

    /// The device of this node.
    public init(path: String) {
        self.path = path
    }
}

extension LibxlDeviceDTDev: LibxlConfigElement {
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.dtdevs }
    public static var listName: String { "dtdevs" }
}
