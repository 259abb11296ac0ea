import Foundation
import LibxlAPI
import Testing

@testable import LibxlHost

@Suite("The USB devices of this machine, as its kernel shows them")
struct KernelUSBTests {
    /// A directory such as `/sys/bus/usb/devices`.
    private final class Devices {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("xk-usb-\(UUID())")

        init() throws {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        }

        deinit {
            try? FileManager.default.removeItem(at: directory)
        }

        func add(_ name: String, _ files: [String: String]) throws {
            let device = directory.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: device, withIntermediateDirectories: false)
            for (file, text) in files { try Data(text.utf8).write(to: device.appendingPathComponent(file)) }
        }

        var usb: KernelUSB { KernelUSB(devices: directory.path) }
    }

    @Test("devices are read with their place, vendor and product, in the order of their places; interfaces are none")
    func devices() async throws {
        let devices = try Devices()
        try devices.add("2-1", ["busnum": "2\n", "devnum": "1\n", "idVendor": "1d6b\n", "idProduct": "0003\n"])
        try devices.add("1-4", ["busnum": "1\n", "devnum": "12\n", "idVendor": "046D\n", "idProduct": "c52b\n"])
        try devices.add("1-4:1.0", ["bInterfaceNumber": "00\n"])
        #expect(
            try await devices.usb.usbDevices() == [
                HostUSBEntry(bus: 1, address: 12, vendor: 0x046d, product: 0xc52b),
                HostUSBEntry(bus: 2, address: 1, vendor: 0x1d6b, product: 3),
            ])
    }

    @Test("a device of which no number can be read, for it is going, is none", arguments: ["", "no number\n", "400\n"])
    func going(devnum: String) async throws {
        let devices = try Devices()
        try devices.add("1-4", ["busnum": "1\n", "devnum": devnum, "idVendor": "046d\n", "idProduct": "c52b\n"])
        #expect(try await devices.usb.usbDevices() == [])
    }

    @Test("a machine without USB has no device, and what cannot be read is an error with its path")
    func unreadable() async throws {
        let devices = try Devices()
        #expect(try await KernelUSB(devices: devices.directory.path + "/none").usbDevices() == [])
        try devices.add("1-4", [:])
        let file = devices.directory.appendingPathComponent("1-4/busnum").path
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        let error = await #expect(throws: HostUSBError.self) { try await devices.usb.usbDevices() }
        #expect(error == HostUSBError(path: file, reason: "Is a directory"))
        try Data().write(to: devices.directory.appendingPathComponent("plain"))
        let path = devices.directory.path + "/plain"
        let none = await #expect(throws: HostUSBError.self) { try await KernelUSB(devices: path).usbDevices() }
        #expect(none == HostUSBError(path: path, reason: "Not a directory"))
    }

    @Test("this machine's own can be read")
    func own() async throws {
        await #expect(throws: Never.self) { try await KernelUSB().usbDevices() }
    }
}
