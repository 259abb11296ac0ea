import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A fault in what a domain document says of the guest's machine")
struct DomainFaultTests {
    @Test("is reported by path, line and operands", arguments: processorFaults + machineFaults + optionFaults)
    func fault(_ fault: Fault) {
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(fault.document) }
        #expect(error == .model(path: fault.path, line: fault.line, problem: fault.problem))
        #expect(error?.description == "line \(fault.line): \(fault.path): \(fault.problem)")
    }

    @Test("is found in a live document that leaves the generation's number open")
    func liveGenerationID() {
        let document = domainDocument("<uuid>\(DomainUUID.zero)</uuid><genid/>")
        let error = #expect(throws: DomainXMLError.self) { try parseDomain(document, live) }
        #expect(error == .model(path: "/domain/genid", line: 2, problem: .badUUID("")))
    }

    private static let wholeNumber = 4_294_967_295 as Int64
    private static let yesNo = ["yes", "no"]
    private static let onOff = ["on", "off"]

    private static let processorFaults: [Fault] = [
        .domain("<genid>x</genid>", "genid", .badUUID("x")),
        .domain("<genid/><genid/>", "genid[2]", .repeated(firstLine: 2)),
        .domain("<vcpu cpuset='4-2'>1</vcpu>", "vcpu/@cpuset", .badCPUSet("4-2")),
        .domain("<vcpu cpuset='-1'>1</vcpu>", "vcpu/@cpuset", .badCPUSet("-1")),
        .domain("<vcpu cpuset='0-4294967295'>1</vcpu>", "vcpu/@cpuset", .badCPUSet("0-4294967295")),
        vcpus("<vcpu id='0' enabled='no'/>", "", .noProcessorEnabled),
        vcpus(
            "<vcpu id='0' enabled='yes'/><vcpu id='0' enabled='yes'/>", "/vcpu[2]/@id",
            .taken("0", firstPath: "/domain/vcpus/vcpu[1]")),
        vcpus("<vcpu id='2' enabled='yes'/>", "/vcpu/@id", .outOfRange("2", lowest: 0, highest: 1)),
        vcpus("<vcpu id='-1' enabled='yes'/>", "/vcpu/@id", .badNumber("-1")),
        vcpus("<vcpu enabled='yes'/>", "/vcpu", .missing("@id")),
        vcpus("<vcpu id='0'/>", "/vcpu", .missing("@enabled")),
        vcpus("<vcpu id='0' enabled='on'/>", "/vcpu/@enabled", .unknownWord("on", known: yesNo)),
        vcpus(
            "<vcpu id='0' enabled='yes' hotpluggable='x'/>", "/vcpu/@hotpluggable", .unknownWord("x", known: yesNo)),
        vcpus("<vcpu id='0' enabled='yes' order='-1'/>", "/vcpu/@order", .badNumber("-1")),
        vcpus("<vcpu id='0' enabled='no'/><vcpu id='1' enabled='no'/>", "", .noProcessorEnabled),
        .domain("<vcpus/><vcpus/>", "vcpus[2]", .repeated(firstLine: 2)),
        tuning("<shares>-5</shares>", "shares", .badNumber("-5")),
        tuning("<shares>4294967296</shares>", "shares", .outOfRange("4294967296", lowest: 0, highest: wholeNumber)),
        tuning("<shares>1</shares><shares>1</shares>", "shares[2]", .repeated(firstLine: 2)),
        tuning("<vcpupin cpuset='0'/>", "vcpupin", .missing("@vcpu")),
        tuning("<vcpupin vcpu='0'/>", "vcpupin", .missing("@cpuset")),
        tuning("<vcpupin vcpu='0' cpuset='x'/>", "vcpupin/@cpuset", .badCPUSet("x")),
        tuning(
            "<vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/>", "vcpupin[2]/@vcpu",
            .taken("0", firstPath: "/domain/cputune/vcpupin[1]")),
        .domain("<cputune/><cputune/>", "cputune[2]", .repeated(firstLine: 2)),
        cpu(
            "", "@mode", mode: "best",
            .unknownWord("best", known: ["custom", "host-model", "host-passthrough", "maximum"])),
        cpu("<model>a&#10;b</model>", "model", .controlCharacter("a\nb", character: "\n")),
        cpu("<model>a</model><model>b</model>", "model[2]", .repeated(firstLine: 2)),
        cpu("<feature policy='force'/>", "feature", .missing("@name")),
        cpu(
            "<feature name='a' policy='maybe'/>", "feature/@policy",
            .unknownWord("maybe", known: ["force", "require", "optional", "disable", "forbid"])),
        cpu(
            "<feature name='a'/><feature name='a'/>", "feature[2]/@name",
            .taken("a", firstPath: "/domain/cpu/feature[1]")),
        cpu("<topology cores='1' threads='1'/>", "topology", .missing("@sockets")),
        cpu("<topology sockets='1' threads='1'/>", "topology", .missing("@cores")),
        cpu("<topology sockets='1' cores='1'/>", "topology", .missing("@threads")),
        cpu(
            "<topology sockets='0' cores='1' threads='1'/>", "topology/@sockets",
            .outOfRange("0", lowest: 1, highest: wholeNumber)),
        cpu("<topology sockets='1' dies='-1' cores='1' threads='1'/>", "topology/@dies", .badNumber("-1")),
        cell("<cell/>", "cell", .missing("@memory")),
        cell("<cell memory='1' unit='pages'/>", "cell/@unit", .unknownUnit("pages")),
        cell("<cell memory='-1'/>", "cell/@memory", .badNumber("-1")),
        cell("<cell memory='1024' unit='EiB'/>", "cell/@memory", .tooMuchMemory(amount: "1024", unit: "EiB")),
        cell("<cell id='1' memory='1'/>", "cell/@id", .outOfRange("1", lowest: 0, highest: 0)),
        cell(
            "<cell id='1' memory='1'/><cell memory='1'/>", "cell[2]/@id",
            .taken("1", firstPath: "/domain/cpu/numa/cell[1]")),
        cell("<cell cpus='0-1' memory='1'/>", "cell/@cpus", .noSuchProcessor(1, maximum: 1)),
        cell(
            "<cell cpus='0' memory='1'/><cell cpus='0' memory='1'/>", "cell[2]/@cpus",
            .taken("0", firstPath: "/domain/cpu/numa/cell[1]")),
        sibling("<sibling value='10'/>", "sibling", .missing("@id")),
        sibling("<sibling id='0'/>", "sibling", .missing("@value")),
        sibling("<sibling id='1' value='10'/>", "sibling/@id", .outOfRange("1", lowest: 0, highest: 0)),
        sibling("<sibling id='0' value='9'/>", "sibling/@value", .outOfRange("9", lowest: 10, highest: 255)),
        sibling(
            "<sibling id='0' value='10'/><sibling id='0' value='20'/>", "sibling[2]/@id",
            .taken("0", firstPath: "/domain/cpu/numa/cell/distances/sibling[1]")),
    ]

    private static let machineFaults: [Fault] = [
        .replaced(
            "<os>", "<os firmware='uefi'>", "/domain/os/@firmware", .unknownWord("uefi", known: ["bios", "efi"])),
        os("<loader type='disk'/>", "loader/@type", .unknownWord("disk", known: ["rom", "pflash"])),
        os("<loader readonly='on'/>", "loader/@readonly", .unknownWord("on", known: yesNo)),
        os("<loader>/a&#9;</loader>", "loader", .controlCharacter("/a\t", character: "\t")),
        os("<loader/><loader/>", "loader[2]", .repeated(firstLine: 1)),
        os("<acpi/><acpi/>", "acpi[2]", .repeated(firstLine: 1)),
        os("<acpi><table>/f</table></acpi>", "acpi/table", .missing("@type")),
        os("<acpi><table type='slic'/></acpi>", "acpi/table", .empty),
        features("<viridian/><viridian/>", "viridian[2]", .repeated(firstLine: 2)),
        features("<hyperv mode='all'/>", "hyperv/@mode", .unknownWord("all", known: ["custom", "passthrough"])),
        features("<hyperv><vapic/></hyperv>", "hyperv/vapic", .missing("@state")),
        features("<hyperv><ipi state='yes'/></hyperv>", "hyperv/ipi/@state", .unknownWord("yes", known: onOff)),
        features(
            "<hyperv><ipi state='on'/><ipi state='on'/></hyperv>", "hyperv/ipi[2]", .repeated(firstLine: 2)),
        features(
            "<hyperv><spinlocks state='on' retries='4094'/></hyperv>", "hyperv/spinlocks/@retries",
            .outOfRange("4094", lowest: 4095, highest: wholeNumber)),
        features(
            "<hyperv><stimer state='on'><direct/></stimer></hyperv>", "hyperv/stimer/direct", .missing("@state")),
        features(
            "<hyperv><vendor_id state='on' value='1234567890123'/></hyperv>", "hyperv/vendor_id/@value",
            .badVendorID("1234567890123")),
        features(
            "<hyperv><vendor_id state='on' value='a,b'/></hyperv>", "hyperv/vendor_id/@value", .badVendorID("a,b")),
        .domain("<clock><timer/></clock>", "clock/timer", .missing("@name")),
        timer("name='sundial'", "@name", .unknownWord("sundial", known: TimerName.allCases.map(\.rawValue))),
        timer("name='tsc' present='on'", "@present", .unknownWord("on", known: yesNo)),
        timer("name='tsc' mode='x'", "@mode", .unknownWord("x", known: TSCMode.allCases.map(\.rawValue))),
        timer("name='tsc' frequency='-1'", "@frequency", .badNumber("-1")),
        timer(
            "name='rtc' tickpolicy='skip'", "@tickpolicy",
            .unknownWord("skip", known: TickPolicy.allCases.map(\.rawValue))),
        .domain(
            "<clock><timer name='tsc'/><timer name='tsc'/></clock>", "clock/timer[2]/@name",
            .taken("tsc", firstPath: "/domain/clock/timer[1]")),
        .domain(
            "<pm><suspend-to-mem enabled='on'/></pm>", "pm/suspend-to-mem/@enabled", .unknownWord("on", known: yesNo)),
        .domain("<pm><suspend-to-disk/><suspend-to-disk/></pm>", "pm/suspend-to-disk[2]", .repeated(firstLine: 2)),
        .domain(
            "<seclabel type='secret'/>", "seclabel/@type",
            .unknownWord("secret", known: ["static", "dynamic", "none"])),
        .domain("<seclabel type='static'/>", "seclabel", .missing("label")),
        .domain("<seclabel relabel='x'/>", "seclabel/@relabel", .unknownWord("x", known: yesNo)),
        .domain("<seclabel><label/><label/></seclabel>", "seclabel/label[2]", .repeated(firstLine: 2)),
        .domain(
            "<c:commandline xmlns:c='\(commandLine)'><c:arg/></c:commandline>", "c:commandline/c:arg",
            .missing("@value")),
        .domain(
            "<c:commandline xmlns:c='\(commandLine)'><c:arg value='&#10;'/></c:commandline>",
            "c:commandline/c:arg/@value", .controlCharacter("\n", character: "\n")),
    ]

    private static let optionFaults: [Fault] = [
        option("<timer mode='late'/>", "timer/@mode", .unknownWord("late", known: TimerMode.allCases.map(\.rawValue))),
        option("<timer align='1'/>", "timer/@align", .unknownWord("1", known: yesNo)),
        option("<timer/><timer/>", "timer[2]", .repeated(firstLine: 2)),
        option(
            "<altp2m mode='x'/>", "altp2m/@mode",
            .unknownWord("x", known: ["disabled", "mixed", "external", "limited"])),
        option("<machine nx='true'/>", "machine/@nx", .unknownWord("true", known: yesNo)),
        option(
            "<machine vendorDevice='x'/>", "machine/@vendorDevice", .unknownWord("x", known: ["none", "xenserver"])),
        option("<machine hdtype='scsi'/>", "machine/@hdtype", .unknownWord("scsi", known: ["ide", "ahci"])),
        option("<machine usbVersion='4'/>", "machine/@usbVersion", .outOfRange("4", lowest: 1, highest: 3)),
        option("<graphicsPassthrough/>", "graphicsPassthrough", .missing("@kind")),
        option(
            "<graphicsPassthrough kind='x'/>", "graphicsPassthrough/@kind",
            .unknownWord("x", known: ["default", "igd"])),
        option("<smbios/>", "smbios", .missing("@path")),
        option("<memory mmioHole='-1'/>", "memory/@mmioHole", .badNumber("-1")),
        option(
            "<memory shadow='1099511627777'/>", "memory/@shadow",
            .outOfRange("1099511627777", lowest: 0, highest: 1 << 40)),
        option(
            "<grants maxMaptrackFrames='4294967296'/>", "grants/@maxMaptrackFrames",
            .outOfRange("4294967296", lowest: 0, highest: wholeNumber)),
        option("<grants maxVersion='3'/>", "grants/@maxVersion", .outOfRange("3", lowest: 1, highest: 2)),
        option(
            "<reservedMemory strategy='all'/>", "reservedMemory/@strategy",
            .unknownWord("all", known: ["ignore", "host"])),
        option(
            "<reservedMemory policy='x'/>", "reservedMemory/@policy", .unknownWord("x", known: ["strict", "relaxed"])),
        option("<scheduler cap='409601'/>", "scheduler/@cap", .outOfRange("409601", lowest: 0, highest: 409_600)),
        option(
            "<scheduler period='2147483648'/>", "scheduler/@period",
            .outOfRange("2147483648", lowest: 1, highest: 2_147_483_647)),
        option("<scheduler budget='0'/>", "scheduler/@budget", .outOfRange("0", lowest: 1, highest: 2_147_483_647)),
        option(
            "<softPin vcpu='0' cpuset='0'/><softPin vcpu='0' cpuset='0'/>", "softPin[2]/@vcpu",
            .taken("0", firstPath: "/domain/k:options/softPin[1]")),
        option("<pool/>", "pool", .missing("@name")),
        option("<pool name='a&#10;'/>", "pool/@name", .controlCharacter("a\n", character: "\n")),
        option("<ioports count='1'/>", "ioports", .missing("@first")),
        option("<ioports first='0x2g' count='1'/>", "ioports/@first", .badNumber("0x2g")),
        option(
            "<ioports first='65536' count='1'/>", "ioports/@first", .outOfRange("65536", lowest: 0, highest: 65_535)),
        option("<ioports first='0xffff' count='2'/>", "ioports/@count", .outOfRange("2", lowest: 1, highest: 1)),
        option("<irq/>", "irq", .missing("@number")),
        option(
            "<irq number='5'/><irq number='5'/>", "irq[2]/@number",
            .taken("5", firstPath: "/domain/k:options/irq[1]")),
        option(
            "<iomem start='0xfffffffffffff' count='2'/>", "iomem/@count", .outOfRange("2", lowest: 1, highest: 1)),
        option(
            "<iomem start='0' count='1' guestStart='0x10000000000000'/>", "iomem/@guestStart",
            .outOfRange("0x10000000000000", lowest: 0, highest: (1 << 52) - 1)),
        option(
            "<deviceModel version='new'/>", "deviceModel/@version",
            .unknownWord("new", known: ["qemu_xen_traditional", "qemu_xen"])),
        option("<deviceModel><hvmArg/></deviceModel>", "deviceModel/hvmArg", .missing("@value")),
        option("<pvshim/>", "pvshim", .missing("@enabled")),
        option(
            "<onWatchdog>bark</onWatchdog>", "onWatchdog",
            .unknownWord("bark", known: LifecycleAction.allCases.map(\.word))),
        option(
            "<onSoftReset>x</onSoftReset>", "onSoftReset",
            .unknownWord("x", known: SoftResetAction.allCases.map(\.word))),
        .domain(
            "<k:options xmlns:k='urn:xenkeeper:domain:1'/><l:options xmlns:l='urn:xenkeeper:domain:1'/>", "l:options",
            .repeated(firstLine: 2)),
    ]

    private static let commandLine = "http://libvirt.org/schemas/domain/xen/1.0"

    /// A fault in the list of two processors, which begins on line 3.
    private static func vcpus(_ list: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .domain("<vcpu>2</vcpu>\n<vcpus>\(list)</vcpus>", "vcpus" + path, line: 3, problem)
    }

    private static func tuning(_ content: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .domain("<cputune>\(content)</cputune>", "cputune/" + path, problem)
    }

    private static func cpu(
        _ content: String, _ path: String, mode: String = "custom", _ problem: DomainXMLProblem
    ) -> Fault {
        .domain("<cpu mode='\(mode)'>\(content)</cpu>", "cpu/" + path, problem)
    }

    private static func cell(_ cells: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        cpu("<numa>\(cells)</numa>", "numa/" + path, problem)
    }

    private static func sibling(_ siblings: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        cell("<cell memory='1'><distances>\(siblings)</distances></cell>", "cell/distances/" + path, problem)
    }

    private static func os(_ content: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .replaced("</type>", "</type>" + content, "/domain/os/" + path, problem)
    }

    private static func features(_ content: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .domain("<features>\(content)</features>", "features/" + path, problem)
    }

    private static func timer(_ attributes: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .domain("<clock><timer \(attributes)/></clock>", "clock/timer/" + path, problem)
    }

    private static func option(_ content: String, _ path: String, _ problem: DomainXMLProblem) -> Fault {
        .domain("<k:options xmlns:k='urn:xenkeeper:domain:1'>\(content)</k:options>", "k:options/" + path, problem)
    }
}
