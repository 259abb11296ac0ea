import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Devices {
    private static let one = DeviceID(rawValue: 1)

    /// One of each kind that libxl plugs as it plugs a disk, with all that it lists of it.
    private static var plain: [LibxlDevice] {
        var controller = LibxlDeviceUSBCtrl(devid: one)
        controller.type = .pv
        controller.version = 1
        controller.ports = 4
        var vtpm = LibxlDeviceVTPM(devid: one)
        vtpm.uuid = DomainUUID(high: 7, low: 8)
        var stream = LibxlVSndStream()
        stream.uniqueID = "out"
        stream.type = .playback
        var pcm = LibxlVSndPCM()
        pcm.name = "pcm"
        pcm.parameters.channelsMaximum = 2
        pcm.streams = [stream]
        var sound = LibxlDeviceVSnd(devid: one)
        sound.shortName = "card"
        sound.parameters.sampleRates = [44_100, 48_000]
        sound.parameters.sampleFormats = [.s16LE, .u8]
        sound.pcms = [pcm]
        return [
            .usbController(controller), .vtpm(vtpm), .vdispl(LibxlDeviceVDispl(devid: one)), .vsnd(sound),
        ]
    }

    /// What only the guest's own QEMU serves.
    private static var emulated: [LibxlDevice] {
        var keyboard = LibxlDeviceVKB(devid: one)
        keyboard.backend = .qemu
        keyboard.absolutePointer = true
        keyboard.width = 800
        keyboard.multiTouch = true
        keyboard.multiTouchContacts = 5
        return [
            .vkb(keyboard), .vfb(LibxlDeviceVFB(devid: one)),
            .p9(LibxlDeviceP9(tag: "share", path: "/srv", securityModel: "none", devid: one)),
        ]
    }

    static func pci(_ bus: UInt8, function: UInt8 = 0) -> LibxlDevicePCI {
        LibxlDevicePCI(domain: 0, bus: bus, device: 0, function: function)
    }

    func addresses(_ host: ContractHost, _ domid: DomainID) async throws -> [String?] {
        try await host.libxl.listDevices(.pci, of: domid).map { $0.identity?.description }
    }

    /// Runs `body` with a guest of this kind that has devices from the start, and may have PCI devices.
    func withGuest(
        _ kind: ContractHost.GuestKind = .coOperating, of host: ContractHost, type: GuestType = .pv,
        _ change: (inout LibxlDomainConfig) -> Void = { _ in }, _ body: (DomainID) async throws -> Void
    ) async throws {
        var config = host.config(kind)
        config.createInfo.type = type
        if type != .pvh { config.createInfo.passthrough = .enabled }
        change(&config)
        try await host.withNewDomain(config) { domid in
            try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
            try await body(domid)
        }
    }

    private func backendState(_ identity: DeviceIdentity, _ host: ContractHost, _ domid: DomainID) async throws
        -> String?
    {
        guard let end = try await host.backend(of: identity, in: domid) else { return nil }
        return try await host.xenstore.read(end.path.appending("state"))
    }

    // MARK: Devices with a place of their own

    @Test("a plugged device is listed, is taken once, and is gone when it was removed", arguments: plain)
    func plug(device: LibxlDevice) async throws {
        let host = try Backend.fake.open()
        let identity = try #require(device.identity)
        try await host.withGuest { domid in
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [device])
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .deviceExists)
            let end = try #require(try await host.backend(of: identity, in: domid))
            #expect(end.path.text == "/local/domain/0/backend/\(identity.xenstoreKind)/\(domid)/1")
            #expect(try await host.connects(identity, in: domid))
            #expect(try await backendState(identity, host, domid) == "4")
            #expect(try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline) == .released)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [])
            for path in [end.path, .frontend(identity, of: domid), .libxlDevice(identity, of: domid)] {
                #expect(try await host.xenstore.list(path) == nil, "\(path)")
            }
        }
    }

    @Test("a guest without drivers never connects, and a removal is forced", arguments: plain)
    func forced(device: LibxlDevice) async throws {
        let host = try Backend.fake.open()
        let identity = try #require(device.identity)
        try await host.withGuest(.neverConnects) { domid in
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            #expect(try await backendState(identity, host, domid) == "2")
            #expect(try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline) == .forced)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [])
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            try await host.libxl.destroyDevice(device, of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [])
        }
    }

    @Test("a plug whose backend does not come up fails, and leaves the device until it is destroyed")
    func halfPlugged() async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            var vtpm = LibxlDeviceVTPM(devid: Self.one)
            vtpm.backendDomainID = DomainID(rawValue: 30_000)
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(.vtpm(vtpm), to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .timedOut)
            let left = try await host.libxl.listDevices(.vtpm, of: domid)
            #expect(left.map(\.backendDomainID) == [vtpm.backendDomainID])
            try await host.libxl.destroyDevice(left[0], of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.vtpm, of: domid) == [])
        }
    }

    @Test(
        "what is not there: removing it is a success, but for host devices and controllers",
        arguments: Backend.available)
    func removeUnknown(on backend: Backend) async throws {
        let host = try backend.open()
        var controller = LibxlDeviceUSBCtrl(devid: Self.one)
        controller.type = .qusb
        var usb = LibxlDeviceUSBDev(hostBus: 1, hostAddress: 2)
        usb.controller = Self.one
        usb.port = 1
        let codes: [(LibxlDevice, LibxlError.Code?)] =
            (Self.plain.dropFirst() + Self.emulated).map { ($0, nil) } + [
                (.usbController(controller), .notFound), (.usbDevice(usb), .notFound), (.pci(Self.pci(3)), .failed),
            ]
        try await host.withGuest { domid in
            for (device, code) in codes {
                var seen: LibxlError.Code?
                do throws(LibxlError) {
                    _ = try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline)
                } catch {
                    seen = error.code
                }
                #expect(seen == code, "\(device.kind)")
            }
        }
    }

    @Test(
        "a domain without devices lists none, and libxl has no call for what it cannot do",
        arguments: Backend.available)
    func none(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            for kind in LibxlDevice.Kind.allCases where kind.canBeListed {
                let listed = try await host.libxl.listDevices(kind, of: domid)
                #expect(listed == [], "\(kind)")
            }
            for kind in LibxlDevice.Kind.allCases where !kind.canBeListed {
                let error = await #expect(throws: LibxlError.self) {
                    try await host.libxl.listDevices(kind, of: domid)
                }
                #expect(error?.code == .notImplemented)
            }
            let p9 = Self.emulated[2]
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(p9, to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .notImplemented)
        }
    }

    @Test("a domain comes with its devices of every kind, and goes with them")
    func create() async throws {
        let host = try Backend.fake.open()
        var usb = LibxlDeviceUSBDev(hostBus: 1, hostAddress: 2)
        var config = host.config()
        for device in Self.plain + Self.emulated { config.append(device) }
        config.pcidevs = [Self.pci(3), Self.pci(4)]
        config.usbdevs = [usb]
        usb.controller = Self.one
        usb.port = 1
        let domid = try await host.withNewDomain(config) { domid in
            let expected: [LibxlDevice] = Self.plain + [Self.emulated[0], .usbDevice(usb)]
            for device in expected {
                #expect(try await host.libxl.listDevices(device.kind, of: domid) == [device])
            }
            #expect(try await addresses(host, domid) == ["pci/0000:03:00.0", "pci/0000:04:00.0"])
            try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
            for identity in (Self.plain + Self.emulated).compactMap(\.identity) {
                #expect(try await host.connects(identity, in: domid), "\(identity)")
                #expect(try await backendState(identity, host, domid) == "4", "\(identity)")
            }
            #expect(try await host.connects(#require(LibxlDevice.pci(Self.pci(3)).identity), in: domid))
            return domid
        }
        for kind in ["vusb", "vtpm", "vdispl", "vsnd", "vkbd", "vfb", "9pfs", "pci"] {
            let path = XenstorePath("/local/domain/0/backend/\(kind)/\(domid)")
            #expect(try await host.xenstore.list(path) == nil, "\(kind)")
        }
    }

    // MARK: Keyboards and framebuffers

    @Test("a keyboard is written over what has its number; QEMU serves it if the guest has one")
    func keyboard() async throws {
        let host = try Backend.fake.open()
        let keyboard = Self.emulated[0]
        let identity = try #require(keyboard.identity)
        try await withGuest(of: host) {
            $0.vfbs = [LibxlDeviceVFB(devid: DeviceID(rawValue: 0))]
        } _: { domid in
            for _ in 1...2 {
                try await host.libxl.addDevice(keyboard, to: domid, deadline: host.deadline)
                #expect(try await host.libxl.listDevices(.vkb, of: domid) == [keyboard])
                #expect(try await host.connects(identity, in: domid))
            }
            #expect(try await host.libxl.removeDevice(keyboard, from: domid, deadline: host.deadline) == .released)
            #expect(try await host.libxl.listDevices(.vkb, of: domid) == [])
        }
        try await host.withGuest { domid in
            try await host.libxl.addDevice(keyboard, to: domid, deadline: host.deadline)
            #expect(try await backendState(identity, host, domid) == "1")
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.destroyDevice(keyboard, of: domid, deadline: host.deadline)
            }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("an hvm guest has one keyboard, whatever its configuration lists")
    func hvmKeyboard() async throws {
        let host = try Backend.fake.open()
        for (wanted, expected) in [(Bool?.none, [Int32(0)]), (false, [])] {
            try await withGuest(of: host, type: .hvm) {
                $0.vkbs = [LibxlDeviceVKB(devid: DeviceID(rawValue: 5))]
                $0.buildInfo.hvm.vkbDevice = wanted
            } _: { domid in
                let listed = try await host.libxl.listDevices(.vkb, of: domid)
                #expect(listed.map { $0.identity?.devid.rawValue } == expected)
            }
        }
    }
}
