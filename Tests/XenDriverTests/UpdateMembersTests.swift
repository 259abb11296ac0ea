import DomainXML
import Foundation
import LibxlFake
import SystemPackage
import Testing
import XenDriver
import XenModel

/// A device with every member that it can have, and what becomes of each in an update.
struct FullDevice: Sendable, CustomTestStringConvertible {
    let name: String
    let document: String
    /// Whether a domain with it can be started on the fake host.
    var starts = true

    var testDescription: String { name }

    init(_ name: String, _ document: String, starts: Bool = true) {
        self.name = name
        self.document = document.replacing("<x:", with: "<xenkeeper:")
            .replacing("@xmlns", with: "xmlns:xenkeeper='urn:xenkeeper:domain:1'")
        self.starts = starts
    }

    private static let address =
        "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>"
    private static let alias = "<alias name='ua-m'/>"

    static let all: [FullDevice] = [
        FullDevice(
            "disk in a file",
            """
            <disk type='file' device='disk' @xmlns><driver name='qemu' type='qcow2' discard='unmap'/>\
            <source file='/images/a'/><target dev='xvdb' bus='xen'/><shareable/>\
            <x:options directIOSafe='yes' removable='no'/>\(alias)\(address)</disk>
            """),
        FullDevice(
            "disk with a script",
            """
            <disk type='block' device='disk' @xmlns><driver name='phy'/><source dev='/dev/a'/>\
            <backenddomain name='Domain-0'/><target dev='xvde' bus='xen'/><readonly/>\
            <x:script path='block-it'/>\(alias)</disk>
            """),
        FullDevice(
            "disk that is transient",
            """
            <disk type='file' device='disk'><source file='/images/a'/><target dev='xvdb'/><transient/>\
            <boot order='2'/>\(alias)</disk>
            """, starts: false),
        FullDevice(
            "disk on the network",
            """
            <disk type='network' device='disk'><driver name='qemu'/><source protocol='rbd' name='pool/a'>\
            <host name='mon' port='6789'/><snapshot name='s'/><config file='/etc/ceph.conf'/>\
            <auth username='u'><secret type='ceph' usage='k'/></auth></source><target dev='xvdb'/>\(alias)</disk>
            """, starts: false),
        FullDevice(
            "disk that Ceph's configuration decides on",
            """
            <disk type='network' device='disk' @xmlns><driver name='qemu'/><source protocol='rbd' name='pool/a'/>\
            <target dev='xvdb'/><x:options authentication='configured'/>\(alias)</disk>
            """, starts: false),
        FullDevice(
            "drive",
            """
            <disk type='file' device='cdrom'><driver name='qemu' type='qcow2'/><source file='/images/a'/>\
            <target dev='hdc' bus='ide'/><readonly/><boot order='2'/>\(alias)</disk>
            """),
        FullDevice(
            "NIC on a bridge",
            """
            <interface type='bridge' @xmlns><mac address='00:16:3e:00:00:01'/><source bridge='br0'/>\
            <vlan trunk='yes'><tag id='7'/><tag id='8'/></vlan><virtualport type='openvswitch'/>\
            <bandwidth><outbound average='512'/></bandwidth><ip address='192.0.2.7'/><script path='vif-mine'/>\
            <backenddomain name='Domain-0'/><target dev='web0'/><model type='netfront'/><link state='down'/>\
            <mtu size='1400'/><x:gateway dev='eth0'/><x:backend trusted='no'/><boot order='2'/>\(alias)\(address)</interface>
            """),
        FullDevice(
            "NIC in a VLAN of a bridge",
            """
            <interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='br0'/><vlan><tag id='7'/></vlan>\
            <script path='vif-mine'/><model type='netfront'/>\(alias)</interface>
            """),
        FullDevice(
            "NIC on a network",
            """
            <interface type='network'><mac address='00:16:3e:00:00:01'/><source network='inner'/>\
            <model type='netfront'/>\(alias)</interface>
            """),
        FullDevice(
            "NIC that is a PCI device",
            """
            <interface type='hostdev' managed='yes' @xmlns><mac address='00:16:3e:00:00:01'/>\
            <source writeFiltering='no'><address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>\
            </source><x:pci msiTranslate='yes' powerManagement='yes' seize='yes' rdmPolicy='strict'/>\(alias)</interface>
            """),
        FullDevice(
            "USB controller",
            """
            <controller type='usb' index='1' model='qusb2' ports='4' @xmlns><x:backenddomain name='Domain-0'/>\(alias)\
            \(address)</controller>
            """),
        FullDevice(
            "USB controller of a type",
            "<controller type='usb' index='1' @xmlns><x:usb type='qusb' version='2'/>\(alias)</controller>"),
        FullDevice(
            "Xen bus",
            "<controller type='xenbus' index='0' maxGrantFrames='64' maxEventChannels='2047'>\(alias)</controller>"),
        FullDevice(
            "filesystem",
            """
            <filesystem type='mount' accessmode='squash' @xmlns><source dir='/srv'/><target dir='srv'/><readonly/>\
            <x:backenddomain name='Domain-0'/>\(alias)\(address)</filesystem>
            """, starts: false),
        FullDevice(
            "serial port",
            """
            <serial type='tcp'><source mode='bind' host='192.0.2.7' service='4444'/><protocol type='telnet'/>\
            <target port='0'/>\(alias)\(address)</serial>
            """),
        FullDevice(
            "channel",
            """
            <channel type='unix'><source mode='bind' path='/run/c'/><target type='xen' name='org.x'/>\(alias)</channel>
            """),
        FullDevice("keyboard", "<input type='keyboard' bus='ps2'>\(alias)\(address)</input>"),
        FullDevice(
            "VNC display",
            """
            <graphics type='vnc' port='5907' autoport='no' keymap='de' passwd='secret'>\
            <listen type='address' address='192.0.2.7'/>\(alias)</graphics>
            """),
        FullDevice(
            "VNC display that looks for a port",
            """
            <graphics type='vnc' autoport='yes' @xmlns><listen type='network' network='inner'/>\
            <x:vnc firstPort='5910'/>\(alias)</graphics>
            """, starts: false),
        FullDevice(
            "VNC display at a socket",
            "<graphics type='vnc'><listen type='socket' socket='/run/vnc'/>\(alias)</graphics>", starts: false),
        FullDevice(
            "SPICE display",
            """
            <graphics type='spice' port='5907' tlsPort='5908' autoport='no' keymap='de' passwd='secret' @xmlns>\
            <listen type='address' address='192.0.2.7'/><image compression='auto_glz'/><streaming mode='filter'/>\
            <mouse mode='client'/><clipboard copypaste='yes'/><gl enable='yes'/><x:spice usbRedirection='2'/>\
            \(alias)</graphics>
            """),
        FullDevice(
            "SDL display",
            "<graphics type='sdl' display=':0' xauth='/run/xauth'><gl enable='yes'/>\(alias)</graphics>"),
        FullDevice("sound card", "<sound model='ac97'>\(alias)\(address)</sound>"),
        FullDevice(
            "video card",
            """
            <video><model type='vga' vram='16384' heads='1' primary='yes'/>\(alias)\(address)</video>
            """),
        FullDevice(
            "PCI device",
            """
            <hostdev mode='subsystem' type='pci' managed='yes' @xmlns><source writeFiltering='no'>\
            <address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source>\
            <x:pci msiTranslate='yes' powerManagement='yes' seize='yes' rdmPolicy='strict'/>\(alias)\(address)</hostdev>
            """),
        FullDevice(
            "USB device",
            """
            <hostdev mode='subsystem' type='usb' managed='yes'><source><address bus='1' device='4'/></source>\(alias)\
            </hostdev>
            """),
        FullDevice("memory balloon", "<memballoon model='xen'>\(alias)\(address)</memballoon>"),
        FullDevice(
            "TPM",
            "<x:vtpm @xmlns backenddomain='Domain-0' uuid='5f2a6c9e-0000-4000-8000-000000000001'>\(alias)</x:vtpm>"
                .replacing("</x:", with: "</xenkeeper:")),
        FullDevice(
            "display of Xen's",
            """
            <x:vdispl @xmlns backenddomain='Domain-0' beAlloc='yes'><x:connector id='c' width='800' height='600'/>\
            \(alias)</xenkeeper:vdispl>
            """),
        FullDevice(
            "sound of Xen's",
            """
            <x:vsnd @xmlns backenddomain='Domain-0' shortName='s' longName='l' sampleRates='44100' \
            sampleFormats='s16_le' channelsMin='1' channelsMax='2' bufferSize='4096'>\
            <x:pcm name='p' channelsMin='1'><x:stream id='i' type='playback' channelsMin='1'/></xenkeeper:pcm>\
            \(alias)</xenkeeper:vsnd>
            """),
        FullDevice(
            "device of the device tree",
            "<x:dtdev @xmlns path='/soc/serial@fe201000'>\(alias)</x:dtdev>".replacing("</x:", with: "</xenkeeper:"),
            starts: false),
        FullDevice("watchdog", "<watchdog model='ib700' action='reset'>\(alias)</watchdog>"),
    ]

