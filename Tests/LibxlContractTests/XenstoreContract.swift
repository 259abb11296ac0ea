import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Surroundings {
    @Test("a node that is not there has no value and no children", arguments: Backend.available)
    func missing(on backend: Backend) async throws {
        let xenstore = try backend.open().xenstore
        let path = XenstorePath("/local/domain/30000/name")
        #expect(try await xenstore.read(path) == nil)
        #expect(try await xenstore.list(path) == nil)
    }

    @Test("children are listed sorted, and a leaf has none", arguments: Backend.available)
    func list(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let path = XenstorePath("/local/domain/\(domid)")
            let children = try #require(try await host.xenstore.list(path))
            #expect(children.contains("name"))
            #expect(children == children.sorted())
            #expect(try await host.xenstore.list(path.appending("name")) == [])
            #expect(try await host.xenstore.read(path) == "")
            let name = try await host.xenstore.read(path.appending("name"))
            let together = try await host.xenstore.read([path.appending("none"), path.appending("name"), path])
            #expect(together == [nil, name, ""])
        }
    }

    @Test("a watch tells once at the start, and the node of a change below its path", arguments: Backend.available)
    func watch(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let directory = XenstorePath.libxlDevices(kind: "vif", of: domid)
            var changes = host.xenstore.watch(directory).makeAsyncIterator()
            #expect(await changes.next() == directory)
            try await host.libxl.addDevice(.nic(host.nic(0)), to: domid, deadline: host.deadline)
            let changed = try #require(await changes.next())
            #expect(changed.text.hasPrefix(directory.text) && changed.libxlDomain == domid, "\(changed)")
        }
    }

    @Test("a watch ends with its task", arguments: Backend.available)
    func watchEnds(on backend: Backend) async throws {
        let host = try backend.open()
        let watcher = Task {
            var count = 0
            for await _ in host.xenstore.watch(XenstorePath("/local/domain/30000")) { count += 1 }
            return count
        }
        watcher.cancel()
        #expect(await watcher.value <= 1)
    }

    @Test("the host has the bridge that it has, and no other", arguments: Backend.available)
    func bridges(on backend: Backend) async throws {
        let host = try backend.open()
        #expect(try await host.network.hasBridge(host.bridge))
        #expect(try await !host.network.hasBridge(ContractHost.missingBridge))
    }

    @Test("a link that is not there has no state and takes none", arguments: Backend.available)
    func noLink(on backend: Backend) async throws {
        let network = try backend.open().network
        #expect(try await network.linkState(of: "vif30000.0") == nil)
        let error = await #expect(throws: HostNetworkError.self) {
            try await network.setLinkState(of: "vif30000.0", to: .down)
        }
        #expect(error?.device == "vif30000.0")
    }
}
