import LibxlTestKit
import XenUnits

/// Draws files from all keys that a definition has a place for.
struct ConfigurationGenerator {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func text() -> String {
        let type = pick(GuestType.allCases)
        var lines = ["name = 'guest'", "type = '\(type.rawValue)'", "memory = \(pick([64, 0x1000, 7]))"]
        if chance() { lines.append("uuid = 'c7a5fdb2-cdaf-9455-926a-d65c16db1809'") }
        if chance() { lines.append("maxmem = 8192") }
        let scalars =
            Self.general + (type == .hvm ? Self.hvm : []) + (type == .pv ? Self.pv : [])
            + (type == .pvh ? Self.pvh : [])
        for (key, values) in scalars where chance() { lines.append("\(key) = \(pick(values))") }
        for (key, items) in Self.lists + (type == .hvm ? [] : Self.framebuffers) where chance() {
            // None twice, for there are names that two devices cannot share.
            let some = items.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
            lines.append("\(key) = [ \(some.joined(separator: ", ")) ]")
        }
        let disks = Self.disks.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
        let letters = ["xvda", "hdb", "sdc", "xvdd1", "hdd"]
        let texts = zip(disks, letters).map { "'" + $0.replacing("VDEV", with: $1) + "'" }
        lines.append("disk = [ \(texts.joined(separator: ",\n  ")), ]".replacing("[ , ]", with: "[ ]"))
        return lines.joined(separator: pick(["\n", " ; ", "\n\n# a comment\n"]))
    }

