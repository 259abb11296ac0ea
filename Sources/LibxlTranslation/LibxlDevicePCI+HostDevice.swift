package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDevicePCI {
    /// What libxl is given for a PCI device of the host for a guest of `guestType`, at start or while it runs.
    ///
    /// A managed one is taken from its driver by libxl. Where the guest sees it is left to Xen. Source:
    /// `/domain/devices/hostdev[@type='pci']`.
    package init(_ source: HostPCIDevice, _ device: HostDevice, guestType: GuestType) throws(Untranslatable) {
        try self.init(source, of: "hostdev", source.address.description, guestType: guestType)
        seize = source.seize ?? device.isManaged
    }

    /// What libxl is given for a NIC of the host's that a guest of `guestType` gets whole, at start or while it runs.
    ///
    /// Source: `/domain/devices/interface[@type='hostdev']`.
    package init(
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

extension HostDevice: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<HostDevice>()
        func pci(_ part: String, _ member: any WritableKeyPath<HostPCIDevice, Bool?> & Sendable) -> DeviceProbe {
            of.when(part, { $0.pci?[keyPath: member] != nil }) { $0.pci?[keyPath: member] = nil }
        }
        return [
            of.when("source/address", { $0.pci != nil }) { device in
                if let address = device.pci?.address { device.pci?.address = address.another }
            },
            of.when("source/address", { $0.usb?.place != nil }) { $0.usb?.place?.device ^= 1 },
            of.when("source/vendor", { $0.usb?.vendorProduct != nil && $0.usb?.place != nil }) {
                $0.usb?.vendorProduct = nil
            },
            of.when("@managed", \.isManaged) { $0.isManaged = false },
            pci("source/@writeFiltering", \.permissive), pci("xenkeeper:pci/@msiTranslate", \.msiTranslate),
            pci("xenkeeper:pci/@powerManagement", \.powerManagement), pci("xenkeeper:pci/@seize", \.seize),
            of.when("xenkeeper:pci/@rdmPolicy", { $0.pci?.rdmPolicy != nil }) { $0.pci?.rdmPolicy = nil },
        ]
    }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        guard case .pci(let source) = source else { return nil }
        return PassedDevice(try LibxlDevicePCI(source, self, guestType: guest.type))
    }

    var group: TranslationReport.Group? { if case .usb = source { .usb } else { nil } }
}

extension HostDevice {
    fileprivate var pci: HostPCIDevice? {
        get { if case .pci(let device) = source { device } else { nil } }
        set { if let newValue { source = .pci(newValue) } }
    }

    fileprivate var usb: HostUSBDevice? {
        get { if case .usb(let device) = source { device } else { nil } }
        set { if let newValue { source = .usb(newValue) } }
    }
}
