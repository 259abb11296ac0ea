package import XenUnits

/// What a fake host can be made to do behind everyone's back, as guests and other people do things to a real one.
package struct FakeControls: Sendable {
    /// Something that happens to one domain.
    package enum Deed: Hashable, Sendable {
        /// Its guest ends; libxl's word of how.
        case end(String)
        /// Its guest lets go of every device that it was asked for.
        case release
        /// Its guest lets go of no device and heeds no request to end, or co-operates again.
        case refuse(Bool)
        /// Its guest has so much memory from now on.
        case memory(Kibibytes)
        /// Its QEMU ends.
        case endDeviceModel
        /// Another toolstack plugs a NIC, or unplugs it.
        case attachInterface(MACAddress, bridge: String?)
        case detachInterface(MACAddress)
        /// Another toolstack destroys it.
        case destroy
    }

    let perform: @Sendable (Deed, DomainID) async throws(ConnectionError) -> Void
    let rebootHost: @Sendable () throws(ConnectionError) -> Void

    /// `perform` does something to a domain that runs; `rebootHost` pulls the host's plug.
    package init(
        perform: @escaping @Sendable (Deed, DomainID) async throws(ConnectionError) -> Void,
        rebootHost: @escaping @Sendable () throws(ConnectionError) -> Void
    ) {
        self.perform = perform
        self.rebootHost = rebootHost
    }
}
