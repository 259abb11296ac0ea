public import LibxlAPI
import Logging
import XenUnits

/// A Xen host, as five protocols: the real one, or the fake.
public struct XenHost: Sendable {
    public var libxl: any Libxl
    public var xenstore: any Xenstore
    public var network: any HostNetwork
    public var usb: any HostUSB
    public var processes: any HostProcesses

    /// The host behind these five.
    public init(
        libxl: any Libxl, xenstore: any Xenstore, network: any HostNetwork, usb: any HostUSB,
        processes: any HostProcesses
    ) {
        self.libxl = libxl
        self.xenstore = xenstore
        self.network = network
        self.usb = usb
        self.processes = processes
    }

    /// This host, with each call of libxl's logged by `logger`.
    func logged(by logger: Logger, _ clock: any HostClock) -> XenHost {
        XenHost(
            libxl: LoggedLibxl(libxl: libxl, logger: logger, clock: clock), xenstore: xenstore, network: network,
            usb: usb, processes: processes)
    }
}
