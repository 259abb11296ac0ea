import Testing

/// A command that is killed at each of its steps.
struct KillScenario: Sendable, CustomTestStringConvertible {
    /// What there is of the domain `vm` when the command begins.
    enum Beginning: Hashable, Sendable {
        case nothing
        case defined
        case running
        case transient
        case paused
        /// Its guest has crashed.
        case ended
        /// Its guest has ended to be rebooted, and the service is to start it anew.
        case rebooting
        /// The same of a transient domain.
        case rebootingTransient
        /// The same where the old domain is to be kept under another name.
        case rebootingRenamed
        /// Running, and its guest waits for a soft reset.
        case resetting
        /// Its guest has crashed, and is to be started anew once its memory is dumped.
        case crashedToDump
        /// Another toolstack has plugged a NIC and a disk into it.
        case visited
        /// It runs as an hvm guest and has a CD-ROM drive with a medium.
        case drive
    }

    let beginning: Beginning
    let words: [String]
    /// What `document.xml` holds.
    var document = ""
    /// What the same command may answer, besides success, where its killed predecessor had come to its end.
    var refusals: [String] = []
    /// The first step to kill it at, where what comes before is another scenario's; empty for all of them.
    var since = ""
    /// Stands in the case's name.
    var note = ""

    /// Whether it is not a command's, but the service's: what it does about the domain's ended guest.
    var isServices: Bool {
        Self.restarting.contains(beginning)
    }

    var testDescription: String { words.joined(separator: " ") + (note.isEmpty ? "" : " (\(note))") }
}

extension KillScenario {
    static let uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f"

    /// Two NICs of one MAC address, one with its cable out, and a disk for each kind of backend.
    static func domain(memory: Int = 256, extra: String = "") -> String {
        """
        <domain type='xen'>
          <name>vm</name>
          <uuid>\(uuid)</uuid>
          <memory unit='MiB'>\(memory)</memory>
          <vcpu>1</vcpu>
          <os><type>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>\(extra)
          <devices>
            \(disk("xvda", "ua-root", source: "/dev/vg/root"))
            \(disk("xvdb", "ua-data", source: "/dev/vg/data"))
            \(image("xvdc", "ua-image"))
            \(nic("00:16:3e:00:00:01", "ua-a"))
            \(nic("00:16:3e:00:00:01", "ua-b", more: "<link state='down'/>"))
          </devices>
        </domain>
        """
    }

    /// A CD-ROM drive with a medium, and a disk.
    static let hvmDomain = """
        <domain type='xen'>
          <name>vm</name>
          <uuid>\(uuid)</uuid>
          <memory unit='MiB'>256</memory>
          <vcpu>1</vcpu>
          <os><type>hvm</type></os>
          <devices>
            \(disk("xvda", "ua-root", source: "/dev/vg/root"))
            \(drive("/img/old.iso"))
          </devices>
        </domain>
        """

    static func drive(_ source: String) -> String {
        """
        <disk type='file' device='cdrom'>
          <driver name='qemu' type='raw'/><source file='\(source)'/><target dev='hdc' bus='ide'/>
          <readonly/><alias name='ua-cd'/>
        </disk>
        """
    }

    static func nic(_ mac: String?, _ alias: String, bridge: String = "xenbr0", more: String = "") -> String {
        """
        <interface type='bridge'>
          \(mac.map { "<mac address='\($0)'/>" } ?? "")<source bridge='\(bridge)'/>
          <alias name='\(alias)'/>\(more)
        </interface>
        """
    }

    static func disk(_ target: String, _ alias: String, source: String) -> String {
        """
        <disk type='block' device='disk'>
          <driver name='phy' type='raw'/><source dev='\(source)'/><target dev='\(target)' bus='xen'/>
          <alias name='\(alias)'/>
        </disk>
        """
    }

    static func image(_ target: String, _ alias: String) -> String {
        """
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/><source file='/img/\(alias).qcow2'/><target dev='\(target)' bus='xen'/>
          <alias name='\(alias)'/>
        </disk>
        """
    }

    private static let live = ["--live"]
    private static let both = ["--live", "--config"]
    private static let config = ["--config"]

    // A NIC is plugged and unplugged in every scope. What differs for another device is what is asked of libxl, and a
    // change with a staged definition has all the steps of one without.

    static let attaches =
        [
            ([live, both, config], nic("00:16:3e:00:00:07", "ua-new", more: "<link state='down'/>"), "NIC"),
            ([both], disk("xvdd", "ua-new", source: "/dev/vg/new"), "disk"),
            ([both], image("xvdd", "ua-new"), "image"),
            (
                [both],
                "<x:vtpm xmlns:x='urn:xenkeeper:domain:1' backenddomain='Domain-0'><x:alias name='ua-new'/></x:vtpm>",
                "TPM"
            ),
        ].flatMap { scopes, document, note in
            scopes.map {
                KillScenario(
                    beginning: .running, words: ["attach-device", "vm", "document.xml"] + $0, document: document,
                    refusals: ["non unique alias detected: ua-new"], note: note)
            }
        } + [
            // libxl takes no controller out of its stored configuration that has no nodes.
            KillScenario(
                beginning: .running, words: ["attach-device", "vm", "document.xml"] + live,
                document: "<controller type='usb' index='0'><alias name='ua-new'/></controller>",
                refusals: ["non unique alias detected: ua-new"],
                since: "libxl_device_usbctrl_add: nodes", note: "USB controller")
        ]

