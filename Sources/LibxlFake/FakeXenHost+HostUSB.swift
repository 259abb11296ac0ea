public import LibxlAPI

extension FakeXenHost: HostUSB {
    /// The devices of the configuration that say their vendor and product; none where every one is taken to be there.
    public func usbDevices() async throws(HostUSBError) -> [HostUSBEntry] {
        do throws(FakeXenError) {
            return try (store.configuration().usbDevices ?? []).sorted().compactMap { device in
                device.vendorProduct.map {
                    HostUSBEntry(
                        bus: device.bus, address: device.address, vendor: $0.vendor, product: $0.product)
                }
            }
        } catch {
            throw HostUSBError(path: "host.json", reason: "\(error)")
        }
    }
}
