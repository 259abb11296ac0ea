import LibxlTestKit
import XenUnits

extension Generator {
    /// Devices of several classes, as elements.
    mutating func deviceParts(_ type: GuestType) -> [String] {
        var parts: [String] = []
        if type == .hvm, rarely(6) { parts.append("<emulator>/usr/bin/true</emulator>") }
        var letters = Array("abcd")
        // libvirt sorts disks by the bus that is written, and infers that of the others later: without buses, all are of one.
        let namesBus = flip()
        for _ in 0..<number(0...3) { parts.append(disk(type, letters.removeFirst(), namesBus)) }
        for place in 0..<number(0...3) { parts.append(interface(type, Int(place))) }
        for place in 0..<number(0...2) where rarely(2) { parts.append(hostDevice(Int(place))) }
        if rarely(5) { parts.append(controller()) }
        if rarely(3) { parts.append(graphics(type)) }
        if rarely(3) { parts.append(graphics(type)) }
        if rarely(3) { parts.append(video()) }
        if rarely(3) { parts.append(character(type)) }
        if rarely(6) { parts.append(channel()) }
        if rarely(4) { parts.append(input(type)) }
        if rarely(6) { parts.append("<sound model='\(pick(["ich6", "es1370", "ac97", "sb16"]))'/>") }
        if rarely(6) { parts.append("<memballoon model='xen'/>") }
        let others = [
            "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", "<watchdog model='i6300esb'/>",
            "<memballoon model='virtio'/>", "<memballoon model='none'/>",
            "<parallel type='pty'><target port='0'/></parallel>",
            "<tpm model='tpm-tis'><backend type='emulator'/></tpm>",
            "<filesystem type='mount' accessmode='passthrough'><source dir='/srv'/><target dir='t'/></filesystem>",
            "<panic model='isa'/>", "<vsock model='virtio'><cid auto='yes'/></vsock>",
        ]
        if rarely(12) { parts.append(pick(others)) }
        return parts
    }

    private mutating func disk(_ type: GuestType, _ letter: Character, _ namesBus: Bool) -> String {
        if type == .hvm, rarely(4) { return drive(letter, namesBus) }
        let drivers = [
            "<driver name='qemu' type='raw'/>", "<driver name='qemu' type='qcow2'/>", "<driver name='phy'/>",
            "<driver name='phy' type='raw'/>", "<driver name='tap' type='raw'/>", "<driver name='tap' type='vhd'/>",
            "<driver name='tap2' type='qcow2'/>", "<driver name='file' type='raw'/>", "<driver name='qemu'/>",
            "<driver name='qemu' type='raw' discard='unmap'/>",
            "<driver name='qemu' type='raw' discard='ignore' cache='none'/>",
            "<driver name='phy' type='raw' discard='unmap'/>", "<driver type='raw'/>",
            "<driver name='tap' type='aio'/>",
        ]
        let odd = [
            "<driver name='phy' type='qcow2'/>", "<driver name='loop' type='raw'/>",
            "<driver name='qemu' type='vmdk'/>",
            "<driver name='file' type='qcow2'/>", "<driver name='tap' type='vpc'/>",
        ]
        let driver = rarely(4) ? "" : rarely(30) ? pick(odd) : pick(drivers)
        let (prefix, bus) =
            type == .hvm
            ? namesBus ? pick([("xvd", "xen"), ("hd", "ide"), ("sd", "scsi")]) : ("hd", "ide") : ("xvd", "xen")
        var rest =
            target(prefix, letter, namesBus ? bus : nil) + (type != .hvm ? perhaps("<readonly/>") : "")
            + (rarely(6) ? "<shareable/>" : "")
        if rarely(6) { rest += "<backenddomain name='storage'/>" }
        if rarely(60) { rest += "<transient/>" }
        if rarely(12) { rest += "<serial>WD-1</serial>" }
        if rarely(6) { rest += "<alias name='ua-disk-\(letter)'/>" }
        if rarely(8) {
            let hosts = perhaps("<host name='mon1' port='6789'/>") + perhaps("<host name='2001:db8::1' port='3300'/>")
            let more = perhaps("<snapshot name='s'/>") + perhaps("<config file='/etc/ceph/ceph.conf'/>")
            return "<disk type='network' device='disk'>\(pick(["", "<driver name='qemu' type='raw'/>", driver]))"
                + "<source protocol='rbd' name='pool/image'>\(hosts)\(more)</source>\(rest)</disk>"
        }
        return switch number(0...2) {
        case 0: "<disk type='block' device='disk'>\(driver)<source dev='/dev/vg/\(letter)'/>\(rest)</disk>"
        default:
            "<disk type='file'\(perhaps(" device='disk'"))>\(driver)<source file='/srv/\(letter) 1.img'/>\(rest)</disk>"
        }
    }

