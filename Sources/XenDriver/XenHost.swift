public import LibxlAPI

/// A Xen host, as three protocols: the real one, or the built-in fake.
public struct XenHost: Sendable {
    public var libxl: any Libxl
    public var xenstore: any Xenstore
    public var network: any HostNetwork

    /// The host behind these three.
    public init(libxl: any Libxl, xenstore: any Xenstore, network: any HostNetwork) {
        self.libxl = libxl
        self.xenstore = xenstore
        self.network = network
    }
}
