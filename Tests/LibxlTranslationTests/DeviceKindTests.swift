import LibxlAPI
import Testing
import XenModel

@testable import LibxlTranslation

@Suite("Every kind of device")
struct DeviceKindTests {
    @Test("is one that the translation knows")
    func translated() {
        #expect(Device.models.filter { !($0 is any TranslatedDevice.Type) }.map { "\($0)" } == [])
    }

    @Test("of libxl's has its list in the configuration")
    func lists() {
        let lists = Set(LibxlDomainConfig.lists.map { ObjectIdentifier($0) })
        #expect(lists.count == LibxlDomainConfig.lists.count)
        for kind in LibxlDevice.Kind.allCases { #expect(lists.contains(ObjectIdentifier(kind.structure)), "\(kind)") }
    }
}
