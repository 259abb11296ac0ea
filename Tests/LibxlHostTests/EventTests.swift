import FakeLibxlShim
import LibxlAPI
import LibxlTestKit
import Testing
import XenUnits

@testable import LibxlHost

extension ScriptedLibxlTests {
    @Suite("Events of domains", .serialized)
    struct EventTests {
        private let inn = DomainID(rawValue: 7)
        /// Its guest has ended from the beginning.
        private let crashed = DomainID(rawValue: 9)
        /// Comes later.
        private let late = DomainID(rawValue: 12)

        /// Runs `body` with the events, and with the sign that there may be new domains.
        private func following(
            _ body: (inout AsyncStream<LibxlDomainEvent>.Iterator, AsyncStream<XenstorePath>.Continuation) async throws
                -> Void
        ) async throws {
            let (introductions, source) = AsyncStream.makeStream(of: XenstorePath.self)
            try await ScriptedLibxl.run(introductions: introductions) { libxl in
                var events = try await libxl.domainEvents().makeAsyncIterator()
                try await body(&events, source)
            }
        }

        /// Waits until libxl watches over so many domains.
        private func watched(_ count: Int32) async throws {
            let end = ContinuousClock.now + .seconds(60)
            while ScriptedLibxl.counts.watched != count {
                try #require(ContinuousClock.now < end, "\(count) domains are not watched")
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        @Test("a guest that has ended before is reported at once, and each end and death once, in their order")
        func order() async throws {
            try await following { events, source in
                #expect(await events.next() == .shutdown(crashed, .crash))
                ScriptedLibxl.controls.end_guest(inn.rawValue, LibxlShutdownReason.reboot.number)
                #expect(await events.next() == .shutdown(inn, .reboot))
                ScriptedLibxl.controls.remove_domain(crashed.rawValue)
                #expect(await events.next() == .death(crashed))
                ScriptedLibxl.controls.remove_domain(inn.rawValue)
                #expect(await events.next() == .death(inn))
                try await watched(0)
                source.finish()
                #expect(await events.next() == nil)
            }
        }

        @Test("a guest that goes on after its end is watched anew, and its next end reported")
        func goesOn() async throws {
            try await following { events, source in
                #expect(await events.next() == .shutdown(crashed, .crash))
                ScriptedLibxl.controls.end_guest(inn.rawValue, LibxlShutdownReason.suspend.number)
                #expect(await events.next() == .shutdown(inn, .suspend))
                let begun = ScriptedLibxl.counts.watches_begun
                ScriptedLibxl.controls.end_guest(inn.rawValue, -1)
                while ScriptedLibxl.counts.watches_begun == begun { try await Task.sleep(for: .milliseconds(5)) }
                ScriptedLibxl.controls.end_guest(inn.rawValue, LibxlShutdownReason.reboot.number)
                #expect(await events.next() == .shutdown(inn, .reboot))
                source.finish()
            }
        }

        @Test("every reason has its word", arguments: LibxlShutdownReason.allCases.filter { $0 != .unknown })
        func reasons(_ reason: LibxlShutdownReason) async throws {
            try await following { events, source in
                #expect(await events.next() == .shutdown(crashed, .crash))
                ScriptedLibxl.controls.end_guest(inn.rawValue, reason.number)
                #expect(await events.next() == .shutdown(inn, reason))
                source.finish()
            }
        }

        @Test("a domain that comes later is followed as well, and reported if its guest has ended by then")
        func introduced() async throws {
            try await following { events, source in
                #expect(await events.next() == .shutdown(crashed, .crash))
                try await watched(2)
                ScriptedLibxl.controls.add_domain(late.rawValue)
                ScriptedLibxl.controls.end_guest(late.rawValue, LibxlShutdownReason.poweroff.number)
                source.yield(XenstorePath("@introduceDomain"))
                #expect(await events.next() == .shutdown(late, .poweroff))
                ScriptedLibxl.controls.remove_domain(late.rawValue)
                #expect(await events.next() == .death(late))
                source.finish()
                #expect(await events.next() == nil)
            }
        }

        @Test("the context and every watch go with the reader")
        func readerGoes() async throws {
            // Open to the end: only the reader's going can end it.
            let (introductions, source) = AsyncStream.makeStream(of: XenstorePath.self)
            try await ScriptedLibxl.run(introductions: introductions) { libxl in
                let events = try await libxl.domainEvents()
                let reader = Task {
                    for await event in events where event == .death(inn) { return }
                }
                try await watched(2)
                reader.cancel()
                await reader.value
                try await watched(0)
            }
            source.finish()
        }

        @Test("where libxl cannot be opened that is the error")
        func noContext() async throws {
            try await ScriptedLibxl.run { libxl in
                ScriptedLibxl.controls.set_ctx_code(LibxlError.Code.noMemory.rawValue)
                let error = await #expect(throws: LibxlError.self) { try await libxl.domainEvents() }
                #expect(error?.code == .noMemory)
            }
        }
    }
}
