import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Disks {
    @Test("a plugged disk is listed by the text and the source that it was given", arguments: Backend.available)
    func list(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            var disk = host.disk("xvdb")
            disk.readwrite = false
            try await host.libxl.addDevice(.disk(disk), to: domid, deadline: host.deadline)
            let listed = try #require(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).first)
            #expect(listed.vdev == "xvdb")
            #expect(listed.pdevPath == disk.pdevPath)
            #expect(listed.backendDomainID == .domain0)
            #expect(listed.backend == .phy)
            #expect(!listed.readwrite)
            #expect(listed.removable)
            #expect(!listed.isCDROM)
            #expect(listed.script == nil)
        }
    }

    @Test("disks are listed in order of device number", arguments: Backend.available)
    func order(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            for (image, vdev) in ["xvdaa", "d0p0", "xvdc"].enumerated() {
                try await host.libxl.addDevice(.disk(host.disk(vdev, image: image)), to: domid, deadline: host.deadline)
            }
            #expect(
                try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).map(\.vdev) == [
                    "d0p0", "xvdc", "xvdaa",
                ])
        }
    }

    @Test("one device under another text is ERROR_DEVICE_EXISTS, and nothing is done", arguments: Backend.available)
    func taken(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            try await host.libxl.addDevice(.disk(host.disk("xvda")), to: domid, deadline: host.deadline)
            for vdev in ["xvda", "d0p0", "51712"] {
                let error = await #expect(throws: LibxlError.self) {
                    try await host.libxl.addDevice(.disk(host.disk(vdev, image: 1)), to: domid, deadline: host.deadline)
                }
                #expect(error?.code == .deviceExists, "\(vdev)")
            }
            #expect(
                try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).map(\.pdevPath) == [
                    host.images[0]
                ])
        }
    }

    @Test("what is no vdev, and a source that is not there, are ERROR_INVAL", arguments: Backend.available)
    func invalid(on backend: Backend) async throws {
        let host = try backend.open()
        var missing = host.disk("xvda")
        missing.pdevPath = ContractHost.missingFile
        try await host.withGuest { domid in
            for disk in [host.disk("vda"), host.disk("d0"), missing] {
                let error = await #expect(throws: LibxlError.self) {
                    try await host.libxl.addDevice(.disk(disk), to: domid, deadline: host.deadline)
                }
                #expect(error?.code == .invalid, "\(disk)")
            }
            let listed = try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk)
            #expect(listed.isEmpty)
        }
    }

    @Test("a disk that is QEMU's by name is refused where the guest has no QEMU", arguments: Backend.available)
    func noQEMU(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest(.neverConnects) { domid in
            var disk = host.disk("xvdb")
            disk.backend = .qdisk
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(.disk(disk), to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .failed)
            let listed = try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk)
            #expect(listed.isEmpty)
        }
    }

    @Test("a guest with drivers lets go of a disk, which is gone then", arguments: Backend.available)
    func safeRemove(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withOwnGuest(.coOperating) { domid in
            try await host.libxl.addDevice(.disk(host.disk("xvdb")), to: domid, deadline: host.deadline)
            let disk = try #require(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).first)
            let number = try #require(disk.number)
            let end = try #require(try await host.backend(of: .disk(vdev: number), in: domid))
            #expect(try await host.connects(.disk(vdev: number), in: domid))
            _ = try await host.libxl.removeDevice(.disk(disk), from: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
            #expect(try await host.xenstore.list(end.path) == nil)
            #expect(try await host.xenstore.list(.frontend(.disk(vdev: number), of: domid)) == nil)
        }
    }

    @Test("a disk that the guest does not let go of stays, until it is destroyed", arguments: Backend.available)
    func refused(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest(.neverConnects) { domid in
            try await host.libxl.addDevice(.disk(host.disk("xvdb")), to: domid, deadline: host.deadline)
            let disk = try #require(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).first)
            let error = await #expect(throws: LibxlError.self) {
                _ = try await host.libxl.removeDevice(.disk(disk), from: domid, deadline: host.deadline)
            }
            #expect(error?.call == "libxl_device_disk_safe_remove")
            #expect(error?.code != .aborted)
            let number = try #require(disk.number)
            let end = try #require(try await host.backend(of: .disk(vdev: number), in: domid))
            #expect(try await host.xenstore.read(end.path.appending("online")) == "0")
            #expect(try await host.xenstore.read(end.path.appending("state")) == "5")
            #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk) == [disk])
            try await host.libxl.destroyDevice(.disk(disk), of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).isEmpty)
        }
    }

    @Test("a removal does not guess the backend", arguments: Backend.available)
    func backendUnknown(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let disk = host.disk("xvdb")
            try await host.libxl.addDevice(.disk(disk), to: domid, deadline: host.deadline)
            let error = await #expect(throws: LibxlError.self) {
                _ = try await host.libxl.removeDevice(.disk(disk), from: domid, deadline: host.deadline)
            }
            #expect(error?.code == .invalid)
            #expect(try await host.libxl.listDevices(.disk, of: domid).compactMap(\.disk).map(\.vdev) == ["xvdb"])
        }
    }

    @Test("to remove or destroy a disk that is not there is a success", arguments: Backend.available)
    func removeUnknown(on backend: Backend) async throws {
        let host = try backend.open()
        var disk = host.disk("xvdb")
        disk.backend = .phy
        try await host.withGuest { domid in
            _ = try await host.libxl.removeDevice(.disk(disk), from: domid, deadline: host.deadline)
            try await host.libxl.destroyDevice(.disk(disk), of: domid, deadline: host.deadline)
        }
    }
}
