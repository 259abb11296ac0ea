// A program of yours as a toolstack: it defines a domain, starts it, and unplugs one of two NICs with the same MAC
// address by the name that its document gives it. On a real host only `XenHost` is another one.
import LibxlFake
import Logging
import SystemPackage
import XenDriver
import XenUnits

let clock = SystemClock()
let fake = FakeXenHost(clock: clock)
let driver = Driver(
    host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake),
    root: FilePath(CommandLine.arguments.dropFirst().first ?? "driver-example-state"), clock: clock,
    logger: Logger(label: "driver-example"))

let document = """
    <domain type='xen'>
      <name>inn</name>
      <memory unit='MiB'>128</memory>
      <os><type>linux</type><kernel>/boot/vmlinuz</kernel></os>
      <devices>
        <interface type='bridge'>
          <mac address='00:16:3e:00:00:01'/><source bridge='upstairs'/><alias name='ua-front'/>
        </interface>
        <interface type='bridge'>
          <mac address='00:16:3e:00:00:01'/><source bridge='downstairs'/><alias name='ua-back'/>
        </interface>
      </devices>
    </domain>
    """
for notice in try await driver.define(Array(document.utf8), isStrict: true).warnings { print("note: \(notice)") }
_ = try await driver.start(DomainReference("inn"), paused: false)
_ = try await driver.detach(
    .alias("ua-back"), from: DomainReference("inn"), scope: .live, force: false, isStrict: true)
for device in try await driver.devices(of: DomainReference("inn")) {
    print("\(device.alias?.description ?? "-") is \(device.identity.map { "\($0)" } ?? "-")")
}
