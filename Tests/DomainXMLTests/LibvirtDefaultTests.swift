import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("What libvirt takes as absent, or by default")
struct LibvirtDefaultTests {
    /// Two texts, and what is said of the first beside nothing.
    struct Pair: Sendable, CustomTestStringConvertible {
        var written: String
        var same: String
        var notices: [String] = []

        init(_ written: String, _ same: String, _ notices: [String] = []) {
            (self.written, self.same, self.notices) = (written, same, notices)
        }

        var testDescription: String { written }
    }

    @Test("is taken so in a device", arguments: devices)
    func device(pair: Pair) throws {
        for guest in ["linux", "hvm"] {
            func read(_ device: String) throws -> Parsed<DomainDefinition> {
                try parseDomain(domainDocument(devices: device).replacing("linux", with: guest))
            }
            let written = try read(pair.written)
            #expect(written.value.devices == (try read(pair.same).value.devices))
            #expect(written.notices.map(\.path) == pair.notices.map { "/domain/devices/\($0)" })
            #expect(try parseDomain(written.value.xml()).value == written.value)
        }
    }

    private static let devices = [
        // Empty attributes.
        Pair("<graphics type='vnc' passwd='' keymap='' listen='' socket=''/>", "<graphics type='vnc'/>"),
        Pair("<graphics type='sdl' display='' xauth=''/>", "<graphics type='sdl'/>"),
        Pair(nic("<script path=''/><target dev=''/><model type=''/><alias name=''/>"), nic("")),
        Pair(
            nic("<backenddomain name=''/><link state=''/><mtu size=''/><vlan trunk=''><tag id='1'/></vlan>"),
            nic("<vlan><tag id='1'/></vlan>")),
        Pair(nic("<script/><target/><model/><alias/><backenddomain/><link/><mtu/>"), nic("")),
        Pair(nic("<bandwidth><outbound average='0'/></bandwidth><mtu size='0'/>"), nic("")),
        Pair(disk("<driver name='' type=''/><backenddomain name=''/>"), disk("")),
        Pair(rbd("<host name='m' port='0' transport=''/><snapshot name=''/><config/>"), rbd("<host name='m'/>")),
        Pair("<video><model type='' heads='0' primary=''/></video>", "<video/>"),
        Pair("<hostdev managed='' type='usb'>\(usb)</hostdev>", "<hostdev type='usb'>\(usb)</hostdev>"),
        Pair(
            "<hostdev type='usb'><source><vendor id='1'/><product id='2'/><address bus='0' device='0'/></source></hostdev>",
            "<hostdev type='usb'><source><vendor id='1'/><product id='2'/></source></hostdev>"),
        Pair(
            "<hostdev type='pci'><source><address slot='3'/></source></hostdev>",
            "<hostdev type='pci'><source><address bus='0' slot='3'/></source></hostdev>"),
        Pair(
            "<filesystem accessmode=''><source dir='/s'/><target dir='t'/></filesystem>",
            "<filesystem><source dir='/s'/><target dir='t'/></filesystem>"),
        // Types.
        Pair("<console/>", "<console type='pty'/>"), Pair("<serial/>", "<serial type='pty'/>"),
        Pair("<parallel/>", "<parallel type='pty'/>"), Pair("<console tty='/dev/pts/5'/>", "<console type='pty'/>"),
        Pair(
            "<channel><target type='xen' name='c'/></channel>",
            "<channel type='pty'><target type='xen' name='c'/></channel>"),
        Pair("<controller/>", "<controller type='ide' index='0'/>"),
        Pair("<serial><target port='-1'/></serial>", "<serial type='pty'/>"),
        Pair(
            "<serial type='tcp'><source host='' service='5'/><protocol/></serial>",
            "<serial type='tcp'><source mode='connect' host='' service='5'/><protocol type='raw'/></serial>"),
        // What Xen cannot express stays what it is.
        Pair("<interface/>", "<interface/>", ["interface[1]"]),
        Pair(
            "<interface trust='yes'><mac address='00:16:3e:0:0:1' type='static'/><link state='up' speed='1'/></interface>",
            "<interface trust='yes'><mac address='00:16:3e:0:0:1' type='static'/><link state='up' speed='1'/></interface>",
            ["interface[1]"]),
        Pair(nic("<virtualport/>"), nic(""), ["interface[1]/virtualport"]),
        Pair(
            "<disk type='network'><source protocol='nbd' name='x'><host transport='unix' socket='/s'/></source><target dev='xvda'/></disk>",
            "<disk type='network'><source protocol='nbd' name='x'><host transport='unix' socket='/s'/></source><target dev='xvda'/></disk>",
            ["disk[1]"]),
    ]

