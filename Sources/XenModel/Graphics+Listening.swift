extension Graphics {
    /// The host's own address, which only programs on the host reach.
    public static let loopbackAddress = "127.0.0.1"

    /// Where the display listens: at the address of its first `listen`, and at the host's own address alone unless that
    /// names one. A display is never open to everyone because a document says nothing.
    ///
    /// A first `listen` that is a network, a socket or `none` is no address either. Source: libvirt's Xen driver.
    public var listenAddress: String {
        guard let first = listens.first, first.type == "address", let address = first.address, !address.isEmpty else {
            return Self.loopbackAddress
        }
        return address
    }
}
