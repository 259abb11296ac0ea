import FakeLibxlShim
import LibxlAPI
import Testing
import XenUnits

@testable import LibxlHost

@Suite("Whoever waits for a value gets it, whenever it is given")
struct AnswerTests {
    @Test("before, while and after the wait begins; the first counts, and only that is said to")
    func give() async {
        let early = Answer<Int>()
        #expect(early.give(1))
        #expect(!early.give(2))
        var hasBegun = false
        #expect(await early.value { hasBegun = true } == 1)
        #expect(!hasBegun)

        let meanwhile = Answer<Int>()
        #expect(await meanwhile.value { _ = meanwhile.give(3) } == 3)

        let late = Answer<Int>()
        let waiter = Task { await late.value {} }
        let giver = Task { late.give(4) }
        #expect(await waiter.value == 4)
        #expect(await giver.value)
        #expect(!late.give(5))
    }

    @Test("many at once, of which each gives another value: one wins, and that is what is waited for")
    func race() async {
        for _ in 0..<200 {
            let answer = Answer<Int>()
            let waiter = Task { await answer.value {} }
            let winners = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<4 { group.addTask { answer.give(number) ? number : nil } }
                return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(winners == [await waiter.value])
        }
    }
}

extension ScriptedLibxlTests {
    @Suite("A cancelled task's wait ends, whenever it is cancelled", .serialized)
    struct CancellationTests {
        /// A call of each kind of wait; what is read is given up without grace, what changes something with it.
        enum Call: CaseIterable {
            case read, change

            func callAsFunction(on libxl: HostLibxl) async throws {
                switch self {
                case .read: _ = try await libxl.listDomains()
                case .change: try await AnyOperation.addNIC(on: libxl, deadline: later)
                }
            }
        }

        @Test("before it starts: libxl is not asked, and nothing is left to itself", arguments: Call.allCases)
        func before(_ call: Call) async throws {
            try await ScriptedLibxl.run { libxl in
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await call(on: libxl)
                }
                let error = await #expect(throws: LibxlError.self) { try await task.value }
                #expect(error?.code == .aborted)
                #expect(ScriptedLibxl.calls.isEmpty)
                #expect(!HostLibxl.hasAbandonedOperations)
            }
        }

        @Test("while it starts: it ends in one way or the other", arguments: Call.allCases)
        func during(_ call: Call) async throws {
            try await ScriptedLibxl.run(abortGrace: .milliseconds(1)) { libxl in
                for _ in 0..<100 {
                    let task = Task { try await call(on: libxl) }
                    task.cancel()
                    do { try await task.value } catch let error as LibxlError { #expect(error.code == .aborted) }
                }
            }
        }

        @Test("once it is under way: it is aborted")
        func after() async throws {
            try await ScriptedLibxl.run(ScriptedLibxl.Plan(ending: FXL_WHEN_ABORTED, code: .aborted)) { libxl in
                let task = Task { try await Call.change(on: libxl) }
                try await ScriptedLibxl.underWay(1)
                task.cancel()
                let error = await #expect(throws: LibxlError.self) { try await task.value }
                #expect(error?.code == .aborted)
            }
        }
    }
}