    private static func nic(_ rest: String) -> String {
        "<interface type='bridge'><mac address='00:16:3e:0:0:1'/><source bridge='b'/>\(rest)</interface>"
    }

    private static func disk(_ rest: String) -> String {
        "<disk><source file='/d'/><target dev='xvda'/>\(rest)</disk>"
    }

    private static func rbd(_ rest: String) -> String {
        "<disk type='network'><source protocol='rbd' name='p/i'>\(rest)</source><target dev='xvda'/></disk>"
    }

    private static let usb = "<source><address bus='1' device='2'/></source>"

    @Test("is taken so in the rest of a domain, with a notice where something does not hold", arguments: domains)
    func domain(pair: Pair) throws {
        let written = try parseDomain(domainDocument(pair.written))
        var same = try parseDomain(domainDocument(pair.same)).value
        same.uuid = written.value.uuid
        #expect(written.value == same)
        #expect(written.notices.map(\.path) == pair.notices.map { "/domain/\($0)" })
        #expect(try parseDomain(written.value.xml()).value == written.value)
        guard !pair.notices.isEmpty else { return }
        let strict = ReaderOptions(features: allFeatures, form: .inactive, isStrict: true)
        #expect(throws: DomainXMLError.self) { try parseDomain(domainDocument(pair.written), strict) }
    }

    private static let domains = [
        Pair("<currentMemory/>", ""),
        Pair("<currentMemory unit=''>512</currentMemory>", "<currentMemory>512</currentMemory>"),
        Pair("<currentMemory>1025</currentMemory>", "", ["currentMemory"]),
        Pair("<currentMemory unit='MiB'>2</currentMemory>", "", ["currentMemory"]),
        Pair("<cputune><shares/></cputune>", ""),
        Pair("<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>", "", ["cputune/vcpupin"]),
        Pair("<vcpu current='0' cpuset=''>2</vcpu>", "<vcpu>2</vcpu>"),
        Pair(
            "<vcpu current='2'>2</vcpu><vcpus><vcpu id='0' enabled='yes' order='0'/></vcpus>",
            "<vcpu>2</vcpu><vcpus><vcpu id='0' enabled='yes'/><vcpu id='1' enabled='no'/></vcpus>", ["vcpu/@current"]),
        Pair("<on_poweroff/><on_reboot></on_reboot><on_crash/>", ""),
        Pair(
            "<clock offset='' basis=''><timer name='tsc' frequency='0' mode=''/></clock>",
            "<clock><timer name='tsc'/></clock>"),
        Pair("<clock offset='variable' adjustment=''/>", "<clock offset='variable'/>"),
        Pair("<seclabel model='' type='none'/>", "<seclabel type='none'/>"),
        Pair(
            "<features><hyperv><vendor_id state='on' value=''/></hyperv></features>",
            "<features><hyperv><vendor_id state='on'/></hyperv></features>"),
    ]

    @Test("an empty attribute that must say something is distinguished from one that is missing")
    func empty() {
        for (written, problem) in [("<target dev=''/>", DomainXMLProblem.empty), ("<target/>", .missing("@dev"))] {
            let error = #expect(throws: DomainXMLError.self) {
                try parseDevice("<disk><source file='/d'/>\(written)</disk>")
            }
            guard case .model(_, _, problem) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("of a guest that is not booted so, a boot device that is none is left out")
    func foreignBoot() throws {
        for guest in ["linux", "xenpvh"] {
            let document = domainDocument().replacing("linux</type>", with: "\(guest)</type><boot/><boot dev='hd'/>")
            let parsed = try parseDomain(document)
            #expect(parsed.value.operatingSystem.bootDevices == [.hardDisk])
            #expect(parsed.notices.map(\.path) == ["/domain/os/boot[1]"])
        }
    }

    @Test("a request's interface needs no type")
    func request() throws {
        let request = try parseRequest("<interface><mac address='00:16:3e:00:00:01'/></interface>").value
        #expect(request.criteria.mac == MACAddress("00:16:3e:00:00:01"))
        #expect(request.criteria.opaque == nil)
    }

    @Test("a set of processors goes as far as libvirt's")
    func processors() throws {
        #expect(
            try parseDomain(domainDocument("<vcpu cpuset='0-5000'>1</vcpu>")).value.vcpus.cpuSet?.members.count == 5001)
        #expect(throws: DomainXMLError.self) { try parseDomain(domainDocument("<vcpu cpuset='16384'>1</vcpu>")) }
    }

    @Test("a scheduler's weight of 0 can be defined; that it cannot be had is found out when the domain starts")
    func shares() throws {
        #expect(try parseDomain(domainDocument("<cputune><shares>0</shares></cputune>")).value.cpuTuning.shares == 0)
    }
}