    /// One edit of the document: one attribute with another value or without it, or one element less.
    struct Edit: Sendable {
        let document: String
        /// What was edited, any of which an error may say.
        let names: [String]
    }

    var edits: [Edit] {
        var edits: [Edit] = []
        for match in document.matches(of: /([A-Za-z]+)='([^']*)'/)
        where !document[..<match.range.lowerBound].hasSuffix("xmlns:") {
            let (attribute, value) = (String(match.output.1), String(match.output.2))
            let open = document[..<match.range.lowerBound].lastIndex(of: "<") ?? document.startIndex
            let element = String(document[open...].dropFirst().prefix { $0.isLetter || $0 == ":" })
            guard element != "alias" else { continue }
            var other = document
            other.replaceSubrange(match.range, with: "\(attribute)='\(Self.another(value))'")
            edits.append(Edit(document: other, names: [attribute, element, value, Self.another(value)]))
            other = document
            other.removeSubrange(match.range)
            edits.append(
                Edit(document: other, names: [attribute, element, value] + (attribute == "socket" ? ["port"] : [])))
        }
        for match in document.matches(of: /<([A-Za-z:]+)[^<>]*\/>/) where match.output.1 != "alias" {
            var other = document
            other.removeSubrange(match.range)
            // Without a socket a display has a port.
            edits.append(Edit(document: other, names: [String(match.output.1), "port"]))
        }
        return edits
    }

    private static let others = [
        "yes": "no", "no": "yes", "unmap": "ignore", "down": "up", "file": "block", "disk": "cdrom", "cdrom": "disk",
        "qemu": "phy", "phy": "qemu", "qcow2": "qed", "raw": "qcow2", "bridge": "ethernet", "network": "bridge",
        "strict": "relaxed", "squash": "passthrough", "keyboard": "tablet", "ps2": "usb", "ac97": "es1370",
        "vga": "cirrus", "playback": "capture", "xen": "ide", "netfront": "e1000", "client": "server",
        "bind": "connect",
        "telnet": "raw", "auto_glz": "glz", "filter": "all", "s16_le": "u8", "qusb2": "qusb1", "vnc": "spice",
        "ib700": "i6300esb", "reset": "none", "00:16:3e:00:00:01": "00:16:3e:00:00:02",
        "5f2a6c9e-0000-4000-8000-000000000001": "5f2a6c9e-0000-4000-8000-000000000002", "192.0.2.7": "192.0.2.8",
    ]

    /// Another value of the same kind.
    private static func another(_ value: String) -> String {
        if let other = others[value] { return other }
        if value.hasPrefix("0x") { return "0x" + String(repeating: "0", count: max(0, value.count - 3)) + "1" }
        return Int(value).map { "\($0 + 1)" } ?? value + "x"
    }
}

