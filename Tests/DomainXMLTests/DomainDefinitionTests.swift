import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A domain document")
struct DomainDefinitionTests {
    @Test("is read into the model, every element and attribute")
    func everything() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-hvm"), options: inactive)
        #expect(parsed.notices == [])
        let domain = parsed.value
        #expect(domain.hypervisor == "xen")
        #expect(domain.name.text == "inn & keeper")
        #expect(domain.uuid.description == "6a1c7f3e-0b2d-4c5e-8f90-00112233445f")
        #expect(domain.title == "The inn")
        #expect(domain.description == "\n    Rooms, kitchen\n    and <stable>\n  ")
        #expect(domain.memory == Kibibytes(2 << 20))
        #expect(domain.currentMemory == Kibibytes(1536 << 10))
        #expect(domain.vcpus == VirtualCPUs(maximum: 4, current: 2))

        var system = OperatingSystem(guestType: .hvm)
        system.architecture = "x86_64"
        system.machine = "xenfv"
        system.kernel = "/boot/vmlinuz"
        system.initrd = "/boot/initrd.img"
        system.commandLine = "root=/dev/xvda1 \"quiet splash\""
        system.bootDevices = [.cdrom, .hardDisk, .network, .floppy]
        #expect(domain.operatingSystem == system)

        var features = Features()
        features.acpi = true
        features.apic = true
        features.pae = true
        features.hap = false
        features.e820Host = true
        features.passthrough = .sharePageTables
        #expect(domain.features == features)
        #expect(domain.clock == Clock(offset: .variable(adjustment: -3600, basis: .localtime)))
        #expect(domain.onPoweroff == .preserve)
        #expect(domain.onReboot == .restartRename)
        #expect(domain.onCrash == .coredumpRestart)
        #expect(domain.disks == Self.disks)
        #expect(try domain.interfaces == Self.interfaces())
    }

    private static var disks: [Disk] {
        let image = DiskSource(kind: .file, path: "/var/lib/xen/images/inn.qcow2")
        var root = Disk(source: image, target: "hda", alias: DeviceAlias("ua-root_disk-1"))
        root.driverName = "qemu"
        root.driverType = "qcow2"
        root.backendDomain = "storage"
        root.bus = "ide"
        root.isShareable = true
        root.address = GuestAddress(
            type: "drive", fields: ["controller": "0", "bus": "0", "target": "0", "unit": "1"])
        var data = Disk(source: DiskSource(kind: .block, path: "/dev/vg/data"), target: "xvdb")
        data.driverName = "phy"
        data.driverType = "raw"
        data.bus = "xen"
        data.isReadOnly = true
        var drive = Disk(device: .cdrom, source: DiskSource(kind: .file, path: nil), target: "hdc")
        drive.bus = "ide"
        return [root, data, drive]
    }

    private static func interfaces() throws -> [Interface] {
        let mac = try #require(MACAddress("00:16:3e:0a:0b:0c"))
        var front = Interface(source: .bridge("xenbr0"), mac: mac, alias: DeviceAlias("ua-front"))
        front.outboundAverage = KibibytesPerSecond(rawValue: 1000)
        front.ipAddresses = ["192.0.2.7", "2001:db8::7"]
        front.script = "vif-bridge"
        front.backendDomain = "netvm"
        front.target = "inn0"
        front.model = "e1000"
        front.link = .down
        front.mtu = 9000
        front.address = GuestAddress(
            type: "pci", fields: ["domain": "0x0000", "bus": "0x00", "slot": "0x04", "function": "0x0"])
        let otherMAC = try #require(MACAddress("00:16:3e:0a:0b:0d"))
        var back = Interface(source: .ethernet, mac: otherMAC)
        back.script = "/etc/xen/scripts/vif-route"
        return [front, back]
    }

    @Test("may say little: the rest is libvirt's defaults, and a UUID and MAC addresses of our own")
    func smallest() throws {
        let document = domainDocument(devices: "<interface type='ethernet'/><interface type='ethernet'/>")
        let first = try parseDomain(document).value
        #expect(first.currentMemory == Kibibytes(1024))
        #expect(first.vcpus == VirtualCPUs(maximum: 1, current: 1))
        #expect(first.clock == .utc)
        #expect([first.onPoweroff, first.onReboot, first.onCrash] == [.destroy, .restart, .destroy])
        #expect(first.features == Features())
        #expect(first.uuid != (try parseDomain(document).value.uuid))
        let macs = first.interfaces.map(\.mac)
        #expect(Set(macs).count == 2)
        #expect(macs.allSatisfy { $0.description.hasPrefix("00:16:3e:") })
    }

    @Test(
        "has one of the guest types by its word",
        arguments: [("linux", GuestType.pv), ("xen", .pv), ("xenpvh", .pvh), ("hvm", .hvm)])
    func guestType(word: String, type: GuestType) throws {
        let document = domainDocument().replacing("<type>linux", with: "<type>\(word)")
        #expect(try parseDomain(document).value.operatingSystem.guestType == type)
    }

    @Test("needs no type where there is a bootloader")
    func bootloader() throws {
        let document = """
            <domain type='xen'><name>g</name><memory>1</memory>
            <bootloader>/usr/bin/pygrub</bootloader><bootloader_args>--entry  0
            -q</bootloader_args></domain>
            """
        let system = try parseDomain(document).value.operatingSystem
        #expect(system.guestType == .pv)
        #expect(system.bootloader == "/usr/bin/pygrub")
        #expect(system.bootloaderArguments == "--entry  0\n-q")
    }

    @Test(
        "gives memory in any unit, rounded up to KiB",
        arguments: [
            ("<memory>7</memory>", 7 as UInt64), ("<memory unit='b'>1025</memory>", 2),
            ("<memory unit='KB'>1</memory>", 1), ("<memory unit='MB'>1</memory>", 977),
            ("<memory unit='M'> 3\n</memory>", 3072), ("<memory unit='TiB'>1</memory>", 1 << 30),
        ])
    func memory(element: String, kibibytes: UInt64) throws {
        let document = domainDocument().replacing("<memory>1024</memory>", with: element)
        #expect(try parseDomain(document).value.memory == Kibibytes(kibibytes))
    }

    @Test("with a current memory of 0 starts with all of it")
    func currentMemory() throws {
        let domain = try parseDomain(domainDocument("<currentMemory>0</currentMemory>")).value
        #expect(domain.currentMemory == Kibibytes(1024))
    }

    @Test(
        "has a clock of one of these kinds",
        arguments: [
            ("<clock/>", ClockOffset.utc), ("<clock offset='utc'/>", .utc), ("<clock offset='localtime'/>", .localtime),
            ("<clock offset='variable'/>", .variable(adjustment: 0, basis: .utc)),
            ("<clock offset='variable' basis='localtime'/>", .variable(adjustment: 0, basis: .localtime)),
            ("<clock offset='utc' adjustment='5'/>", .variable(adjustment: 5, basis: .utc)),
            ("<clock offset='localtime' adjustment='-5'/>", .variable(adjustment: -5, basis: .localtime)),
            ("<clock offset='timezone' timezone='Europe/Paris'/>", .timezone("Europe/Paris")),
        ])
    func clock(element: String, offset: ClockOffset) throws {
        #expect(try parseDomain(domainDocument(element)).value.clock == Clock(offset: offset))
    }

    @Test(
        "knows every action",
        arguments: [
            ("destroy", LifecycleAction.destroy), ("restart", .restart), ("rename-restart", .restartRename),
            ("preserve", .preserve), ("coredump-destroy", .coredumpDestroy), ("coredump-restart", .coredumpRestart),
        ])
    func actions(word: String, action: LifecycleAction) throws {
        for name in ["on_poweroff", "on_reboot", "on_crash"] {
            let domain = try parseDomain(domainDocument("<\(name)>\(word)</\(name)>")).value
            let value = [
                "on_poweroff": domain.onPoweroff, "on_reboot": domain.onReboot, "on_crash": domain.onCrash,
            ]
            #expect(value[name] == action)
        }
    }

    @Test(
        "switches features as it says",
        arguments: [
            ("<hap/>", true, nil, nil), ("<hap state='on'/>", true, nil, nil), ("<hap state='off'/>", false, nil, nil),
            ("<xen><e820_host state='off'/></xen>", nil, false, nil),
            ("<xen><passthrough state='on'/></xen>", nil, nil, .enabled),
            ("<xen><passthrough state='off'/></xen>", nil, nil, .disabled),
            ("<xen><passthrough state='on' mode='sync_pt'/></xen>", nil, nil, PassthroughMode.syncPageTables),
        ] as [(String, Bool?, Bool?, PassthroughMode?)])
    func features(element: String, hap: Bool?, e820Host: Bool?, passthrough: PassthroughMode?) throws {
        let features = try parseDomain(domainDocument("<features>\(element)</features>")).value.features
        #expect(features.hap == hap)
        #expect(features.e820Host == e820Host)
        #expect(features.passthrough == passthrough)
        #expect(features.acpi == nil)
    }

    @Test("may be for another hypervisor, which is for the driver to judge")
    func hypervisor() throws {
        #expect(try parseDomain(domainDocument().replacing("'xen'", with: "'kvm'")).value.hypervisor == "kvm")
    }

    @Test("is printed as virsh does")
    func printed() throws {
        let parsed = try DomainDefinition.parse(fixture("everything-hvm"), options: inactive)
        let expected = try String(decoding: fixture("everything-hvm.printed"), as: UTF8.self)
        #expect(parsed.value.xml() == expected)
    }

    @Test("of a running domain carries its number, and can be defined again")
    func live() throws {
        let domain = try parseDomain(domainDocument()).value
        let printed = domain.xml(domid: DomainID(rawValue: 7))
        #expect(printed.hasPrefix("<domain type='xen' id='7'>\n"))
        let again = try parseDomain(printed)
        #expect(again.value == domain)
        #expect(again.notices == [])
    }

    @Test("says of acpi, apic and pae that they are on, off, or nothing, and off in our own element")
    func switches() throws {
        for state in [true, false, nil] as [Bool?] {
            for member in [\Features.acpi, \.apic, \.pae] as [WritableKeyPath<Features, Bool?>] {
                var definition = try parseDomain(domainDocument()).value
                definition.features = Features()
                definition.features[keyPath: member] = state
                let again = try parseDomain(definition.xml())
                #expect(again.value.features == definition.features)
                #expect(again.notices == [])
            }
        }
    }

    @Test("cannot say that a feature is on and off")
    func contradiction() throws {
        let own = "<xenkeeper:options xmlns:xenkeeper='urn:xenkeeper:domain:1'><machine acpi='no'/></xenkeeper:options>"
        let error = #expect(throws: DomainXMLError.self) {
            try parseDomain(domainDocument("<features><acpi/></features>\(own)"))
        }
        guard case .model("/domain/xenkeeper:options/machine/@acpi", _, let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem == .contradiction(of: "/domain/features/acpi"))
        let yes = own.replacing("no'", with: "yes'")
        #expect(try parseDomain(domainDocument("<features><acpi/></features>\(yes)")).value.features.acpi == true)
    }
}
