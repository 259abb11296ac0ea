public import LibxlAPI
public import XenModel
public import XenUnits

extension LibxlDevicePCI {
    /// What libxl is told of a PCI device of the host for a guest of `guestType`, at start or while it runs.
    ///
    /// A managed one is taken from its driver by libxl. Where the guest sees it is left to Xen. Source:
    /// `/domain/devices/hostdev[@type='pci']`.
    public init(_ source: HostPCIDevice, _ device: HostDevice, guestType: GuestType) throws(Untranslatable) {
        try self.init(source, of: "hostdev", source.address.description, guestType: guestType)
        seize = source.seize ?? device.isManaged
    }

    /// What libxl is told of a NIC of the host's that a guest of `guestType` gets whole, at start or while it runs.
    ///
    /// Source: `/domain/devices/interface[@type='hostdev']`.
    public init(
        _ source: HostPCIDevice, of interface: Interface, guestType: GuestType
    ) throws(Untranslatable) {
        try self.init(source, of: "interface", interface.mac.description, guestType: guestType)
    }

    private init(
        _ source: HostPCIDevice, of element: String, _ name: String, guestType: GuestType
    ) throws(Untranslatable) {
        // Source: Xen, which has no bus for them in a pvh guest.
        try guestType.require([.hvm, .pv], at: "/domain/devices/\(element)", device: name)
        self.init(
            domain: Int32(source.address.domain), bus: source.address.bus, device: source.address.slot,
            function: source.address.function)
        permissive = source.permissive ?? false
        msiTranslate = source.msiTranslate ?? false
        powerManagement = source.powerManagement ?? false
        seize = source.seize ?? false
        rdmPolicy = source.rdmPolicy
    }
}
