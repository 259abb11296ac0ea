import LibxlTestKit
import XenUnits

// Documents of what libvirt's driver for Xen knows, most of which it starts.
extension Generator {
    /// The document of this number.
    mutating func document(_ number: Int) -> Document {
        let type = pick([GuestType.hvm, .hvm, .pv, .pvh])
        var parts = domainParts(type).map { Document.Part(text: $0) }
        parts += deviceParts(type).map { Document.Part(text: $0, isDevice: true) }
        let displays = parts.filter { $0.elementName == "graphics" }.count
        let name = "\(type.rawValue) \(number)\(displays > 1 ? " with displays" : "")"
        return Document(name: name, type: type, parts: parts)
    }

    /// One out of `count`.
    mutating func rarely(_ count: UInt64) -> Bool { next() % count == 0 }

    /// A number in the range.
    mutating func number(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    }

    /// `text`, or nothing.
    mutating func perhaps(_ text: String) -> String { flip() ? text : "" }

    private mutating func domainParts(_ type: GuestType) -> [String] {
        var parts: [String] = []
        if flip() {
            let memory = number(65_536...4 << 20)
            parts.append("<memory\(pick(["", " unit='KiB'", " unit='k'"]))>\(memory)</memory>")
            if flip() { parts.append("<currentMemory>\(number(32_768...memory))</currentMemory>") }
        }
        let vcpus = number(1...16)
        let isNUMA = vcpus > 1 && rarely(8)
        if flip() || isNUMA {
            let set = perhaps(" cpuset='0-3'") + perhaps(" placement='static'")
            parts.append("<vcpu\(set)\(isNUMA || flip() ? "" : " current='\(number(1...vcpus))'")>\(vcpus)</vcpu>")
        }
        if rarely(4) {
            let shares = perhaps("<shares>\(number(1...65_535))</shares>")
            let most = parts.contains { $0.hasPrefix("<vcpu") } ? vcpus : 1
            parts.append("<cputune>\(shares)\(pins(below: most))</cputune>")
        }
        if flip() { parts += system(type) }
        if flip() { parts.append(features(type)) }
        if isNUMA {
            parts.append(nodes(of: vcpus))
        } else if rarely(4) {
            parts.append(processor(type))
        }
        if rarely(3) { parts.append(clock(type)) }
        let actions = ["destroy", "restart", "preserve", "rename-restart"]
        if rarely(4) { parts.append("<on_poweroff>\(pick(actions))</on_poweroff>") }
        if rarely(4) { parts.append("<on_reboot>\(pick(actions))</on_reboot>") }
        if rarely(4) {
            parts.append("<on_crash>\(pick(actions + ["coredump-destroy", "coredump-restart"]))</on_crash>")
        }
        let others = [
            "<title>A guest</title>", "<description>of\nlines</description>",
            "<metadata><m:a xmlns:m='urn:m'>b</m:a></metadata>", "<genid>43dc0cf8-809b-4adb-9bea-a9abb5f3d90e</genid>",
            "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='yes'/></pm>",
            "<xen:commandline><xen:arg value='-debugcon'/><xen:arg value='a b'/></xen:commandline>",
            "<seclabel type='static' model='flask'><label>system_u:system_r:domU_t</label></seclabel>",
            "<iothreads>2</iothreads>", "<blkiotune><weight>200</weight></blkiotune>",
            "<memtune><hard_limit>1048576</hard_limit></memtune>",
            "<numatune><memory mode='strict' nodeset='0'/></numatune>",
            "<resource><partition>/m</partition></resource>",
        ]
        parts += others.filter { _ in rarely(24) }
        return parts
    }

    private mutating func pins(below vcpus: UInt64) -> String {
        (0..<vcpus).filter { _ in rarely(3) }
            .map { "<vcpupin vcpu='\($0)' cpuset='\(pick(["0", "1-3", "2,5,7", "0-15", "0-7,^3"]))'/>" }.joined()
    }