@Suite("update-device passes over no member of a device")
struct UpdateMembersTests {
    private static let domain = """
        <domain type='xen'><name>web</name><uuid>\(Documents.uuid)</uuid><memory unit='MiB'>64</memory>\
        <os><type>hvm</type></os><devices>@</devices></domain>
        """

    private func host(_ device: String, isRunning: Bool) async throws -> DriverHost {
        let host = DriverHost()
        let file = URL(fileURLWithPath: host.root.appending("etc/xenkeeper/connection.json").string)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(#"{"networks": {"inner": "br7", "innerx": "br8"}}"#.utf8).write(to: file)
        // Whoever is the first to be booted from.
        let first = "<disk type='file'><source file='/first'/><target dev='xvda'/></disk>"
        let document = Self.domain.replacing("@", with: first + device)
        _ = try await host.driver.define(Documents.bytes(document), isStrict: false)
        if isRunning { _ = try await host.driver.start("web", paused: false) }
        return host
    }

    @Test("each one that is edited is changed, or refused by its name", arguments: FullDevice.all)
    func everyMember(_ device: FullDevice) async throws {
        for scope in device.starts ? [ChangeScope.live, .config, .liveAndConfig] : [.config] {
            let host = try await host(device.document, isRunning: scope != .config)
            #expect(device.edits.count > 1)
            for edit in device.edits {
                let before = (try await host.documents(), host.fake.snapshot().comparable)
                let outcome: DeviceOutcome
                do throws(DriverError) {
                    outcome = try await host.driver.update(
                        Documents.bytes(edit.document), of: "web", alias: nil, scope: scope, isStrict: true)
                } catch .document {
                    // A document that cannot be read is refused by the path of what is wrong with it.
                    #expect(host.fake.snapshot().comparable == before.1, "\(scope) \(edit.names)")
                    continue
                } catch {
                    let text = error.description
                    #expect(
                        edit.names.contains {
                            text.localizedCaseInsensitiveContains($0.replacing("xenkeeper:", with: ""))
                        },
                        "\(scope): \(text) says none of \(edit.names)")
                    #expect(host.fake.snapshot().comparable == before.1, "\(scope) \(edit.names)")
                    continue
                }
                let after = (try await host.documents(), host.fake.snapshot().comparable)
                if scope != .config, isSaid(outcome) {
                    #expect(after.0[0] != before.0[0], "\(scope) \(edit.names): the live document is as it was")
                    #expect(after.1 != before.1, "\(scope) \(edit.names): nothing reached Xen")
                }
                if scope != .live, outcome.definition?.isEmpty == false {
                    #expect(after.0[after.0.count - 1] != before.0[before.0.count - 1], "\(scope) \(edit.names)")
                }
                if !isSaid(outcome), !isHarmless(edit, of: device), !isLeftOpen(edit, scope) {
                    Issue.record("\(device.name), \(scope): \(edit.names) was passed over: \(edit.document)")
                }
                _ = try await host.driver.update(
                    Documents.bytes(device.document), of: "web", alias: nil, scope: scope, isStrict: true)
            }
        }
    }

