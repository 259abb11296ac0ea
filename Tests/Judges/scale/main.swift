import FoundationEssentials
import Glibc
import LibxlFake
import Logging
import SystemPackage
import XenDriver
import XenUnits

// What Scripts/bench scale measures with:
//
// scale host DIRECTORY COUNT    makes a fake host in DIRECTORY with COUNT domains defined, every other one of which runs
// scale guest NUMBER         prints the document of a guest that such a host of fewer domains has not
// scale nic                  prints a NIC that no guest has
// scale document COUNT       prints a document of COUNT NICs
// scale xl DIRECTORY COUNT      writes COUNT files of xl's into DIRECTORY
// scale stall DIRECTORY CALL    has every such call of libxl's stuck from now on
// scale release DIRECTORY       takes that back, for calls that come
// scale churn DIRECTORY COUNT   plugs and unplugs a NIC so many times in all, in the host's running domains by turns
// scale test COUNT           prints what libvirt's test driver reads to have the same COUNT domains

func nic(_ guest: Int, _ number: Int) -> String {
    let bits = UInt64(0x00_16_3e << 24) + UInt64(guest << 8) + UInt64(number)
    return """
            <interface type='bridge'>
              <mac address='\(MACAddress(bits: bits))'/>
              <source bridge='xenbr0'/>
              <alias name='ua-net\(number)'/>
            </interface>

        """
}

func name(_ number: Int) -> String { "guest-\(number)" }

func uuid(_ number: Int) -> DomainUUID {
    DomainUUID(high: 0x6695_eb01_f6a4_8304, low: 0x8000_0000_0000_0000 + UInt64(number))
}

func guest(_ number: Int, nics: Int = 8, type: String = "xen", os: String = "linux", extra: String = "") -> String {
    let disks = ["a", "b", "c", "d"].map { letter in
        """
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2'/>
              <source file='/var/lib/xen/images/\(name(number))-\(letter).qcow2'/>
              <target dev='xvd\(letter)' bus='xen'/>
              <alias name='ua-disk-\(letter)'/>
            </disk>

        """
    }
    return """
        <domain type='\(type)'>
          <name>\(name(number))</name>
          <uuid>\(uuid(number))</uuid>\(extra)
          <memory unit='KiB'>1048576</memory>
          <vcpu>2</vcpu>
          <os>
            <type>\(os)</type>
            <kernel>/boot/vmlinuz</kernel>
          </os>
          <devices>
        \(disks.joined())\((0..<nics).map { nic(number, $0) }.joined())\
          </devices>
        </domain>

        """
}

func xlFile(_ number: Int) -> String {
    let nics = (0..<8).map { "'mac=00:16:3e:\(octet(number >> 8)):\(octet(number)):0\($0),bridge=xenbr0'" }
    let disks = ["a", "b", "c", "d"].map { "'/var/lib/xen/images/\(name(number))-\($0).qcow2,qcow2,xvd\($0),rw'" }
    return """
        name = "\(name(number))"
        uuid = "\(uuid(number))"
        type = "pv"
        kernel = "/boot/vmlinuz"
        memory = 1024
        vcpus = 2
        vif = [ \(nics.joined(separator: ", ")) ]
        disk = [ \(disks.joined(separator: ", ")) ]

        """
}

func octet(_ number: Int) -> String {
    let text = String(number & 0xff, radix: 16)
    return text.utf8.count == 1 ? "0" + text : text
}

func write(_ text: String, to path: FilePath) throws {
    try Data(text.utf8).write(to: URL(filePath: path.string))
}

func open(_ root: FilePath) throws -> (FakeXenHost, Driver) {
    let fake = try FakeXenHost(directory: root.appending("xen"))
    let driver = Driver(
        host: XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake), root: root,
        clock: SystemClock(),
        logger: Logger(label: "scale", factory: { _ in SwiftLogNoOpLogHandler() }))
    return (fake, driver)
}

func makeHost(_ root: FilePath, count: Int) async throws {
    let (_, driver) = try open(root)
    for number in 0..<count {
        _ = try await driver.define(Array(guest(number).utf8), isStrict: true)
        if number % 2 == 0 { _ = try await driver.start(DomainReference(name(number)), paused: false) }
    }
}

func churn(_ root: FilePath, count: Int) async throws {
    let (_, driver) = try open(root)
    let running = try await driver.domains().filter { $0.state == .running && $0.domid != .domain0 }
    for number in 0..<(count / 2) {
        let domain = DomainReference(running[number % running.count].name)
        _ = try await driver.attach(Array(nic(0xffff, 99).utf8), to: domain, scope: .live, isStrict: true)
        _ = try await driver.detach(.alias("ua-net99"), from: domain, scope: .live, force: false, isStrict: true)
    }
}

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.count) {
case ("host", 3): try await makeHost(FilePath(arguments[2]), count: Int(arguments[3]) ?? 1)
case ("guest", 2): print(guest(Int(arguments[2]) ?? 0), terminator: "")
case ("nic", 1): print(nic(0xffff, 99), terminator: "")
case ("document", 2): print(guest(0, nics: Int(arguments[2]) ?? 1), terminator: "")
case ("xl", 3):
    let directory = FilePath(arguments[2])
    for number in 0..<(Int(arguments[3]) ?? 1) {
        try write(xlFile(number), to: directory.appending("\(name(number)).cfg"))
    }
case ("stall", 3):
    guard let call = FakeOperation(rawValue: arguments[3]) else { fatalError("'\(arguments[3])' is no call") }
    try open(FilePath(arguments[2])).0.inject(FakeFault(.stall, in: call, times: nil))
case ("release", 2): try open(FilePath(arguments[2])).0.clearFaults()
case ("churn", 3): try await churn(FilePath(arguments[2]), count: Int(arguments[3]) ?? 2)
case ("test", 2):
    let domains = (0..<(Int(arguments[2]) ?? 1)).map { number in
        guest(
            number, type: "test", os: "hvm",
            extra: number % 2 == 0
                ? "" : "<test:runstate xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>5</test:runstate>")
    }
    print("<node>\n\(domains.joined())</node>")
default:
    print(
        "usage: scale host DIRECTORY COUNT|guest NUMBER|nic|document COUNT|xl DIRECTORY COUNT|stall DIRECTORY CALL|"
            + "release DIRECTORY|churn DIRECTORY COUNT|test COUNT")
    exit(2)
}