    private mutating func drive(_ letter: Character, _ namesBus: Bool) -> String {
        if rarely(6) {
            return
                "<disk type='file' device='floppy'><source file='/srv/floppy.img'/>\(target("fd", letter, namesBus ? "fdc" : nil))</disk>"
        }
        let source = perhaps("<source file='/srv/\(letter).iso'/>")
        let driver = perhaps("<driver name='qemu' type='raw'/>")
        return
            "<disk type='file' device='cdrom'>\(driver)\(source)\(target("hd", letter, namesBus ? "ide" : nil))\(perhaps("<readonly/>"))</disk>"
    }

    private func target(_ prefix: String, _ letter: Character, _ bus: String?) -> String {
        "<target dev='\(prefix)\(letter)'\(bus.map { " bus='\($0)'" } ?? "")/>"
    }

    private mutating func interface(_ type: GuestType, _ place: Int) -> String {
        let mac = rarely(6) ? "" : "<mac address='\(pick(["00:16:3e", "00:16:3E"])):00:0A:0\(place)'/>"
        var rest = ""
        if rarely(4) { rest += "<target dev='\(pick(["lan\(place)", "vif7.\(place)"]))'/>" }
        if rarely(3) {
            let models = type == .hvm ? ["e1000", "rtl8139", "netfront"] : ["netfront"]
            rest += "<model type='\(rarely(8) ? "virtio" : pick(models))'/>"
        }
        if rarely(4) { rest += "<ip address='192.0.2.\(place + 1)' family='ipv4'/>" }
        if rarely(8) { rest += "<ip address='2001:db8::\(place + 1)' family='ipv6' prefix='64'/>" }
        if rarely(4) { rest += "<bandwidth><outbound average='\(number(1...100_000))'/></bandwidth>" }
        if rarely(8) { rest += "<backenddomain name='netvm'/>" }
        if rarely(12) { rest += "<link state='up'/>" }
        if rarely(6) { rest += "<alias name='ua-nic_\(place)'/>" }
        let script = rarely(3) ? "<script path='\(pick(["vif-route", "/etc/xen/scripts/vif-nat"]))'/>" : ""
        switch number(0...11) {
        case 0: return "<interface type='ethernet'>\(mac)\(script)\(rest)</interface>"
        case 1: return "<interface type='network'>\(mac)<source network='lan'/>\(script)\(rest)</interface>"
        case 2:
            let address = "<address type='pci' domain='0x0000' bus='0x03' slot='0x1\(place)' function='0x2'/>"
            return "<interface type='hostdev' managed='yes'>\(mac)<source>\(address)</source></interface>"
        case 3, 4:
            let vlan = perhaps(
                pick(["<vlan><tag id='42'/></vlan>", "<vlan trunk='yes'><tag id='42'/><tag id='47'/></vlan>"]))
            return
                "<interface type='bridge'>\(mac)<source bridge='ovs0'/><virtualport type='openvswitch'/>\(vlan)\(script)\(rest)"
                + "</interface>"
        case 5 where rarely(2):
            return pick([
                "<interface type='user'>\(mac)</interface>",
                "<interface type='direct'>\(mac)<source dev='eth0' mode='bridge'/></interface>",
                "<interface type='mcast'>\(mac)<source address='230.0.0.1' port='5558'/></interface>",
            ])
        default: return "<interface type='bridge'>\(mac)<source bridge='xenbr0'/>\(script)\(rest)</interface>"
        }
    }

    private mutating func hostDevice(_ place: Int) -> String {
        if rarely(3) {
            return
                "<hostdev mode='subsystem' type='usb'><source><address bus='\(place + 1)' device='3'/></source></hostdev>"
        }
        let address = "<address domain='0x000\(place)' bus='0x01' slot='0x02' function='0x\(place)'/>"
        return "<hostdev mode='subsystem' type='pci'\(perhaps(" managed='yes'"))>\(perhaps("<driver name='xen'/>"))"
            + "<source\(perhaps(" writeFiltering='no'"))>\(address)</source></hostdev>"
    }

