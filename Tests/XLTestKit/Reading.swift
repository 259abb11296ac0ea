package import DomainXML
import LibxlAPI
package import LibxlTestKit
import LibxlTranslation
import XLConfig
package import XenModel
import XenUnits

/// What Xenkeeper makes of a file of xl's: the whole way from the text over the document to what libxl is given.
package struct XLResult: Sendable {
    package var outcome: XLCase.Outcome
    /// What was said of the file and of the document that was made of it.
    package var notices: [String]

    /// Reads `text`, prints the document, reads that as a user's, and translates it.
    package init(_ text: String) {
        notices = []
        do {
            let reading = try DomainDefinition.read(XLConfiguration.parse(Array(text.utf8)), draws: Self.draws)
            notices = reading.notices.map(\.description)
            let parsed = try DomainDefinition.parse(
                Array(reading.definition.xml().utf8), options: Self.options)
            guard parsed.value == reading.definition else {
                let others = zip(reading.definition.devices, parsed.value.devices).first { $0.0 != $0.1 }
                outcome = .refused(
                    "the document does not say what was read: \(others.map { "\($0.0) became \($0.1)" } ?? "no device")"
                )
                return
            }
            let translation = Translation(parsed.value, context: .documentAlone)
            notices += translation.notices.map(\.description)
            outcome = try Self.outcome(translation)
        } catch {
            outcome = .refused("\(error)")
        }
    }

    /// What libxl is given for a document, or why nothing.
    package static func outcome(of definition: DomainDefinition) -> XLCase.Outcome {
        do {
            return try outcome(Translation(definition, context: .documentAlone))
        } catch {
            return .refused("\(error)")
        }
    }

    /// What libxl is given, or all that keeps a domain from being made.
    private static func outcome(_ translation: Translation) throws -> XLCase.Outcome {
        guard translation.obstacles.isEmpty else {
            return .refused(translation.obstacles.map(\.description).joined(separator: "; "))
        }
        return .passed(try JSONValue(encoding: translation.config).leaves())
    }

    /// The reading of a user's documents, as the driver does it.
    package static let options = ReaderOptions(
        features: [
            .userAliases, .firmwareAutoselection, .netModelStrings, .memoryHotplug, .offlineVCPUPin, .individualVCPUs,
            .diskFileDescriptor,
        ],
        form: .inactive)

    private static let draws = XLDraws(
        uuid: { DomainUUID(high: 1, low: 2) }, mac: { MACAddress(bits: 0x0016_3e00_0001) })
}

