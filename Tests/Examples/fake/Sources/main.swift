// A Xen host without Xen: a program of yours that speaks libxl's protocols is tested on it. This one builds a domain,
// plugs a NIC whose script fails, and looks at what libxl leaves behind then.
import LibxlAPI
import LibxlFake
import XenUnits

let clock = SystemClock()
var configuration = FakeXenConfiguration()
configuration.scripts["vif-broken"] = .fails("no such bridge")
let host = FakeXenHost(configuration: configuration, clock: clock)

let guest = LibxlDomainConfig(
    createInfo: LibxlDomainCreateInfo(type: .pv, name: "inn", uuid: DomainUUID(high: 1, low: 2)),
    buildInfo: LibxlDomainBuildInfo(
        maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(131_072), targetMemory: Kibibytes(131_072)))
let domid = try await host.createDomain(guest, deadline: clock.now + .seconds(60))
try await host.unpauseDomain(domid, deadline: clock.now + .seconds(60))

var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: 0), mac: MACAddress(bits: 0x0016_3e00_0001), nictype: .vif)
nic.script = "vif-broken"
do {
    try await host.addDevice(.nic(nic), to: domid, deadline: clock.now + .seconds(60))
} catch {
    print("libxl says: \(error)")
}
let listed = try await host.listDevices(.nic, of: domid)
print("half-plugged NICs of domain \(domid): \(listed.count)")
