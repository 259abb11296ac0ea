import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A device's document")
struct DeviceTests {
    @Test(
        "prints as it reads in virsh's form",
        arguments: [
            "<input type='tablet' bus='usb'/>\n", "<sound model='ich6'/>\n", "<memballoon model='xen'/>\n",
            "<controller type='usb' index='1' model='qusb2' ports='4'/>\n",
            "<graphics type='vnc' port='-1' autoport='yes'>\n  <listen type='address'/>\n</graphics>\n",
            "<hostdev mode='subsystem' type='usb' managed='no'>\n  <source>\n    <vendor id='0x0951'/>\n"
                + "    <product id='0x1625'/>\n    <address bus='1' device='3'/>\n  </source>\n</hostdev>\n",
            "<smartcard mode='host'>\n  <alias name='ua-s'/>\n</smartcard>\n",
            "<xenkeeper:vtpm xmlns:xenkeeper='urn:xenkeeper:domain:1' backenddomain='tpm'>\n"
                + "  <alias name='ua-t'/>\n</xenkeeper:vtpm>\n",
        ])
    func prints(document: String) throws {
        #expect(try parseDevice(document).value.xml() == document)
    }

    @Test("is taken in libvirt's short forms, and printed in full", arguments: shortForms)
    func short(document: String, full: [String]) throws {
        let lines = try parseDevice(document).value.xml().split(separator: "\n").map { $0.drop { $0 == " " } }
        for line in full { #expect(lines.contains(Substring(line)), "\(lines)") }
    }

    private static let shortForms: [(String, [String])] = [
        ("<serial type='pty'/>", ["<target port='0'/>"]), ("<console type='pty'/>", ["<target type='xen' port='0'/>"]),
        (
            "<serial type='tcp'><source host='h' service='5'/></serial>",
            ["<source mode='connect' host='h' service='5'/>", "<protocol type='raw'/>"]
        ),
        ("<serial type='unix'><source path='/s'/></serial>", ["<source mode='connect' path='/s'/>"]),
        (
            "<serial type='udp'><source service='5'/><source mode='bind' service='6'/></serial>",
            ["<source mode='bind' service='6'/>", "<source mode='connect' service='5'/>"]
        ),
        (
            "<graphics type='vnc' listen='::1'/>",
            ["<graphics type='vnc' port='-1' autoport='yes' listen='::1'>", "<listen type='address' address='::1'/>"]
        ),
        (
            "<hostdev type='pci'><source writeFiltering='no'><address bus='3' slot='0x1f'/></source></hostdev>",
            ["<source writeFiltering='no'>", "<address domain='0x0000' bus='0x03' slot='0x1f' function='0x0'/>"]
        ),
        (
            "<graphics type='vnc' socket='/s'/>",
            ["<graphics type='vnc' socket='/s'>", "<listen type='socket' socket='/s'/>"]
        ),
        (
            "<graphics type='vnc' socket='/s' port='5901' listen='::1'><listen type='address' address='::1'/></graphics>",
            ["<graphics type='vnc' socket='/s'>", "<listen type='socket' socket='/s'/>"]
        ),
        ("<graphics type='vnc' passwd='' keymap='' listen=''/>", ["<graphics type='vnc' port='-1' autoport='yes'>"]),
        ("<video/>", ["<model type='cirrus'/>"]),
        ("<interface type='ethernet'><vlan><tag id='1'/><tag id='2'/></vlan></interface>", ["<vlan trunk='yes'>"]),
        (
            "<x:vtpm xmlns:x='urn:xenkeeper:domain:1' backenddomain='t'><x:alias name='ua-t'/></x:vtpm>",
            ["<alias name='ua-t'/>"]
        ),
    ]

    @Test(
        "that Xen cannot express is kept as it is, with a notice",
        arguments: [
            "<disk type='volume'><source pool='p' volume='v'/></disk>", "<disk device='lun'/>",
            "<interface type='user'/>", "<channel type='spicevmc'/>",
            "<channel type='pty'><target type='virtio' name='n'/></channel>", "<graphics type='rdp'/>",
            "<hostdev mode='subsystem' type='scsi'/>", "<video><model type='virtio'/></video>",
            "<sound model='ich9'/>", "<input type='passthrough'/>", "<filesystem type='ram'/>", "<rng model='virtio'/>",
            "<watchdog model='i6300esb'/>", "<serial type='pty'><target type='usb-serial'/></serial>",
            "<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
        ])
    func opaque(document: String) throws {
        let parsed = try parseDevice(document)
        #expect(parsed.notices.map(\.kind) == [.descriptionOnly])
        guard case .opaque = parsed.value else {
            Issue.record("\(parsed.value)")
            return
        }
        let printed = parsed.value.xml()
        #expect(printed.split(separator: "\n").map { $0.drop { $0 == " " } }.joined() == document)
    }

    @Test(
        "that Xen cannot express comes back as the same, whatever stood between its texts, and names itself",
        arguments: [
            "<rng>a<!-- gone -->b</rng>", "<rng>a<y:z xmlns:y='urn:other'/> b<q/> </rng>",
            "<rng>a<alias name='ua-r'/>b</rng>",
            "<filesystem type='mount'><driver type='handle'/>a<source dir='/a'/><target other='b'/></filesystem>",
            "<disk type='volume'><target dev=''/></disk>", "<interface type='user'><mac address='x'/></interface>",
        ])
    func opaqueAgain(document: String) throws {
        let device = try parseDevice(document).value
        #expect(try parseDevice(device.xml()).value == device)
        guard case .opaque(let opaque) = device else {
            Issue.record("\(device)")
            return
        }
        var criteria = DeviceCriteria(deviceClass: device.deviceClass)
        if let alias = device.alias { criteria.alias = alias } else { criteria.opaque = opaque.element }
        #expect(try parseRequest(device.xml()).value == DeviceRequest(criteria: criteria))
    }

    @Test(
        "of another kind is refused",
        arguments: ["<domain/>", "<vtpm/>", "<x:disk xmlns:x='urn:xenkeeper:domain:1'/>", "<disk xmlns='urn:other'/>"])
    func otherKind(document: String) {
        #expect(throws: DomainXMLError.self) { try parseDevice(document) }
    }

    @Test(
        "gets an address of Xen's when it gives none, or zeros, another one each time",
        arguments: ["", "<mac address='00:00:00:00:00:00'/>"])
    func generatedMAC(written: String) throws {
        let document = "<interface type='ethernet'>\(written)</interface>"
        let macs = try (0..<8).map { _ in
            guard case .interface(let interface) = try parseDevice(document).value else {
                return MACAddress(bits: 0)
            }
            return interface.mac
        }
        #expect(Set(macs).count > 1)
        #expect(macs.allSatisfy { $0.description.hasPrefix("00:16:3e:") })
    }

    @Test("loses a host-side name of Xen's with a notice, and only in a user's document")
    func generatedTarget() throws {
        let document = "<interface type='ethernet'>\n<mac address='00:16:3e:0:0:1'/><target dev='vif3.0'/></interface>"
        let dropped = try parseDevice(document)
        let notice = DocumentNotice(
            path: "/interface/target/@dev", line: 2, kind: .generatedTargetDropped("vif3.0"))
        #expect(dropped.notices == [notice])
        #expect(dropped.value.interface?.target == nil)
        let kept = try parseDevice(document, live)
        #expect(kept.notices == [])
        #expect(kept.value.interface?.target == "vif3.0")
        let named = try parseDevice(document.replacing("vif3.0", with: "tap0"))
        #expect(named.value.interface?.target == "tap0")
    }

    @Test("may name any model only where the driver takes any")
    func models() throws {
        let document = "<interface type='ethernet'><model type='fakemodel'/></interface>"
        #expect(try parseDevice(document).value.interface?.model == "fakemodel")
        let options = ReaderOptions(features: .userAliases, form: .inactive)
        let known = InterfaceModel.allCases.map(\.rawValue)
        for parse in [{ _ = try parseDevice(document, options) }, { _ = try parseRequest(document, options) }] {
            let error = #expect(throws: DomainXMLError.self) { try parse() }
            let problem = DomainXMLProblem.unknownModel("fakemodel", known: known)
            #expect(error == .model(path: "/interface/model/@type", line: 1, problem: problem))
        }
        for model in known {
            let document = document.replacing("fakemodel", with: model)
            #expect(try parseDevice(document, options).value.interface?.model == model)
        }
    }

    @Test("of a CD-ROM drive is read-only, and may be empty")
    func cdrom() throws {
        let disk = try parseDevice("<disk device='cdrom'><source file=''/><target dev='hdc'/></disk>").value.disk
        #expect(disk?.isReadOnly == true)
        #expect(disk?.source == DiskSource(kind: .file, path: nil))
    }

    @Test("keeps a driver's type as written")
    func driverType() throws {
        let document = "<disk><driver name='tap' type='aio'/><source file='/f'/><target dev='xvda'/></disk>"
        #expect(try parseDevice(document).value.disk?.driverType == "aio")
    }

    @Test(
        "may hold addresses of both families",
        arguments: ["192.0.2.1", "0.0.0.0", "::", "2001:DB8::1", "::ffff:192.0.2.1"])
    func ipAddresses(address: String) throws {
        let document = "<interface type='ethernet'><ip address='\(address)'/></interface>"
        #expect(try parseDevice(document).value.interface?.ipAddresses == [address])
    }
}

extension Device {
    fileprivate var interface: Interface? {
        if case .interface(let interface) = self { interface } else { nil }
    }

    fileprivate var disk: Disk? {
        if case .disk(let disk) = self { disk } else { nil }
    }
}