    static let detaches = [
        ["ua-b"] + live, ["ua-b"] + both, ["ua-b"] + config, ["ua-data"] + both, ["ua-image"] + both,
        ["ua-b", "--force"] + both, ["ua-data", "--force"] + live,
    ].map {
        KillScenario(
            beginning: .running, words: ["detach-device-alias", "vm"] + $0, refusals: ["no device found matching"])
    }

    static let updates =
        [
            ([both, config], nic(nil, "ua-a", bridge: "xenbr1", more: "<mtu size='9000'/>"), "bridge, mtu"),
            ([both], nic(nil, "ua-b", bridge: "xenbr1", more: "<link state='down'/>"), "bridge, cable out"),
            ([live, both, config], nic(nil, "ua-b"), "link"),
        ].flatMap { scopes, document, note in
            scopes.map {
                KillScenario(
                    beginning: .running, words: ["update-device", "vm", "document.xml"] + $0, document: document,
                    note: note)
            }
        }
        + [[], config].map {
            KillScenario(beginning: .running, words: ["domif-setlink", "vm", "--alias", "ua-a", "down"] + $0)
        }

    static let media =
        [live, both].map {
            KillScenario(beginning: .drive, words: ["change-media", "vm", "hdc", "/img/new.iso"] + $0)
        }
        + [
            KillScenario(
                beginning: .drive, words: ["change-media", "vm", "--alias", "ua-cd", "--eject"] + both,
                refusals: ["The disk device 'hdc' doesn't have media"]),
            KillScenario(
                beginning: .drive, words: ["update-device", "vm", "document.xml"] + live,
                document: drive("/img/new.iso"), note: "medium"),
        ]

    static let lives = [
        KillScenario(beginning: .defined, words: ["start", "vm"], refusals: ["Domain is already active"]),
        KillScenario(
            beginning: .defined, words: ["start", "vm", "--paused"], refusals: ["Domain is already active"],
            since: "libxl_domain_create_new: json"),
        KillScenario(
            beginning: .nothing, words: ["create", "document.xml"], document: domain(),
            refusals: ["Domain is already running"]),
        KillScenario(beginning: .running, words: ["suspend", "vm"]),
        KillScenario(beginning: .paused, words: ["resume", "vm"]),
        KillScenario(
            beginning: .ended, words: ["define", "document.xml"], document: domain(), note: "ended"),
        KillScenario(
            beginning: .running, words: ["destroy", "vm"], refusals: ["domain is not running"]),
        KillScenario(
            beginning: .transient, words: ["destroy", "vm"], refusals: ["no domain with matching name 'vm'"]),
    ]

    private static let restarting: [Beginning] = [
        .rebooting, .rebootingTransient, .rebootingRenamed, .crashedToDump, .resetting,
    ]

    static let restarts = restarting.map { KillScenario(beginning: $0, words: ["restart"], note: "\($0)") }

    /// What another toolstack has plugged, by what it is listed as.
    static let theirMAC = "00:16:3e:00:00:66"
    static let theirTarget = "xvde"

    static let visits =
        [
            ["adopt", "vm", "--mac", theirMAC, "--alias", "ua-their"] + live,
            ["adopt", "vm", "--target", theirTarget, "--alias", "ua-their"] + both,
        ].map {
            KillScenario(
                beginning: .visited, words: $0, refusals: ["is known by that name already"])
        }
        + [["--identity", "vif/5"], ["document.xml"]].map {
            KillScenario(
                beginning: .visited, words: ["detach-device", "vm"] + $0 + live,
                document: "<disk><target dev='\(theirTarget)'/></disk>", refusals: ["no device found matching"])
        }
        + [
            KillScenario(beginning: .visited, words: ["domif-setlink", "vm", theirMAC, "down"] + live),
            KillScenario(
                beginning: .visited, words: ["update-device", "vm", "document.xml"] + live,
                document: "<interface type='bridge'><mac address='\(theirMAC)'/><source bridge='xenbr1'/></interface>",
                note: "theirs"),
        ]

    static let definitions =
        [Beginning.nothing, .defined, .running, .transient].map {
            KillScenario(
                beginning: $0, words: ["define", "document.xml"], document: domain(memory: 512), note: "\($0)")
        }
        + [.defined, .running].map {
            KillScenario(
                beginning: $0, words: ["undefine", "vm"],
                refusals: ["no domain with matching name 'vm'", "cannot undefine transient domain"], note: "\($0)")
        }

    static let all = attaches + detaches + updates + media + lives + restarts + visits + definitions
}