    private mutating func controller() -> String {
        pick([
            "<controller type='xenbus' index='0' maxGrantFrames='64' maxEventChannels='2047'/>",
            "<controller type='xenbus' index='0' maxGrantFrames='128'/>", "<controller type='usb' index='0'/>",
            "<controller type='usb' index='0' model='qusb1' ports='4'/>",
            "<controller type='usb' index='0' model='qusb2'/>",
            "<controller type='usb' index='0' model='ehci'/>", "<controller type='scsi' index='0'/>",
            "<controller type='ide' index='0'/>", "<controller type='usb' index='0' ports='3'/>",
        ])
    }

    private mutating func graphics(_ type: GuestType) -> String {
        let keymap = perhaps(" keymap='de'") + perhaps(" passwd='secret'")
        let port = pick([
            "", " autoport='yes'", " port='-1' autoport='yes'", " port='5907'", " port='5911' autoport='no'",
        ])
        let listen = pick([
            "", "<listen type='address' address='127.0.0.1'/>", "<listen type='address' address='0.0.0.0'/>",
            "<listen type='address'/>", "<listen type='none'/>", "<listen type='socket'/>",
            "<listen type='network' network='lan'/>",
        ])
        let attribute = listen.isEmpty ? perhaps(" listen='192.0.2.9'") : ""
        switch number(0...5) {
        case 0: return "<graphics type='sdl'\(perhaps(" display=':0' xauth='/home/u/.Xauthority'"))/>"
        case 1,
            2 where type == .hvm:
            let mouse = perhaps("<mouse mode='\(pick(["client", "server"]))'/>")
            let clipboard = perhaps("<clipboard copypaste='\(pick(["yes", "no"]))'/>")
            // Without a port it listens nowhere in libvirt's driver, whatever its address, and libxl refuses it.
            let spicePort = port.isEmpty ? " autoport='yes'" : port
            return "<graphics type='spice'\(spicePort)\(keymap)\(attribute)>\(listen)\(mouse)\(clipboard)</graphics>"
        default: return "<graphics type='vnc'\(port)\(keymap)\(attribute)>\(listen)</graphics>"
        }
    }

    private mutating func video() -> String {
        let vram = perhaps(" vram='\(pick(["8192", "16384", "32768", "131072"]))'")
        return
            "<video><model type='\(pick(["cirrus", "vga", "xen", "qxl"]))'\(vram)\(perhaps(" heads='1' primary='yes'"))/></video>"
    }

    private mutating func character(_ type: GuestType) -> String {
        let backends = [
            ("pty", ""), ("null", ""), ("stdio", ""), ("vc", ""), ("file", "<source path='/var/log/guest.log'/>"),
            ("pipe", "<source path='/run/guest.pipe'/>"), ("dev", "<source path='/dev/ttyS0'/>"),
            ("tcp", "<source mode='bind' host='127.0.0.1' service='4555'/><protocol type='telnet'/>"),
            ("tcp", "<source mode='connect' host='logs' service='4555'/><protocol type='raw'/>"),
            (
                "udp",
                "<source mode='bind' host='127.0.0.1' service='4999'/><source mode='connect' host='logs' service='4998'/>"
            ),
            ("udp", "<source mode='connect' host='logs' service='4998'/>"),
            ("unix", "<source mode='bind' path='/run/guest.sock'/>"),
            ("unix", "<source mode='connect' path='/run/guest.sock'/>"),
        ]
        let (backend, source) = pick(backends)
        let target = type == .hvm ? "<target port='0'/>" : "<target type='xen' port='0'/>"
        if type == .hvm, flip() { return "<serial type='\(backend)'>\(source)\(perhaps(target))</serial>" }
        return "<console type='\(backend)'>\(source)\(perhaps(target))</console>"
    }

    private mutating func channel() -> String {
        pick([
            "<channel type='pty'><target type='xen' name='agent'/></channel>",
            "<channel type='unix'><target type='xen' name='agent'/></channel>",
            "<channel type='unix'><source mode='bind' path='/run/agent.sock'/><target type='xen' name='agent'/></channel>",
            "<channel type='pty'><target type='virtio' name='agent'/></channel>",
            "<channel type='file'><source path='/srv/f'/><target type='xen' name='agent'/></channel>",
        ])
    }

    private mutating func input(_ type: GuestType) -> String {
        let types = ["tablet", "mouse", "keyboard"]
        return type == .hvm
            ? "<input type='\(pick(types))'\(pick(["", " bus='usb'", " bus='usb'", " bus='ps2'"]))/>"
            : "<input type='\(pick(types))'\(perhaps(" bus='xen'"))/>"
    }
}
