import Testing
import XenModel

@testable import DomainXML

@Suite("Every kind of device")
struct DeviceKindTests {
    @Test("has an element")
    func elements() {
        #expect(Device.models.filter { !($0 is any DeviceElement.Type) }.map { "\($0)" } == [])
    }

    @Test("is in the one list, and has classes that no other has")
    func list() throws {
        var generator = DefinitionGenerator(seed: 1, isLive: false)
        let listed = Set(Device.models.map { ObjectIdentifier($0) })
        for _ in 0..<20 {
            for device in try generator.definition().devices {
                #expect(listed.contains(ObjectIdentifier(type(of: device.model))))
                #expect(device.model.asDevice == device)
            }
        }
        let classes = Device.models.flatMap { $0.classes }
        #expect(Set(classes).count == classes.count)
    }
}
