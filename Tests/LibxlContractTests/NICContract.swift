import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.NICs {
    private var identity: DeviceIdentity { .nic(devid: DeviceID(rawValue: 3)) }

    @Test("a plugged NIC is listed with what xenstore holds of it, and no more", arguments: Backend.available)
    func list(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            var nic = host.stockNIC(3)
            nic.ip = "192.0.2.7"
            nic.model = "e1000"
            nic.ifname = "xk\(domid)n3"
            nic.rateBytesPerInterval = 125_000
            nic.rateIntervalMicroseconds = 50_000
            try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            let listed = try #require(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).first)
            #expect(listed.devid == nic.devid)
            #expect(listed.mac == nic.mac)
            #expect(listed.backendDomainID == .domain0)
            #expect(listed.bridge == nic.bridge)
            #expect(listed.ip == nic.ip)
            #expect(listed.script == "/etc/xen/scripts/vif-bridge")
            #expect(listed.model == nil)
            #expect(listed.ifname == nil)
            #expect(listed.rateBytesPerInterval == nil)
            #expect(listed.mtu == 1500)
        }
    }

    @Test("a plug changes the mark of libxl's record, which a domain at rest has", arguments: Backend.available)
    func mark(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let info = try await host.libxl.domainInfo(domid)
            func mark() async -> String? { await host.libxl.configurationMarks(of: [info])[0] }
            var before = await mark()
            while before == nil {
                // A real one has it when a minute has gone by.
                try await Task.sleep(for: .seconds(1))
                before = await mark()
            }
            #expect(await mark() == before)
            try await host.libxl.addDevice(.nic(host.nic(3)), to: domid, deadline: host.deadline)
            #expect(await mark() != before)
        }
    }

    @Test("NICs are listed in order of devid, also two of one MAC", arguments: Backend.available)
    func order(on backend: Backend) async throws {
        let host = try backend.open()
        let mac = MACAddress.random()
        try await host.withGuest { domid in
            for devid: Int32 in [10, 0, 2] {
                try await host.libxl.addDevice(.nic(host.nic(devid, mac: mac)), to: domid, deadline: host.deadline)
            }
            let listed = try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic)
            #expect(listed.map(\.devid.rawValue) == [0, 2, 10])
            #expect(listed.allSatisfy { $0.mac == mac })
        }
    }

    @Test("a plugged NIC has its three places in xenstore, and its script is done", arguments: Backend.available)
    func nodes(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            var nic = host.nic(3)
            nic.ip = "192.0.2.7"
            nic.rateBytesPerInterval = 125_000
            nic.rateIntervalMicroseconds = 50_000
            try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            let end = try #require(try await host.backend(of: identity, in: domid))
            #expect(end.kind == "vif")
            #expect(end.backendDomainID == .domain0)
            #expect(end.path.text == "/local/domain/0/backend/vif/\(domid)/3")
            let frontend = XenstorePath.frontend(identity, of: domid)
            for (node, value) in [
                (end.path.appending("hotplug-status"), "connected"),
                (end.path.appending("online"), "1"),
                (end.path.appending("mac"), "\(nic.mac)"),
                (end.path.appending("bridge"), host.bridge),
                (end.path.appending("ip"), "192.0.2.7"),
                (end.path.appending("rate"), "125000,50000"),
                (end.path.appending("handle"), "3"),
                (end.path.appending("frontend"), frontend.text),
                (end.path.appending("frontend-id"), "\(domid)"),
                (frontend.appending("backend"), end.path.text),
                (frontend.appending("backend-id"), "0"),
                (frontend.appending("mac"), "\(nic.mac)"),
                (frontend.appending("mtu"), "1500"),
                (XenstorePath.libxlDevice(identity, of: domid).appending("frontend"), frontend.text),
            ] {
                #expect(try await host.xenstore.read(node) == value, "\(node)")
            }
            #expect(try await host.xenstore.list(.libxlDevices(kind: "vif", of: domid)) == ["3"])
        }
    }

    @Test("the plug does not wait for the guest; one with drivers connects", arguments: Backend.available)
    func connects(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withOwnGuest(.coOperating) { domid in
            try await host.libxl.addDevice(.nic(host.nic(3)), to: domid, deadline: host.deadline)
            #expect(try await host.connects(identity, in: domid))
            // libxl's own record is written once, at the plug.
            let recorded = XenstorePath.libxlDevice(identity, of: domid).appending("state")
            #expect(try await host.xenstore.read(recorded) == "1")
        }
        try await host.withGuest(.neverConnects) { domid in
            try await host.libxl.addDevice(.nic(host.nic(3)), to: domid, deadline: host.deadline)
            let state = XenstorePath.frontend(identity, of: domid).appending("state")
            #expect(try await host.xenstore.read(state) == "1")
        }
    }

    @Test("a devid that is taken is ERROR_DEVICE_EXISTS, and nothing is done", arguments: Backend.available)
    func taken(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let first = host.nic(3)
            try await host.libxl.addDevice(.nic(first), to: domid, deadline: host.deadline)
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(.nic(host.nic(3)), to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .deviceExists)
            #expect(error?.call == "libxl_device_nic_add")
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).map(\.mac) == [first.mac])
        }
    }

    @Test("a missing bridge fails the script; the NIC stays half-plugged until destroyed", arguments: Backend.available)
    func missingBridge(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            var nic = host.stockNIC(3)
            nic.bridge = ContractHost.missingBridge
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .failed)
            #expect(error?.log.contains("vif-bridge") == true)
            #expect(error?.log.contains(ContractHost.missingBridge) == true)
            let end = try #require(try await host.backend(of: identity, in: domid))
            #expect(try await host.xenstore.read(end.path.appending("hotplug-status")) == "error")
            #expect(try await host.xenstore.read(end.path.appending("hotplug-error"))?.isEmpty == false)
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).map(\.mac) == [nic.mac])
            try await host.libxl.destroyDevice(.nic(nic), of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
            #expect(try await host.backend(of: identity, in: domid) == nil)
            try await host.libxl.addDevice(.nic(host.nic(3)), to: domid, deadline: host.deadline)
        }
    }

    @Test("a guest with drivers releases a NIC; one without is forced", arguments: Backend.available)
    func remove(on backend: Backend) async throws {
        let host = try backend.open()
        for (kind, expected) in [
            (ContractHost.GuestKind.coOperating, LibxlRemoval.released), (.neverConnects, .forced),
        ] {
            try await host.withOwnGuest(kind) { domid in
                let nic = host.nic(3)
                try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
                if kind == .coOperating { #expect(try await host.connects(identity, in: domid)) }
                let end = try #require(try await host.backend(of: identity, in: domid))
                #expect(try await host.libxl.removeDevice(.nic(nic), from: domid, deadline: host.deadline) == expected)
                #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
                #expect(try await host.backend(of: identity, in: domid) == nil)
                #expect(try await host.xenstore.list(end.path) == nil)
                #expect(try await host.xenstore.list(.frontend(identity, of: domid)) == nil)
            }
        }
    }

    @Test("to remove or destroy a NIC that is not there is a success", arguments: Backend.available)
    func removeUnknown(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let other = host.nic(1)
            try await host.libxl.addDevice(.nic(other), to: domid, deadline: host.deadline)
            _ = try await host.libxl.removeDevice(.nic(host.nic(3)), from: domid, deadline: host.deadline)
            try await host.libxl.destroyDevice(.nic(host.nic(3)), of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).map(\.mac) == [other.mac])
        }
    }

    @Test(
        "a removal with another backend domain takes the guest's end and leaves the backend",
        arguments: Backend.available)
    func wrongBackend(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest(.neverConnects) { domid in
            let nic = host.nic(3)
            try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            let end = try #require(try await host.backend(of: identity, in: domid))
            var wrong = nic
            wrong.backendDomainID = domid
            _ = try await host.libxl.removeDevice(.nic(wrong), from: domid, deadline: host.deadline)
            #expect(try await host.xenstore.list(.frontend(identity, of: domid)) == nil)
            #expect(try await host.xenstore.list(.libxlDevice(identity, of: domid)) == nil)
            #expect(try await host.xenstore.read(end.path.appending("online")) == "1")
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
            try await host.libxl.destroyDevice(.nic(nic), of: domid, deadline: host.deadline)
            #expect(try await host.xenstore.list(end.path) == nil)
        }
    }

    @Test("destroy asks no guest, and may be repeated", arguments: Backend.available)
    func destroy(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest(.neverConnects) { domid in
            let nic = host.nic(3)
            try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            for _ in 1...2 {
                try await host.libxl.destroyDevice(.nic(nic), of: domid, deadline: host.deadline)
                #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
            }
            // The kernel takes the link down by itself.
            let gone = try await host.eventually { try await host.network.linkState(of: "vif\(domid).3") == nil }
            #expect(gone)
        }
    }

    @Test("a removal that meets its deadline is ERROR_ABORTED and leaves the NIC listed", arguments: Backend.available)
    func aborted(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest(.neverConnects) { domid in
            let nic = host.nic(3)
            try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.removeDevice(.nic(nic), from: domid, deadline: .now + host.shortPatience)
            }
            #expect(error?.code == .aborted)
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).map(\.devid) == [nic.devid])
            try await host.libxl.destroyDevice(.nic(nic), of: domid, deadline: host.deadline)
            #expect(try await host.libxl.listDevices(.nic, of: domid).compactMap(\.nic).isEmpty)
        }
    }

    @Test("a NIC's link comes with the plug, can be put down and up, and goes with it", arguments: Backend.available)
    func link(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            var named = host.nic(4)
            named.ifname = "xk\(domid)n4"
            for (nic, name) in [(host.nic(3), "vif\(domid).3"), (named, "xk\(domid)n4")] {
                #expect(try await host.network.linkState(of: name) == nil)
                try await host.libxl.addDevice(.nic(nic), to: domid, deadline: host.deadline)
                #expect(try await host.network.linkState(of: name) == .up)
                for state in [LinkState.down, .up] {
                    try await host.network.setLinkState(of: name, to: state)
                    #expect(try await host.network.linkState(of: name) == state)
                }
                _ = try await host.libxl.removeDevice(.nic(nic), from: domid, deadline: host.deadline)
                let gone = try await host.eventually { try await host.network.linkState(of: name) == nil }
                #expect(gone)
            }
        }
    }
}
