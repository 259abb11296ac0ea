import Testing
import XenModel

@testable import XLConfig

@Suite struct DeviceKindTests {
    @Test func everyKindOfDeviceButTheOpaqueOneIsReadAndWritten() {
        #expect(Device.models.filter { !($0 is any XLDevice.Type) }.map { "\($0)" } == ["OpaqueDevice"])
    }
}