    private mutating func system(_ type: GuestType) -> [String] {
        let command = perhaps("<cmdline>root=/dev/xvda1  \"quiet splash\" a='b'</cmdline>")
        let kernel = "<kernel>/boot/vmlinuz</kernel>" + perhaps("<initrd>/boot/initrd.img</initrd>") + command
        let bootloader =
            "<bootloader>\(pick(["pygrub", "/usr/lib/xen/bin/pygrub"]))</bootloader>"
            + perhaps("<bootloader_args>-q</bootloader_args>")
        switch type {
        case .hvm:
            let boot = ["hd", "cdrom", "network", "fd"].filter { _ in flip() }.shuffled(using: &self)
                .map { "<boot dev='\($0)'/>" }.joined()
            let firmware = rarely(4) ? " firmware='efi'" : ""
            let loaders = [
                "<loader type='rom'>/usr/lib/xen/boot/hvmloader</loader>",
                "<loader>/usr/lib/xen-4.17/boot/hvmloader</loader>",
                "<loader type='pflash' readonly='yes'>/usr/lib/xen/boot/ovmf.bin</loader>",
            ]
            let loader = rarely(4) && firmware.isEmpty ? pick(loaders) : ""
            let slic = rarely(8) ? "<acpi><table type='slic'>/etc/slic.bin</table></acpi>" : ""
            let machine = perhaps(" arch='x86_64'") + perhaps(" machine='xenfv'")
            return ["<os\(firmware)><type\(machine)>hvm</type>\(loader)\(rarely(6) ? kernel : "")\(boot)\(slic)</os>"]
        case .pv:
            let boot = perhaps("<boot dev='hd'/>")
            switch number(0...3) {
            case 0: return [bootloader, "<os><type>linux</type>\(boot)</os>"]
            case 1: return ["<os><type>xen</type>\(boot)</os>"]
            case 2: return [bootloader, "<os><type machine='xenpv'>linux</type>\(kernel)</os>"]
            default: return ["<os><type arch='x86_64'>linux</type>\(kernel)\(boot)</os>"]
            }
        case .pvh:
            if rarely(3) { return [bootloader, "<os><type>xenpvh</type></os>"] }
            return [
                "<os><type arch='x86_64' machine='xenpvh'>xenpvh</type>\(kernel)\(perhaps("<boot dev='hd'/>"))</os>"
            ]
        }
    }

    private mutating func features(_ type: GuestType) -> String {
        var features = ["<acpi/>", "<apic/>", "<pae/>"].filter { _ in flip() }
        let states = ["", " state='on'", " state='off'"]
        if type != .pv, flip() { features.append("<hap\(pick(states))/>") }
        if rarely(8) { features.append("<viridian/>") }
        let passthrough = [
            "<passthrough state='on'/>", "<passthrough state='off'/>", "<passthrough state='on' mode='sync_pt'/>",
            "<passthrough state='on' mode='share_pt'/>",
        ]
        var xen = rarely(3) ? pick(passthrough) : ""
        if type == .pv || rarely(8) { xen += perhaps("<e820_host state='\(pick(["on", "off"]))'/>") }
        if !xen.isEmpty { features.append("<xen>\(xen)</xen>") }
        return "<features>\(features.joined())</features>"
    }

    private mutating func processor(_ type: GuestType) -> String {
        let names = ["vmx", "svm", "pni", "lahf_lm", "aes", "x2apic", "clflush", "pcid", "smap"]
        let policies = ["require", "force", "disable", "forbid", "optional"]
        let features = names.filter { _ in rarely(4) }
            .map { "<feature policy='\(pick(policies))' name='\($0)'/>" }.joined()
        let topology = perhaps("<topology sockets='1' cores='1' threads='1'/>")
        return switch number(0...3) {
        case 0: "<cpu mode='host-model'>\(topology)</cpu>"
        case 1: "<cpu mode='custom' match='exact'><model>Westmere</model>\(topology)</cpu>"
        default: "<cpu mode='host-passthrough'>\(features)</cpu>"
        }
    }

    /// Two nodes of a guest with all its processors.
    private mutating func nodes(of vcpus: UInt64) -> String {
        let half = vcpus / 2
        let distances = ["<distances><sibling id='0' value='10'/><sibling id='1' value='31'/></distances>", ""]
        let first = "<cell id='0' cpus='0-\(half - 1)' memory='262144'>\(pick(distances))</cell>"
        return "<cpu\(perhaps(" mode='host-passthrough'"))><numa>\(first)"
            + "<cell id='1' cpus='\(half)-\(vcpus - 1)' memory='262144' unit='KiB'/></numa></cpu>"
    }

    private mutating func clock(_ type: GuestType) -> String {
        let offsets = [
            "offset='utc'", "offset='localtime'", "offset='variable' adjustment='-3600' basis='localtime'",
            "offset='variable' adjustment='60' basis='utc'", "offset='variable' adjustment='7'",
            "offset='utc' adjustment='9'",
        ]
        var timers = perhaps("<timer name='tsc' mode='\(pick(["native", "auto", "emulate", "paravirt", "smpsafe"]))'/>")
        if type == .hvm { timers += perhaps("<timer name='hpet' present='\(pick(["yes", "no"]))'/>") }
        if rarely(30) { timers += "<timer name='\(pick(["rtc", "pit", "kvmclock"]))'/>" }
        return "<clock \(rarely(30) ? "offset='timezone' timezone='Europe/Berlin'" : pick(offsets))>\(timers)</clock>"
    }
}
