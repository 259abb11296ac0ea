public import LibxlAPI

/// A Xen host, as four protocols: the real one, or the built-in fake.
public struct XenHost: Sendable {
    public var libxl: any Libxl
    public var xenstore: any Xenstore
    public var network: any HostNetwork
    public var usb: any HostUSB

    /// The host behind these four.
    public init(libxl: any Libxl, xenstore: any Xenstore, network: any HostNetwork, usb: any HostUSB) {
        self.libxl = libxl
        self.xenstore = xenstore
        self.network = network
        self.usb = usb
    }
}
