import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Devices {
    private static let devices: [LibxlDevice] = [
        .usbController(LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: 1))),
        .vtpm(LibxlDeviceVTPM(devid: DeviceID(rawValue: 1))),
        .vdispl(LibxlDeviceVDispl(devid: DeviceID(rawValue: 1))),
        .vsnd(LibxlDeviceVSnd(devid: DeviceID(rawValue: 1))),
        .vkb(LibxlDeviceVKB(devid: DeviceID(rawValue: 1))),
    ]

    @Test("a plugged device is listed and taken once, and is gone when it was removed", arguments: devices)
    func plug(device: LibxlDevice) async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [device])
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .deviceExists)
            _ = try await host.libxl.removeDevice(device, from: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(device.kind, of: domid) == [])
        }
    }

    @Test("a USB device gets a controller's free port, and none is ERROR_FAIL")
    func usb() async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            let device = LibxlDevice.usbDevice(LibxlDeviceUSBDev(hostBus: 1, hostAddress: 2))
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .failed)
            let controller = LibxlDevice.usbController(LibxlDeviceUSBCtrl(devid: DeviceID(rawValue: 0)))
            try await host.libxl.addDevice(controller, to: domid, deadline: host.deadline)
            try await host.libxl.addDevice(device, to: domid, deadline: host.deadline)
            let listed = try await host.libxl.listDevices(.usbDevice, of: domid)
            #expect(listed.map { $0.identity?.description } == ["vusb/0/1"])
        }
    }

    @Test("libxl has no call for what it cannot do")
    func missing() async throws {
        let host = try Backend.fake.open()
        try await host.withGuest { domid in
            let error = await #expect(throws: LibxlError.self) { try await host.libxl.listDevices(.p9, of: domid) }
            #expect(error?.code == .notImplemented)
        }
    }
}
