import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Devices {
    private func node(_ path: String, _ host: ContractHost) async throws -> String? {
        try await host.xenstore.read(XenstorePath(path))
    }

    private func refusal(of body: () async throws -> Void) async -> LibxlError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? LibxlError)?.code
        }
    }

    /// Waits until both ends of a pv guest's PCI devices are connected.
    private func connects(_ host: ContractHost, _ domid: DomainID) async throws -> Bool {
        try await host.eventually { try await node("/local/domain/0/backend/pci/\(domid)/0/state", host) == "4" }
    }

    // MARK: PCI

    @Test("the PCI devices of a guest share one device of xenstore's, of which libxl has no record")
    func bus() async throws {
        let host = try Backend.fake.open()
        try await withGuest(of: host) { domid in
            let back = "/local/domain/0/backend/pci/\(domid)/0"
            let front = "/local/domain/\(domid)/device/pci/0"
            for bus: UInt8 in [3, 4, 5] {
                var pci = Self.pci(bus)
                pci.permissive = bus == 4
                pci.guestSlot = UInt32(bus) << 3
                try await host.libxl.addDevice(.pci(pci), to: domid, deadline: host.deadline)
                #expect(try await connects(host, domid))
            }
            let nodes = [
                "\(back)/num_devs": "3", "\(back)/dev-0": "0000:03:00.0", "\(back)/dev-2": "0000:05:00.0",
                "\(back)/opts-1": "msitranslate=0,power_mgmt=0,permissive=1,rdm_policy=strict",
                "\(back)/vdevfn-1": "20", "\(back)/state-1": "3", "\(back)/frontend": front, "\(front)/backend": back,
                "\(front)/state": "4",
            ]
            for (path, value) in nodes { #expect(try await node(path, host) == value, "\(path)") }
            #expect(try await host.xenstore.list(.libxlDevices(kind: "pci", of: domid)) == nil)
            _ = try await host.libxl.removeDevice(.pci(Self.pci(3)), from: domid, deadline: host.deadline)
            #expect(try await addresses(host, domid) == ["pci/0000:04:00.0", "pci/0000:05:00.0"])
            #expect(try await node("\(back)/dev-0", host) == "0000:04:00.0")
            #expect(try await node("\(back)/vdevfn-0", host) == "20")
            #expect(try await node("\(back)/dev-2", host) == nil)
            for bus: UInt8 in [5, 4] {
                _ = try await host.libxl.removeDevice(.pci(Self.pci(bus)), from: domid, deadline: host.deadline)
            }
            #expect(try await addresses(host, domid) == [])
            for path in [back, front] { #expect(try await host.xenstore.list(XenstorePath(path)) == nil, "\(path)") }
        }
    }

    @Test("what is listed of a PCI device is what xenstore holds of it")
    func pciListing() async throws {
        let host = try Backend.fake.open()
        var pci = Self.pci(3, function: 2)
        pci.msiTranslate = true
        pci.powerManagement = true
        pci.seize = true
        pci.rdmPolicy = .relaxed
        try await withGuest(of: host) { domid in
            try await host.libxl.addDevice(.pci(pci), to: domid, deadline: host.deadline)
            pci.seize = false
            #expect(try await host.libxl.listDevices(.pci, of: domid) == [.pci(pci)])
        }
    }

    @Test("a PCI device is one domain's alone, until it is taken from it", arguments: [GuestType.pv, .hvm])
    func pciAlone(type: GuestType) async throws {
        let host = try Backend.fake.open()
        let device = LibxlDevice.pci(Self.pci(3))
        try await withGuest(of: host) { first in
            try await host.libxl.addDevice(device, to: first, deadline: host.deadline)
            #expect(try await connects(host, first))
            try await withGuest(of: host, type: type) { second in
                for domid in [first, second, second] {
                    let code = await refusal {
                        try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
                    }
                    #expect(code == (type == .hvm && domid == second ? .nonspecific : .failed))
                }
                #expect(try await addresses(host, second) == [])
                _ = try await host.libxl.removeDevice(device, from: first, deadline: host.deadline)
                try await host.libxl.addDevice(device, to: second, deadline: host.deadline)
                #expect(try await addresses(host, second) == ["pci/0000:03:00.0"])
            }
            try await host.libxl.addDevice(device, to: first, deadline: host.deadline)
        }
    }

    @Test("one that the guest does not have is ERROR_INVAL, or ERROR_FAIL if it has none; to destroy it is a success")
    func pciUnknown() async throws {
        let host = try Backend.fake.open()
        let (device, other) = (LibxlDevice.pci(Self.pci(3)), LibxlDevice.pci(Self.pci(4)))
        try await withGuest(of: host) { domid in
            func remove() async throws {
                _ = try await host.libxl.removeDevice(other, from: domid, deadline: host.deadline)
            }
            #expect(await refusal(of: remove) == .failed)
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            #expect(await refusal(of: remove) == .invalid)
            try await host.libxl.destroyDevice(other, of: domid, deadline: host.deadline)
            #expect(try await addresses(host, domid) == ["pci/0000:03:00.0"])
        }
    }

    @Test("a pv guest that does not take part keeps its PCI devices, which is a success, and gets no second one")
    func pciMute() async throws {
        let host = try Backend.fake.open()
        let device = LibxlDevice.pci(Self.pci(3))
        try await withGuest(.neverConnects, of: host) { domid in
            let state = "/local/domain/0/backend/pci/\(domid)/0/state"
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            #expect(try await node(state, host) == "3")
            #expect(try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline) == .released)
            try await host.libxl.destroyDevice(device, of: domid, deadline: host.deadline)
            #expect(try await addresses(host, domid) == ["pci/0000:03:00.0"])
            #expect(try await node(state, host) == "3")
            let code = await refusal {
                try await host.libxl.addDevice(.pci(Self.pci(4)), to: domid, deadline: host.deadline)
            }
            #expect(code == .failed)
        }
    }

    @Test("an hvm guest sees a PCI device through QEMU: no end connects, and only force takes it from an unwilling one")
    func pciEmulated() async throws {
        let host = try Backend.fake.open()
        let device = LibxlDevice.pci(Self.pci(3))
        for kind in ContractHost.GuestKind.allCases {
            try await withGuest(kind, of: host, type: .hvm) { domid in
                try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
                #expect(try await node("/local/domain/0/backend/pci/\(domid)/0/state", host) == "3")
                #expect(try await node("/local/domain/0/backend/pci/\(domid)/0/vdevfn-0", host) == "20")
                let code = await refusal {
                    _ = try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline)
                }
                #expect(code == (kind == .coOperating ? nil : .timedOut))
                #expect(try await addresses(host, domid).isEmpty == (kind == .coOperating))
                try await host.libxl.destroyDevice(device, of: domid, deadline: host.deadline)
                #expect(try await addresses(host, domid) == [])
            }
        }
    }

    @Test("a domain that cannot have PCI devices is not made with one")
    func pciRefused() async throws {
        let host = try Backend.fake.open()
        var pvh = host.config()
        pvh.createInfo.type = .pvh
        var disabled = host.config()
        disabled.createInfo.passthrough = .disabled
        var populated = host.config()
        populated.createInfo.type = .hvm
        populated.buildInfo.targetMemory = Kibibytes(65_536)
        let before = try await host.libxl.listDomains().map(\.domid)
        for var config in [pvh, disabled, populated] {
            config.pcidevs = [Self.pci(3)]
            let code = await refusal { _ = try await host.libxl.createDomain(config, deadline: host.deadline) }
            #expect(code == .invalid)
        }
        #expect(try await host.libxl.listDomains().map(\.domid) == before)
        var twice = host.config()
        twice.pcidevs = [Self.pci(3), Self.pci(3)]
        let code = await refusal { _ = try await host.libxl.createDomain(twice, deadline: host.deadline) }
        #expect(code == .failed)
        #expect(try await host.libxl.listDomains().map(\.domid) == before)
        var config = host.config()
        config.pcidevs = [Self.pci(3)]
        try await host.withNewDomain(config) { domid in
            let listed = try await addresses(host, domid)
            #expect(listed == ["pci/0000:03:00.0"])
        }
    }

    // MARK: USB

    private func places(_ host: ContractHost, _ domid: DomainID) async throws -> [String?] {
        try await host.libxl.listDevices(.usbDevice, of: domid).map { $0.identity?.description }
    }

    private func controller(_ devid: Int32, ports: Int32 = 2) -> LibxlDevice {
        var controller = LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: devid))
        controller.type = .pv
        controller.ports = ports
        return .usbController(controller)
    }

    private func usb(_ address: UInt8, at controller: Int32? = nil, port: Int32 = 0) -> LibxlDevice {
        var usb = LibxlDeviceUSBDev(hostBus: 1, hostAddress: address)
        usb.controller = controller.map { DeviceID(rawValue: $0) }
        usb.port = port
        return .usbDevice(usb)
    }

    @Test("a USB device gets the first free port, and a new controller if there is none")
    func usbPlace() async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            try await host.libxl.addDevice(controller(3), to: domid, deadline: host.deadline)
            try await host.libxl.addDevice(usb(1, at: 3, port: 2), to: domid, deadline: host.deadline)
            for address: UInt8 in [2, 3, 4] {
                try await host.libxl.addDevice(usb(address), to: domid, deadline: host.deadline)
            }
            #expect(try await places(host, domid) == ["vusb/3/1", "vusb/3/2", "vusb/4/1", "vusb/4/2"])
            let made = try #require(try await host.libxl.listDevices(.usbController, of: domid).last)
            guard case .usbController(let details) = made else { return }
            #expect(details.type == .pv && details.version == 2 && details.ports == 8)
            #expect(try await host.connects(.usbController(devid: DeviceID(rawValue: 4)), in: domid))
            let port = "/local/domain/0/backend/vusb/\(domid)/3/port/1"
            #expect(try await node(port, host)?.isEmpty == false)
            _ = try await host.libxl.removeDevice(usb(2, at: 3, port: 1), from: domid, deadline: host.deadline)
            #expect(try await node(port, host) == "")
            try await host.libxl.addDevice(usb(9), to: domid, deadline: host.deadline)
            #expect(try await places(host, domid).first == "vusb/3/1")
        }
    }

    @Test("a USB device is refused what it cannot have")
    func usbRefused() async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            try await host.libxl.addDevice(controller(0, ports: 1), to: domid, deadline: host.deadline)
            try await host.libxl.addDevice(usb(1, at: 0, port: 1), to: domid, deadline: host.deadline)
            for (device, expected) in [
                (usb(1), LibxlError.Code.invalid), (usb(2, at: 0, port: 1), .failed), (usb(2, at: 0), .failed),
                (usb(2, port: 1), .invalid), (usb(2, at: 7, port: 1), .notFound), (usb(0), .failed),
            ] {
                let code = await refusal {
                    try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
                }
                #expect(code == expected, "\(device)")
            }
            #expect(try await places(host, domid) == ["vusb/0/1"])
            try await host.withGuest { other in
                let code = await refusal {
                    try await host.libxl.addDevice(usb(1), to: other, deadline: host.deadline)
                }
                #expect(code == .invalid)
            }
            let removals: [(LibxlDevice, LibxlError.Code?)] = [
                (usb(1), .failed), (usb(1, at: 0), .failed), (usb(1, at: 0, port: 9), .failed),
                (usb(1, at: 7, port: 1), .notFound), (usb(1, at: 0, port: 1), nil), (usb(1, at: 0, port: 1), nil),
            ]
            for (device, expected) in removals {
                let code = await refusal {
                    _ = try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline)
                }
                #expect(code == expected, "\(device)")
            }
        }
    }

    @Test("a USB controller takes its devices along, and is not removed without its type")
    func usbController() async throws {
        let host = try Backend.fake.open()
        for isDestroyed in [false, true] {
            try await host.withGuest { domid in
                for devid: Int32 in [0, 1] {
                    try await host.libxl.addDevice(controller(devid), to: domid, deadline: host.deadline)
                    let device = usb(UInt8(devid) + 1, at: devid)
                    try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
                }
                let typeless = LibxlDevice.usbController(LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: 0)))
                func take(_ device: LibxlDevice) async throws {
                    if isDestroyed {
                        try await host.libxl.destroyDevice(device, of: domid, deadline: host.deadline)
                    } else {
                        _ = try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline)
                    }
                }
                #expect(await refusal { try await take(typeless) } == .invalid)
                try await take(controller(0))
                #expect(try await places(host, domid) == ["vusb/1/1"])
                #expect(await refusal { try await take(controller(0)) } == .notFound)
                // The device is free again.
                try await host.libxl.addDevice(usb(1), to: domid, deadline: host.deadline)
                #expect(try await places(host, domid) == ["vusb/1/1", "vusb/1/2"])
            }
        }
    }

    @Test("an hvm guest's controller is QEMU's, and has libxl's record alone")
    func usbEmulated() async throws {
        let host = try Backend.fake.open()
        try await withGuest(of: host, type: .hvm) { domid in
            let record = "/libxl/\(domid)/device/vusb/0"
            try await host.libxl.addDevice(usb(1), to: domid, deadline: host.deadline)
            guard case .usbController(let made)? = try await host.libxl.listDevices(.usbController, of: domid).first
            else { return #expect(Bool(false), "no controller was made") }
            #expect(made.type == .deviceModel && made.version == 2 && made.ports == 6)
            #expect(try await node(record + "/port/1", host)?.isEmpty == false)
            #expect(try await node(record + "/backend", host) == nil)
            #expect(try await host.xenstore.list(XenstorePath("/local/domain/\(domid)/device/vusb")) == nil)
            #expect(try await places(host, domid) == ["vusb/0/1"])
            _ = try await host.libxl.removeDevice(.usbController(made), from: domid, deadline: host.deadline)
            #expect(try await host.xenstore.list(XenstorePath(record)) == nil)
        }
    }
}