    private mutating func chance() -> Bool { UInt8.random(in: 0...9, using: &random) < 4 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    private static let booleans = ["0", "1"]

    private static let general: [(String, [String])] = [
        ("vcpus", ["1", "4"]), ("maxvcpus", ["4", "'8'"]),
        ("cpus", ["'0-3,^2'", "'all'", "['1','all','2']", "['all']"]),
        ("cpus_soft", ["'5'", "'all'", "['3']"]), ("pool", ["'p q'"]), ("cpu_weight", ["1", "65535"]),
        ("cap", ["0", "50"]),
        ("extratime", booleans), ("period", ["10000"]), ("kernel", ["'/k \"x\" \\\\ y'"]), ("ramdisk", ["'/r,=;#'"]),
        ("cmdline", ["'a=\"b\" c'", "''"]), ("root", ["'/dev/xvda1'"]), ("extra", ["'ro'", "''"]), ("acpi", booleans),
        ("bootloader", ["'pygrub'"]), ("bootloader_args", ["['-q','--x=1']", "'-q  -r'"]), ("hap", booleans),
        ("nestedhvm", booleans), ("altp2m", ["0", "'limited'"]), ("passthrough", ["'share_pt'", "'default'"]),
        ("localtime", booleans), ("rtc_timeoffset", ["0", "'-7'", "3600"]),
        ("tsc_mode", ["1", "'native'", "'default'"]),
        ("cpuid", ["'host'", "'host,tm=0,sse3=1,page1gb=x'", "['1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0']"]),
        ("on_poweroff", ["'preserve'", "'rename-restart'"]), ("on_reboot", ["'destroy'"]),
        ("on_crash", ["'coredump-restart'"]),
        ("on_watchdog", ["'restart'"]), ("on_soft_reset", ["'soft-reset'"]), ("seclabel", ["'a:b:c'"]),
        ("init_seclabel", ["'d:e:f'"]), ("device_model_stubdomain_seclabel", ["'g'"]), ("nomigrate", booleans),
        ("driver_domain", booleans), ("max_maptrack_frames", ["0", "7"]), ("max_grant_version", ["1", "2"]),
        ("max_grant_frames", ["64"]), ("max_event_channels", ["0"]), ("shadow_memory", ["8"]), ("vpmu", booleans),
        ("msr_relaxed", booleans), ("device_model_override", ["'/q'"]), ("device_model_user", ["'u'"]),
        ("device_model_version", ["'qemu-xen'", "'qemu-xen-traditional'"]), ("dm_restrict", booleans),
        ("device_model_stubdomain_override", booleans), ("stubdomain_memory", ["32"]), ("stubdomain_kernel", ["'/s'"]),
        ("stubdomain_ramdisk", ["'/t'"]), ("stubdomain_cmdline", ["'u v'"]), ("device_model_args", ["['-a','','b,c']"]),
        ("device_model_args_pv", ["['-p']"]), ("device_model_args_hvm", ["['-h']"]), ("ioports", ["['2f8-2ff','0']"]),
        ("irqs", ["[7,'9']"]), ("iomem", ["['fe000,2','a,1@b']"]), ("pci_permissive", booleans),
        ("pci_seize", booleans),
    ]

    private static let hvm: [(String, [String])] = [
        ("boot", ["'c'", "'dna'"]), ("bios", ["'ovmf'", "'seabios'"]), ("bios_path_override", ["'/o'"]),
        ("firmware", ["'uefi'", "'bios'", "'/f'"]), ("firmware_override", ["'/g'"]), ("acpi_firmware", ["'/a'"]),
        ("smbios_firmware", ["'/b'"]), ("pae", booleans), ("apic", booleans), ("nx", booleans), ("hpet", booleans),
        ("acpi_s3", booleans), ("acpi_s4", booleans), ("acpi_laptop_slate", booleans), ("vpt_align", booleans),
        (
            "viridian",
            [
                "0", "1", "['defaults']", "['all']", "['all','!freq']", "['base','stimer']",
                "['defaults','!apic_assist']",
                "['!freq']", "['base','freq','!freq','hcall_ipi']", "[]",
            ]
        ),
        ("mmio_hole", ["3072"]), ("timer_mode", ["2", "'no_missed_ticks_pending'"]), ("altp2mhvm", booleans),
        ("ms_vm_genid", ["'none'"]), ("gfx_passthru", ["0", "1", "'igd'"]), ("rdm_mem_boundary", ["2048"]),
        ("rdm", ["'strategy=host'"]), ("usbversion", ["0", "3"]), ("usb", booleans),
        ("usbdevice", ["'tablet'", "['mouse','host:1.2','host:046d:c52b']"]), ("vkb_device", booleans),
        ("xen_platform_pci", booleans), ("vendor_device", ["'xenserver'", "'none'"]), ("hdtype", ["'ahci'"]),
        ("soundhw", ["'hda'", "'sb16'"]), ("vga", ["'qxl'", "'none'"]), ("stdvga", booleans), ("videoram", ["16"]),
        ("vnc", booleans), ("vnclisten", ["'0.0.0.0'", "'::1'"]), ("vncunused", booleans), ("vncdisplay", ["0", "3"]),
        ("vncpasswd", ["''", "'p,=q'"]), ("keymap", ["'de'"]), ("sdl", booleans), ("opengl", booleans),
        ("display", ["':1'"]),
        ("xauthority", ["'/x'"]), ("spice", ["1\nspiceport = 6000\nspicepasswd = 's'", "0"]),
        ("spicetls_port", ["6001"]),
        ("spicehost", ["'h'", "'::1'"]), ("spicedisable_ticketing", booleans), ("spiceagent_mouse", booleans),
        ("spicevdagent", booleans), ("spice_clipboard_sharing", booleans), ("spiceusbredirection", ["0", "4"]),
        ("spice_image_compression", ["'off'"]), ("spice_streaming_video", ["'all'"]),
        (
            "serial",
            ["'pty'", "'none'", "['none','file:/l','unix:/s,server,nowait']", "['udp:h:1@:2','telnet:[::1]:3']"]
        ),
    ]

    private static let pv: [(String, [String])] = [
        ("e820_host", booleans), ("vnc", booleans), ("vncdisplay", ["3"]), ("keymap", ["'de'"]), ("sdl", booleans),
    ]

    private static let pvh: [(String, [String])] = [
        ("timer_mode", ["'one_missed_tick_pending'"]), ("pvshim", booleans), ("pvshim_path", ["'/s'"]),
        ("pvshim_cmdline", ["'a b'"]), ("pvshim_extra", ["'c'"]),
    ]

    private static let framebuffers: [(String, [String])] = [
        (
            "vfb",
            [
                "''", "'vnc=1,vnclisten=1.2.3.4:5'", "'sdl=1,display=:0,opengl=1'", "'vnc=0,sdl=1'",
                "'vncpasswd=,vncunused=0'",
            ]
        )
    ]

    private static let lists: [(String, [String])] = [
        (
            "vif",
            [
                "''", "'bridge=b.1'", "'mac=00:16:3e:00:00:09,model=e1000'", "'type=vif,ip=10.0.0.1 10.0.0.2'",
                "'bridge=o.5,script=vif-openvswitch'", "'bridge=o:5:6,script=/x/vif-openvswitch'",
                "'rate=3MB/s@10ms,mtu=9000'",
                "'bridge=o.x,script=vif-openvswitch'", "'backend=net,gatewaydev=eth0,vifname=v,untrusted'",
            ]
        ),
        ("usbctrl", ["'type=qusb,version=1'", "'version=2,ports=31'", "'type=pv'"]),
        ("usbdev", ["'hostbus=1,hostaddr=2'", "'type=hostdev,hostbus=1,hostaddr=3,controller=1,port=3'"]),
        ("pci", ["'03:00.0'", "'0001:03:00.7@1f,seize=0,rdm_policy=strict'", "'bdf=04:00.1,vslot=3,permissive=1'"]),
        ("p9", ["'tag=t,path=/p,security_model=none'", "'tag=u,path=/q,security_model=mapped,backend=d'"]),
        ("vtpm", ["'backend=d'", "'backend=d,uuid=c7a5fdb2-cdaf-9455-926a-d65c16db1809'"]),
        ("vdispl", ["'connectors=a:1x2'", "'backend=d,be-alloc=1,connectors=a:1x2;b:3x4'"]),
        (
            "vsnd",
            [
                "['CARD']",
                "['CARD, short-name=A b','PCM, name=c','STREAM, type=c','STREAM, id=2, type=p, sample-rates=8000;44100']",
                "['STREAM, channels-min=1']",
            ]
        ),
        ("channel", ["'connection=pty,name=a'", "' name = b , connection = socket , path = /s '"]),
    ]

    private static let disks = [
        "/dev/a,raw,VDEV,rw", "/b,qcow2,VDEV,r", "format=vhd,vdev=VDEV,target=/c,d=e,", "vdev=VDEV,devtype=cdrom",
        "/i.iso,,VDEV,cdrom", "vdev=VDEV,script=block-x,target=a b",
        "vdev=VDEV,backendtype=qdisk,discard,target=/dev/f",
        "vdev=VDEV,backendtype=phy,backend=d,direct-io-safe,no-discard,target=/g", "tap:qcow2:/h,VDEV,w",
        #"vdev=VDEV,target=rbd:p/i@s:id=u:auth_supported=none:mon_host=a\\:1\\;b:conf=/c"#, "vdev=VDEV,target=rbd:p/i",
    ]
}