/// Where what Xenkeeper makes of a file differs from what xl does.
package struct XLComparison: Sendable {
    package var differences: [Difference] = []
    package var notices: [String]

    package init(theirs: XLCase.Outcome, ours: XLResult) {
        self.init(theirs: theirs, ours: ours.outcome, notices: ours.notices)
    }

    package init(theirs: XLCase.Outcome, ours: XLCase.Outcome, notices: [String]) {
        self.notices = notices
        switch (theirs, ours) {
        case (.refused, .refused): break
        case (.refused(let sentence), .passed):
            differences = [Difference(path: "refused", theirs: sentence, ours: nil)]
        case (.passed, .refused(let sentence)):
            differences = [Difference(path: "refused", theirs: nil, ours: sentence)]
        case (.passed(let theirs), .passed(let ours)):
            differences = Difference.between(theirs: Self.meaning(of: theirs), ours: Self.meaning(of: ours))
            // An address that the file does not name is drawn.
            differences.removeAll { $0.path.hasSuffix("].mac") && $0.theirs == nil }
        }
    }

    /// `leaves` without what says what holds without it, and in one of the words that libxl has for one thing.
    private static func meaning(of leaves: Leaves) -> Leaves {
        var kept: Leaves = [:]
        for (path, value) in leaves where !value.isEmpty {
            var place = path
            for (old, new) in names where place.hasPrefix(old) { place = new + place.dropFirst(old.count) }
            if place.wholeMatch(of: /[a-z0-9]+\[\d+\]\.devid/) != nil { continue }
            let words = place.split(separator: ".")
            let member = words.last.map(String.init) ?? place
            let pair = words.suffix(2).joined(separator: ".")
            if [place, "*." + member, "*." + pair].contains(where: { standard[$0] == value }) { continue }
            if place.wholeMatch(of: /nics\[\d+\]\.nictype/) != nil {
                if value == (leaves["c_info.type"] == "hvm" ? "vif_ioemu" : "vif") { continue }
            }
            // A vCPU that may run anywhere is one of which nothing is said.
            if place.wholeMatch(of: /b_info\.vcpu_(hard|soft)_affinity\[\d+\]/) != nil, value == wholeHost { continue }
            if place == "b_info.target_memkb", value == leaves["b_info.max_memkb"] { continue }
            if place == "b_info.video_memkb", value == usualVideoMemory(leaves) { continue }
            // An address has no case.
            kept[place] = member == "mac" || member == "uuid" ? value.lowercased() : value
        }
        return kept
    }

    /// The processors of the host that xl's stub answers for.
    private static let wholeHost = (0..<16).map { "\($0)" }.joined(separator: ",")

    /// What libxl gives an hvm guest's card.
    private static func usualVideoMemory(_ leaves: Leaves) -> String? {
        guard leaves["c_info.type"] == "hvm" else { return nil }
        let isTraditional = leaves["b_info.device_model_version"] == "qemu_xen_traditional"
        return switch leaves["b_info.type.hvm.vga.kind"] ?? "cirrus" {
        case "cirrus": isTraditional ? "4096" : "8192"
        case "std": isTraditional ? "8192" : "16384"
        case "qxl": "131072"
        default: nil
        }
    }

    /// Members with two names.
    private static let names = [
        ("b_info.type.pv.bootloader", "b_info.bootloader"),
        ("b_info.type.pv.kernel", "b_info.kernel"), ("b_info.type.pv.ramdisk", "b_info.ramdisk"),
        ("b_info.type.pv.cmdline", "b_info.cmdline"),
        ("b_info.type.hvm.serial_list[0]", "b_info.type.hvm.serial"),
        ("b_info.type.hvm.usbdevice_list[0]", "b_info.type.hvm.usbdevice"),
    ]

    /// libxl's defaults, by place or by member.
    ///
    /// Source: libxl_types.idl and the functions of libxl that end in `_setdefault`.
    private static let standard: [String: String] = [
        "*.backend_domid": "0", "*.removable": "0", "*.readwrite": "0", "*.is_cdrom": "0", "*.findunused": "True",
        "*.specification": "xen", "*.vfunc_mask": "1", "*.sdl.enable": "False", "*.vnc.enable": "True",
        "c_info.run_hotplug_scripts": "True", "c_info.hap": "True", "c_info.oos": "True",
        "c_info.driver_domain": "False", "b_info.claim_mode": "True", "b_info.max_vcpus": "1",
        "b_info.avail_vcpus": "0", "b_info.numa_placement": "True", "b_info.nested_hvm": "False",
        "b_info.localtime": "False", "b_info.disable_migrate": "False", "b_info.acpi": "True", "b_info.apic": "True",
        "b_info.altp2m": "disabled", "b_info.tsc_mode": "default", "b_info.event_channels": "1023",
        "b_info.dm_restrict": "False", "b_info.device_model_stubdomain": "False",
        "b_info.device_model_version": "qemu_xen", "b_info.arch_x86.msr_relaxed": "False",
        "b_info.type.pv.e820_host": "False", "b_info.type.pvh.pvshim": "False",
        "b_info.type.hvm.boot": "cda", "b_info.type.hvm.bios": "seabios", "b_info.type.hvm.nographic": "False",
        "b_info.type.hvm.gfx_passthru": "False", "b_info.type.hvm.xen_platform_pci": "True",
        "b_info.type.hvm.vkb_device": "True", "b_info.type.hvm.pae": "True", "b_info.type.hvm.nx": "True",
        "b_info.type.hvm.hpet": "True", "b_info.type.hvm.vpt_align": "True", "b_info.type.hvm.acpi_s3": "True",
        "b_info.type.hvm.acpi_s4": "True", "b_info.type.hvm.acpi_laptop_slate": "False",
        "b_info.type.hvm.viridian": "False", "b_info.type.hvm.usb": "False", "b_info.type.hvm.vga.kind": "cirrus",
        "b_info.type.hvm.spice.enable": "False", "b_info.type.hvm.spice.agent_mouse": "True",
        "b_info.type.hvm.spice.clipboard_sharing": "False", "b_info.type.hvm.spice.vdagent": "False",
        "b_info.type.hvm.spice.disable_ticketing": "False", "b_info.type.hvm.altp2m": "False",
    ]
}
