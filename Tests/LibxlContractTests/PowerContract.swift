import Foundation
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

extension Contract.Power {
    @Test("a domain runs again after as many unpauses as there were pauses", arguments: Backend.available)
    func pausesCount(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            for _ in 1...2 { try await host.libxl.pauseDomain(domid, deadline: host.deadline) }
            for isPaused in [true, false] {
                #expect(try await host.libxl.domainInfo(domid).paused)
                try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
                #expect(try await host.libxl.domainInfo(domid).paused == isPaused)
            }
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.unpauseDomain(domid, deadline: host.deadline)
            }
            #expect(error?.code == .failed)
        }
    }

    @Test("an unknown domain can be neither paused nor asked for anything", arguments: Backend.available)
    func unknown(on backend: Backend) async throws {
        let host = try backend.open()
        let stranger = DomainID(rawValue: 30_000)
        let errors = [
            await #expect(throws: LibxlError.self) {
                try await host.libxl.pauseDomain(stranger, deadline: host.deadline)
            },
            await #expect(throws: LibxlError.self) {
                try await host.libxl.shutdownDomain(stranger, deadline: host.deadline)
            },
            await #expect(throws: LibxlError.self) {
                try await host.libxl.rebootDomain(stranger, deadline: host.deadline)
            },
            await #expect(throws: LibxlError.self) {
                try await host.libxl.sendTrigger(.power, to: stranger, deadline: host.deadline)
            },
        ]
        #expect(errors.map { $0?.code } == Array(repeating: .failed, count: 4))
        #expect(
            errors.compactMap { $0?.call } == [
                "libxl_domain_pause", "libxl_domain_shutdown", "libxl_domain_reboot", "libxl_send_trigger",
            ])
    }

    @Test(
        "a guest that is asked to end does so by itself, and its domain stays, shut down",
        arguments: Backend.available, [LibxlShutdownReason.poweroff, .reboot])
    func ends(on backend: Backend, reason: LibxlShutdownReason) async throws {
        let host = try backend.open()
        try await host.withOwnGuest { domid in
            // A guest that has not booted yet may not listen yet.
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).cpuTime > 0 })
            switch reason {
            case .reboot: try await host.libxl.rebootDomain(domid, deadline: host.deadline)
            default: try await host.libxl.shutdownDomain(domid, deadline: host.deadline)
            }
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).shutdown })
            let info = try await host.libxl.domainInfo(domid)
            #expect(info.shutdownReason == reason)
            #expect(!info.paused && !info.dying)
        }
    }

    @Test("a guest that cannot answer is waited for in vain, and is as it was", arguments: Backend.available)
    func deaf(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withNewDomain(host.config()) { domid in
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.shutdownDomain(domid, deadline: host.deadline)
            }
            #expect(error?.code == .timedOut)
            let info = try await host.libxl.domainInfo(domid)
            #expect(!info.shutdown)
        }
    }

    @Test("a pv guest has no power button", arguments: Backend.available)
    func noButton(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withGuest { domid in
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.sendTrigger(.power, to: domid, deadline: host.deadline)
            }
            #expect(error?.code == .failed)
            let info = try await host.libxl.domainInfo(domid)
            #expect(!info.shutdown)
        }
    }

    @Test(
        "a domain whose guest has ended can be kept under another name, and one of its name and UUID made beside it",
        arguments: Backend.available)
    func preserved(on backend: Backend) async throws {
        let host = try backend.open()
        try await host.withOwnGuest { domid in
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).cpuTime > 0 })
            try await host.libxl.rebootDomain(domid, deadline: host.deadline)
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).shutdown })
            let name = try #require(try await host.libxl.domainName(domid))
            let (uuid, other) = (try await host.libxl.domainInfo(domid).uuid, DomainUUID.random())
            await #expect(throws: LibxlError.self) {
                try await host.libxl.preserveDomain(
                    domid, name: "another", suffix: "-kept", uuid: other, deadline: host.deadline)
            }
            try await host.libxl.preserveDomain(
                domid, name: name, suffix: "-kept", uuid: other, deadline: host.deadline)
            #expect(try await host.libxl.domainName(domid) == name + "-kept")
            #expect(try await host.libxl.domainInfo(domid).uuid == uuid)
            #expect(try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/vm")) == "/vm/\(other)")
            var config = host.config()
            (config.createInfo.name, config.createInfo.uuid) = (name, uuid)
            try await host.withNewDomain(config) { (next: DomainID) async throws in
                #expect(try await host.libxl.domainName(next) == name)
                #expect(try await host.libxl.domainInfo(next).uuid == uuid)
                #expect(try await host.xenstore.read(XenstorePath("/vm/\(uuid)/name")) == name)
            }
        }
    }

    @Test("a pv guest is not reset softly, and goes on", arguments: Backend.available)
    func noSoftReset(on backend: Backend) async throws {
        let host = try backend.open()
        let config = host.config()
        try await host.withNewDomain(config) { (domid: DomainID) async throws in
            let error = await #expect(throws: LibxlError.self) {
                try await host.libxl.softResetDomain(domid, config, deadline: host.deadline)
            }
            #expect(error?.code == .invalid)
            #expect(try await host.libxl.domainInfo(domid).shutdown == false)
            #expect(try await host.libxl.domainName(domid) == config.createInfo.name)
        }
    }

    @Test("a guest's memory is written to a file, as an ELF core", arguments: Backend.available)
    func dumped(on backend: Backend) async throws {
        let host = try backend.open()
        let path = NSTemporaryDirectory() + "/xenkeeper-contract-\(UUID().uuidString).core"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await host.withNewDomain(host.config()) { domid in
            try await host.libxl.dumpCore(of: domid, to: path, deadline: host.deadline)
            let head = try FileHandle(forReadingFrom: URL(filePath: path)).read(upToCount: 4)
            #expect(head == Data([0x7f] + "ELF".utf8))
            await #expect(throws: LibxlError.self) {
                try await host.libxl.dumpCore(of: domid, to: "/nowhere/\(domid).core", deadline: host.deadline)
            }
        }
    }

    @Test("a domain takes no more of the host's memory than libxl says that it needs", arguments: Backend.available)
    func memory(on backend: Backend) async throws {
        let host = try backend.open()
        let config = host.config()
        let need = try await host.libxl.memoryNeeded(by: config)
        #expect(need >= config.buildInfo.targetMemory)
        let before = try await host.libxl.physicalInfo().freeMemory
        try await host.withNewDomain(config) { _ in
            let after = try await host.libxl.physicalInfo().freeMemory
            // A fake host has as much as anybody asks for.
            guard let before, let after else { return }
            #expect(before >= after && before.count - after.count <= need.count)
        }
    }

    // MARK: Events

    @Test(
        "the end of a guest and the death of its domain are reported, of one that was there before and of a new one",
        arguments: Backend.available, [true, false])
    func events(on backend: Backend, isThereBefore: Bool) async throws {
        let host = try backend.open()
        var events: AsyncStream<LibxlDomainEvent>.Iterator?
        if !isThereBefore { events = try await host.libxl.domainEvents().makeAsyncIterator() }
        let domid = try await host.withOwnGuest { domid in
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).cpuTime > 0 })
            if isThereBefore { events = try await host.libxl.domainEvents().makeAsyncIterator() }
            try await host.libxl.rebootDomain(domid, deadline: host.deadline)
            #expect(await events?.next(of: domid) == .shutdown(domid, .reboot))
            return domid
        }
        #expect(await events?.next(of: domid) == .death(domid))
    }

    @Test(
        "a guest that ended before anybody asked is reported, and one that is destroyed only dies",
        arguments: Backend.available)
    func eventsOfThePast(on backend: Backend) async throws {
        let host = try backend.open()
        let domid = try await host.withOwnGuest { domid in
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).cpuTime > 0 })
            try await host.libxl.rebootDomain(domid, deadline: host.deadline)
            #expect(try await host.eventually { try await host.libxl.domainInfo(domid).shutdown })
            var events = try await host.libxl.domainEvents().makeAsyncIterator()
            #expect(await events.next(of: domid) == .shutdown(domid, .reboot))
            return domid
        }
        let (other, later) = try await host.withOwnGuest { domid in
            (domid, try await host.libxl.domainEvents())
        }
        var iterator = later.makeAsyncIterator()
        #expect(await iterator.next(of: other) == .death(other))
        #expect(other != domid)
    }

    @Test("the events end for a reader that is cancelled", arguments: Backend.available)
    func readerGoes(on backend: Backend) async throws {
        let host = try backend.open()
        let events = try await host.libxl.domainEvents()
        let reader = Task {
            for await _ in events {}
        }
        reader.cancel()
        await reader.value
    }
}

extension AsyncStream<LibxlDomainEvent>.Iterator {
    /// The next event of a domain's; those of others, who may be there as well, are passed over.
    fileprivate mutating func next(of domid: DomainID) async -> LibxlDomainEvent? {
        while let event = await next() {
            switch event {
            case .shutdown(domid, _), .death(domid): return event
            case .shutdown, .death: continue
            }
        }
        return nil
    }
}
