import LibxlAPI
import Testing
import XenUnits

@Suite("Errors and paths of the boundary")
struct ValueTests {
    @Test(
        "an error says the call, libxl's name of the code, and what was logged on one line",
        arguments: [
            (LibxlError(.failed, in: "libxl_device_nic_add"), "libxl_device_nic_add failed: ERROR_FAIL"),
            (
                LibxlError(.timedOut, in: "libxl_domain_destroy", log: "one\ntwo\n"),
                "libxl_domain_destroy failed: ERROR_TIMEDOUT (one; two)"
            ),
            (LibxlError(.init(rawValue: -99), in: "libxl_list_domain"), "libxl_list_domain failed: libxl error -99"),
        ])
    func description(error: LibxlError, text: String) {
        #expect("\(error)" == text)
    }

    @Test("a device's places are where libxl writes them")
    func paths() throws {
        let domid = DomainID(rawValue: 7)
        let nic = DeviceIdentity.nic(devid: DeviceID(rawValue: 2))
        let disk = DeviceIdentity.disk(vdev: try #require(BlockDeviceNumber(vdev: "xvda")))
        #expect(XenstorePath.libxlDevice(nic, of: domid).text == "/libxl/7/device/vif/2")
        #expect(XenstorePath.libxlDevice(disk, of: domid).text == "/libxl/7/device/vbd/51712")
        #expect(XenstorePath.frontend(nic, of: domid).text == "/local/domain/7/device/vif/2")
        #expect(XenstorePath.libxlDevices(kind: "vbd", of: domid).appending("x").text == "/libxl/7/device/vbd/x")
    }

    @Test("a backend's path says who serves the device, and how")
    func backendPath() throws {
        let path = try #require(XenstoreBackendPath("/local/domain/3/backend/qdisk/7/51712"))
        #expect(path.backendDomainID == DomainID(rawValue: 3))
        #expect(path.kind == "qdisk")
        #expect(path.path.text == "/local/domain/3/backend/qdisk/7/51712")
    }

    @Test(
        "any other text is no backend's path",
        arguments: [
            "", "/", "/local/domain/3/backend/vif/7", "local/domain/3/backend/vif/7/0",
            "/local/domain/x/backend/vif/7/0", "/local/domain/-1/backend/vif/7/0", "/local/domain/3/device/vif/7/0",
            "/local/domain/3/backend/vif/7/0/state", "/libxl/domain/3/backend/vif/7/0",
        ])
    func noBackendPath(text: String) {
        #expect(XenstoreBackendPath(text) == nil)
    }
}