    /// Whether anything was changed, by what the outcome says.
    private func isSaid(_ outcome: DeviceOutcome) -> Bool {
        switch outcome.live {
        case .changedInPlace(let names), .replugged(let names): !names.isEmpty
        case nil: outcome.definition?.isEmpty == false
        default: false
        }
    }

    /// Whether the edited document leaves to the driver what the driver had to choose: which driver of a running
    /// domain's disk, which number of a controller that its alias names.
    private func isLeftOpen(_ edit: FullDevice.Edit, _ scope: ChangeScope) -> Bool {
        if edit.document.contains("<controller"), !edit.document.contains("index=") { return true }
        return scope == .live && edit.document.contains("<disk") && !edit.document.contains("<driver name=")
    }

    /// Whether the edited document says of the device what the whole one says, or no more than which device it is.
    private func isHarmless(_ edit: FullDevice.Edit, of device: FullDevice) -> Bool {
        guard
            let edited = try? Device.parse(
                Documents.bytes(edit.document), options: ReaderOptions(features: Driver.parseFeatures, form: .inactive)),
            let whole = try? Device.parse(
                Documents.bytes(device.document),
                options: ReaderOptions(features: Driver.parseFeatures, form: .inactive))
        else { return true }
        // What Xen draws anew each time, or what names the device.
        var difference = DeviceDifferences(of: edited.value, from: whole.value)
        difference.said.removeAll { $0 == "target/@dev" }
        return difference == DeviceDifferences()
    }

