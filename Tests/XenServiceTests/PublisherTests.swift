import LibxlAPI
import Testing
import XenModel
import XenUnits

@testable import XenDriver
@testable import XenService

@Suite("Whoever follows the host hears of all that happens, in order")
struct PublisherTests {
    private func domain(_ number: UInt8, domid: UInt32?) throws -> ObservedDomain {
        let uuid = try #require(
            DomainUUID("6695eb01-f6a4-8304-79aa-97f2502e19\(number < 16 ? "0" : "")\(String(number, radix: 16))"))
        return ObservedDomain(
            uuid: uuid, name: "vm\(number)", domid: domid.map(DomainID.init(rawValue:)),
            state: domid == nil ? .shutOff : .running, isPersistent: false, isForeign: false, isAutostarted: false,
            restarts: 0, devices: [])
    }

    @Test("a look at one domain says nothing of the others")
    func someDomains() async throws {
        let publisher = Publisher()
        let (first, second) = (try domain(1, domid: 1), try domain(2, domid: 2))
        await publisher.begin(with: [first, second])
        #expect(await publisher.publish([], of: [.uuid(second.uuid)]).map(\.name) == ["vm2"])
        #expect(await publisher.snapshot == [first])
        #expect(await publisher.publish([], of: [.domid(DomainID(rawValue: 7)), .name("vm9")]) == [])
        let looks = await publisher.expanded([.domid(DomainID(rawValue: 1))])
        #expect(looks == [.domid(DomainID(rawValue: 1)), .uuid(first.uuid)])
        #expect(await publisher.publish([], of: looks).map(\.name) == ["vm1"])
        #expect(await publisher.publish([first], of: nil).map(\.kind) == [.lifecycle(.started)])
        #expect(await publisher.publish([], of: nil).map(\.kind) == [.lifecycle(.stopped(.destroyed))])
        #expect(await publisher.generation == 6)
    }

    @Test("an end that libxl reported counts for the domain that it was of, once")
    func endings() async throws {
        let publisher = Publisher()
        let (old, new) = (try domain(1, domid: 1), try domain(1, domid: 2))
        await publisher.begin(with: [old])
        await publisher.remember(.crash, of: DomainID(rawValue: 1))
        #expect(
            await publisher.publish([new], of: nil).map(\.kind) == [
                .lifecycle(.crashed), .lifecycle(.stopped(.crashed)), .lifecycle(.started),
            ])
        #expect(await publisher.publish([], of: nil).map(\.kind) == [.lifecycle(.stopped(.destroyed))])
    }

    @Test("every subscriber gets every event; one that does not keep up is cut, and the others are not")
    func slow() async throws {
        let publisher = Publisher()
        let slow = await publisher.events()
        var quick = await publisher.events().makeAsyncIterator()
        #expect(await publisher.subscriberCount == 2)
        let count = Publisher.mostBehind + 10
        for index in 0..<count {
            let found = index % 2 == 0 ? [try domain(1, domid: UInt32(index + 1))] : []
            await publisher.publish(found, of: nil)
            #expect(await quick.next()?.kind.name == .lifecycle)
        }
        #expect(await publisher.subscriberCount == 1)
        var read = 0
        for await _ in slow { read += 1 }
        #expect(read == Publisher.mostBehind)
    }

    @Test("one who stops reading is forgotten")
    func gone() async throws {
        let publisher = Publisher()
        let task = Task { for await _ in await publisher.events() {} }
        while await publisher.subscriberCount == 0 { await Task.yield() }
        task.cancel()
        await task.value
        while await publisher.subscriberCount > 0 { await Task.yield() }
    }
}
