import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A device that cannot be")
struct DeviceFaultTests {
    @Test(
        "is refused by path",
        arguments: [
            ("<disk type='banana'/>", "disk[1]/@type"),
            ("<disk><driver discard='x'/><source file='/f'/><target dev='xvda'/></disk>", "disk[1]/driver/@discard"),
            ("<disk type='network'><source protocol='x'/><target dev='xvda'/></disk>", "disk[1]/source/@protocol"),
            ("<disk><source file='/f'/><target dev='xvda'/><boot order='0'/></disk>", "disk[1]/boot/@order"),
            ("<interface type='network'/>", "interface[1]"),
            ("<interface type='hostdev'><source/></interface>", "interface[1]/source"),
            ("<interface type='ethernet'><vlan/></interface>", "interface[1]/vlan"),
            ("<interface type='ethernet'><vlan><tag id='4096'/></vlan></interface>", "interface[1]/vlan/tag/@id"),
            ("<controller type='usb' index='0'/><controller type='usb' index='0x0'/>", "controller[2]/@index"),
            ("<serial type='file'/>", "serial[1]"),
            ("<serial type='tcp'><source host='h'/></serial>", "serial[1]/source"),
            ("<serial type='udp'><source service='1'/><source service='2'/></serial>", "serial[1]/source[2]"),
            ("<serial type='pty'><target port='x'/></serial>", "serial[1]/target/@port"),
            (
                "<serial type='pty'><target port='1'/></serial><serial type='pty'><target port='1'/></serial>",
                "serial[2]/target/@port"
            ),
            ("<channel type='pty'/>", "channel[1]"),
            (
                "<channel type='pty'><target type='xen' name='a'/></channel>"
                    + "<channel type='null'><target type='xen' name='a'/></channel>",
                "channel[2]/target/@name"
            ),
            ("<input type='pen'/>", "input[1]/@type"), ("<graphics type='vnc' port='70000'/>", "graphics[1]/@port"),
            (
                "<graphics type='vnc' listen='1.1.1.1'><listen type='address' address='2.2.2.2'/></graphics>",
                "graphics[1]/@listen"
            ),
            ("<video><model type='huge'/></video>", "video[1]/model/@type"),
            (
                "<video><model type='vga' primary='yes'/></video><video><model type='vga' primary='yes'/></video>",
                "video[2]/model/@primary"
            ),
            ("<hostdev type='pci'/>", "hostdev[1]"),
            (
                "<hostdev type='pci'><source><address bus='0' slot='32'/></source></hostdev>",
                "hostdev[1]/source/address/@slot"
            ),
            ("<hostdev type='usb'><source><vendor id='0x1'/></source></hostdev>", "hostdev[1]/source"),
            (
                "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>"
                    + "<hostdev type='usb'><source><address bus='0x1' device='2'/></source></hostdev>",
                "hostdev[2]/source/address"
            ),
            (
                "<filesystem><source dir='/a'/><target dir='t'/></filesystem>"
                    + "<filesystem><source dir='/b'/><target dir='t'/></filesystem>",
                "filesystem[2]/target/@dir"
            ),
            ("<x:vdispl xmlns:x='urn:xenkeeper:domain:1'/>", "x:vdispl[1]"),
            ("<memballoon/>", "memballoon[1]"),
        ])
    func refused(devices: String, path: String) {
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(domainDocument(devices: devices)) }
        guard case .model(let found, 3, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found == "/domain/devices/" + path)
    }

    @Test("is one without a number only where none is free: libvirt's are given")
    func numbers() throws {
        let devices =
            "<controller type='usb'/><controller type='usb' index='0'/><controller type='ide'/>"
            + "<controller type='usb'/><serial type='null'><target port='3'/></serial><serial type='null'/>"
            + "<console type='null'/><console type='null'/>"
        let domain = try parseDomain(domainDocument(devices: devices)).value
        #expect(domain.controllers.map(\.place.description) == ["usb 1", "usb 0", "ide 0", "usb 2"])
        #expect(domain.characterDevices(.serial).map(\.familiarName) == ["port 3", "port 4"])
        #expect(domain.characterDevices(.console).map(\.familiarName) == ["xen 0", "xen 1"])
    }
}