    @Test("the full devices have every member of each kind that the model has")
    func isFull() throws {
        var missing: Set<String> = []
        var present: Set<String> = []
        for device in FullDevice.all {
            let value = try Device.parse(
                Documents.bytes(device.document),
                options: ReaderOptions(features: Driver.parseFeatures, form: .inactive)
            )
            .value
            walk(value, "Device", &present, &missing)
        }
        // By its vendor and product a device is named, and one that libxl cannot express is compared as a whole.
        let named: Set = ["HostUSBDevice.vendorProduct", "OpaqueElement.content"]
        missing = missing.subtracting(present).subtracting(named)
        #expect(missing == [], "give a sample in FullDevice.all that member")
    }

    /// Notes for each member of each structure whether it says something.
    private func walk(_ value: Any, _ type: String, _ present: inout Set<String>, _ missing: inout Set<String>) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .struct:
            for child in mirror.children {
                let name = "\(mirror.subjectType).\(child.label ?? "")"
                let member = Mirror(reflecting: child.value)
                let isOptional = member.displayStyle == .optional
                let isEmpty = (isOptional || member.displayStyle == .collection) && member.children.isEmpty
                if isEmpty || !isOptional && child.value as? Bool == false {
                    missing.insert(name)
                } else {
                    present.insert(name)
                }
                walk(child.value, name, &present, &missing)
            }
        case .enum, .optional, .collection, .tuple:
            for child in mirror.children { walk(child.value, type, &present, &missing) }
        default: break
        }
    }

    @Test("what a change did to the definition is said where the running device was right already")
    func definitionIsSaid() async throws {
        let nic =
            "<interface type='bridge'><mac address='\(Documents.mac1)'/><source bridge='br0'/><alias name='ua-a'/></interface>"
        let host = try await host(nic, isRunning: true)
        let changed = nic.replacing("<alias", with: "<mtu size='1400'/><alias")
        func update(_ scope: ChangeScope) async throws -> DeviceOutcome {
            try await host.driver.update(Documents.bytes(changed), of: "web", alias: nil, scope: scope, isStrict: true)
        }
        #expect(try await update(.live).live == .replugged(["mtu"]))
        let both = try await update(.liveAndConfig)
        #expect(both.live == .unchanged)
        #expect(both.definition == ["mtu"])
        #expect(try await update(.config).definition == [])
    }

    @Test("a document that is not complete changes what it says and nothing else")
    func shortDocument() async throws {
        let nic = """
            <interface type='bridge'><mac address='\(Documents.mac1)'/><source bridge='br0'/><virtualport type='openvswitch'/>\
            <script path='vif-mine'/><mtu size='1400'/><alias name='ua-a'/></interface>
            """
        let host = try await host(nic, isRunning: true)
        let outcome = try await host.driver.update(
            Documents.bytes("<interface type='bridge'><alias name='ua-a'/><link state='down'/></interface>"), of: "web",
            alias: nil, scope: .live, isStrict: true)
        #expect(outcome.live == .changedInPlace(["link"]))
        let document = try await host.driver.document(of: "web", inactive: false)
        for part in ["openvswitch", "vif-mine", "1400", "<link state='down'/>"] { #expect(document.contains(part)) }
    }
}
