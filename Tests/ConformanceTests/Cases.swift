import DomainXML
import Foundation
import LibXML
import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import XLConfig
import XenModel
import XenUnits

/// One comparison: what it is called, and what it finds.
struct Case {
    var name: String
    var run: () throws -> Findings
}

/// What a comparison finds.
struct Findings {
    var differences: [Difference] = []
    /// The places of the document that our reader, or writer, itself says it left out.
    var reported: [String] = []

    static func + (left: Findings, right: Findings) -> Findings {
        Findings(differences: left.differences + right.differences, reported: left.reported + right.reported)
    }
}

/// The directory of pairs, and the cases that are in it.
struct Directory {
    let root: URL

    /// Every case of every kind, in order.
    func cases() -> [Case] {
        let translations = names("xml-to-libxl", "xml").map { name in
            Case(name: "xml-to-libxl/\(name)") { try translation(name) }
        }
        let configurations = names("xl-cfg", "cfg").flatMap { name in
            let read = documents(of: name).map { document in
                Case(name: "xl-cfg/\(name).cfg" + (document == name ? "" : " as \(document).xml")) {
                    try reading(name, document)
                }
            }
            return Self.isReadOnly(name) ? read : read + [Case(name: "xl-cfg/\(name).xml") { try writing(name) }]
        }
        let aliased = names("user-aliases", "xml").map { name in
            Case(name: "user-aliases/\(name)") { try aliases("user-aliases/\(name).xml") }
        }
        let printed = ["xml-to-libxl", "xl-cfg", "user-aliases"].flatMap { directory in
            names(directory, "xml").map { name in
                Case(name: "\(directory)/\(name) printed") { try printing("\(directory)/\(name).xml") }
            }
        }
        let returned = names("xml-roundtrip/in", "xml").map { name in
            Case(name: "xml-roundtrip/\(name)") { try roundTrip(name) }
        }
        return translations + configurations + aliased + printed + returned
    }

    /// The documents that a configuration is, by the directory's own account of itself: that of its name; without one, that
    /// of its name without `-bogus`, for what is bogus counts for nothing; and for one of them another's too.
    private func documents(of name: String) -> [String] {
        let own = exists("xl-cfg/\(name).xml") ? name : name.replacing("-bogus", with: "")
        return name == "test-disk-positional-parms-full" ? [own, "test-new-disk"] : [own]
    }

    /// Pairs that hold from the configuration to the document alone, as the directory's own account of itself says.
    private static func isReadOnly(_ name: String) -> Bool {
        name.contains("-bogus-") || name.hasSuffix("net-fakemodel") || name.contains("paravirt-cmdline")
            || name.hasSuffix("-extra-root") || name.contains("disk-positional-")
    }

    private static let options = ReaderOptions(
        features: [
            .userAliases, .firmwareAutoselection, .netModelStrings, .memoryHotplug, .offlineVCPUPin, .individualVCPUs,
            .diskFileDescriptor,
        ],
        form: .inactive)

    // MARK: The kinds

    /// The document, translated, is libvirt's JSON.
    private func translation(_ name: String) throws -> Findings {
        var context = TranslationContext.documentAlone
        context.allowsNestedHVM = true
        context.ports = 5900...6000
        let config = try LibxlDomainConfig(definition("xml-to-libxl/\(name).xml"), context: context)
        let theirs = try JSONDecoder().decode(JSONValue.self, from: Data(read("xml-to-libxl/\(name).json"))).leaves()
        return try Findings(
            differences: Difference.between(
                theirs: LibxlDefaults.leftOut(of: theirs),
                ours: LibxlDefaults.leftOut(of: JSONValue(encoding: config).leaves())))
    }

    /// The configuration, read, is the document; and written and read again it is to libxl what it was, and is written the
    /// same way. What we write says in so many words what a start chooses by itself, such as a USB device's controller.
    private func reading(_ name: String, _ document: String) throws -> Findings {
        let ours = try configured(read("xl-cfg/\(name).cfg"))
        let again = try configured(Array(ours.xlConfiguration().configuration.text.utf8))
        guard try again.xlConfiguration().configuration == ours.xlConfiguration().configuration,
            try LibxlDomainConfig(again, context: .documentAlone) == LibxlDomainConfig(ours, context: .documentAlone)
        else { throw Failure(description: "what we write of it is read as another domain") }
        let mine = try tree(ours).withoutRemovability().asMadeOfConfiguration()
        let theirs = try tree(definition("xl-cfg/\(document).xml")).asMadeOfConfiguration()
        return Findings(
            differences: Difference.between(
                theirs: theirs.withoutAddedDevices(missingIn: mine).withoutDefaultWords(),
                ours: mine.withoutDefaultWords()))
    }

    /// The document, written as a configuration, says what libvirt's configuration says; and libxl is given each of
    /// its disks and NICs in their order.
    private func writing(_ name: String) throws -> Findings {
        let definition = try definition("xl-cfg/\(name).xml")
        let config = try LibxlDomainConfig(definition, context: .documentAlone)
        guard config.createInfo.name == definition.name.text,
            config.disks.map(\.vdev) == definition.disks.map(\.target),
            config.nics.map(\.mac) == definition.interfaces.map(\.mac)
        else { throw Failure(description: "libxl is given other devices than are in the document") }
        let written = try definition.xlConfiguration()
        return try Findings(
            differences: Difference.between(
                theirs: tree(configured(read("xl-cfg/\(name).cfg"))).withoutUsualCard(),
                ours: tree(configured(Array(written.configuration.text.utf8))).withoutUsualCard()),
            reported: written.notices.map(\.path))
    }

    /// Every alias of the document is on a device of the same class in what we print, and in nothing that libxl gets
    /// or xl reads.
    private func aliases(_ path: String) throws -> Findings {
        let document = try DomainDefinition.parse(read(path), options: Self.options)
        let theirs = try DocumentTree(read(path), without: document.notices)
        let differences = try Difference.between(
            theirs: Self.aliases(in: theirs), ours: Self.aliases(in: tree(document.value)))
        try promiseNoAlias(in: document.value)
        return Findings(differences: differences)
    }

    /// The document is for another hypervisor; the same guest for Xen has its disks on Xen's bus, and of the devices those
    /// that Xen has.
    private func promiseNoAlias(in document: DomainDefinition) throws {
        var guest = document
        guest.hypervisor = DomainDefinition.xen
        guest.disks = guest.disks.map { disk in
            var disk = disk
            if disk.vdev == nil { disk.target = "xvd\(disk.target.dropFirst(2))" }
            return disk
        }
        guest.devices = guest.devices.filter { device in
            var alone = guest
            alone.devices = [device]
            return (try? LibxlDomainConfig(alone, context: .documentAlone)) != nil
        }
        guard guest.devices.contains(where: { $0.alias != nil }) else {
            throw Failure(description: "no device with an alias is left to be passed")
        }
        let config = try LibxlDomainConfig(guest, context: .documentAlone)
        let passed = try [
            String(decoding: JSONEncoder().encode(config), as: UTF8.self), guest.xlConfiguration().configuration.text,
        ]
        for text in passed where text.contains("ua-") {
            throw Failure(description: "an alias is in what Xen is given: \(text)")
        }
    }

    private static func aliases(in tree: DocumentTree) -> Leaves {
        tree.devices.reduce(into: [:]) { found, entry in
            for device in entry.value { if let alias = device["/alias/@name"] { found["alias \(alias)"] = entry.key } }
        }
    }

    /// Every place of the document is in what we print of it, or in a notice.
    private func printing(_ path: String) throws -> Findings {
        let document = try read(path)
        let parsed = try DomainDefinition.parse(document, options: Self.options)
        let theirs = try DocumentTree(document, without: parsed.notices)
        let differences = try Difference.between(
            theirs: theirs.withoutDefaultWords(), ours: tree(parsed.value).withoutDefaultWords())
        // What ours says besides, such as a unit, is a default that is written out.
        return Findings(differences: differences.filter { $0.theirs != nil }, reported: theirs.reported)
    }

    /// The document, read and printed, is what libvirt prints, by what the text says.
    private func roundTrip(_ name: String) throws -> Findings {
        let path = "xml-roundtrip/in/\(name).xml"
        let out = exists("xml-roundtrip/out/\(name).xml") ? "xml-roundtrip/out/\(name).xml" : path
        // What is left out is said of libvirt's document by another reading of it.
        let notices = try DomainDefinition.parse(read(out), options: Self.options).notices
        let theirs = try DocumentTree(read(out), without: notices)
        let ours = try tree(definition(path))
        return Findings(
            differences: Difference.between(
                theirs: theirs.withoutAddedDevices(missingIn: ours).withoutDefaultWords(),
                ours: ours.withoutDefaultWords()),
            reported: theirs.reported)
    }

    // MARK: Reading

    private func tree(_ definition: DomainDefinition) throws -> DocumentTree {
        try DocumentTree(Array(definition.xml().utf8))
    }

    /// A document as a definition, which also has to come back from our own print of it.
    private func definition(_ path: String) throws -> DomainDefinition {
        let definition = try DomainDefinition.parse(read(path), options: Self.options).value
        let again = try DomainDefinition.parse(Array(definition.xml().utf8), options: Self.options)
        guard again.value == definition, again.notices.allSatisfy({ $0.kind == .descriptionOnly }) else {
            throw Failure(description: "our own print of \(path) is read as another domain")
        }
        return definition
    }

    private func configured(_ text: [UInt8]) throws -> DomainDefinition {
        try DomainDefinition.read(XLConfiguration.parse(text)).definition
    }

    private func read(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: root.appending(path: path)))
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private func names(_ directory: String, _ kind: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: directory).path)) ?? []
        return files.filter { $0.hasSuffix(".\(kind)") }.map { String($0.dropLast(kind.count + 1)) }.sorted()
    }
}

/// Something that a case promises and that is not a difference at a place.
struct Failure: Error, CustomStringConvertible {
    var description: String
}

/// What libxl fills in by itself, so that saying it and not saying it are one.
enum LibxlDefaults {
    static func leftOut(of leaves: Leaves) -> Leaves {
        var kept: Leaves = [:]
        for (path, value) in leaves {
            // What libxl needs beside the guest's memory is its own to compute.
            if path == "b_info.shadow_memkb" { continue }
            var place = path
            // libxl kept it there before 4.15.
            if place == "b_info.type.hvm.nested_hvm" { place = "b_info.nested_hvm" }
            // libxl of 4.17 and later prints an object of the processor's leaves and registers, earlier ones the leaves.
            let list = "b_info.cpuid["
            if place.hasPrefix(list) { place = "b_info.cpuid.cpuid[" + place.dropFirst(list.count) }
            let member = place.split(separator: ".").last.map(String.init) ?? place
            if standard[member] == value || standard[place] == value { continue }
            kept[place] = value
        }
        return kept
    }

    /// By member, or by path. Source: libxl_types.idl and libxl's `_setdefault` functions.
    private static let standard: [String: String] = [
        // LIBXL_DEVID_AUTO of the IDL, and numbers and texts that are zero or empty when nobody sets them.
        "devid": "-1", "backend_domid": "0", "removable": "0", "readwrite": "0", "is_cdrom": "0",
        // libxl__domain_build_info_setdefault.
        "b_info.nested_hvm": "False", "b_info.type.hvm.nographic": "False", "b_info.localtime": "False",
        "b_info.disable_migrate": "False", "b_info.type.pv.e820_host": "False", "b_info.type.hvm.spice.enable": "False",
        "b_info.type.hvm.gfx_passthru": "False", "b_info.type.hvm.xen_platform_pci": "True",
        // libxl__domain_create_info_setdefault.
        "c_info.hap": "True", "c_info.oos": "True",
        // libxl__device_vfb_setdefault and the display of an hvm guest.
        "b_info.type.hvm.sdl.enable": "False", "findunused": "True",
        // The actions of libxl_domain_config_init.
        "on_poweroff": "destroy", "on_reboot": "destroy", "on_crash": "destroy", "on_watchdog": "destroy",
        "on_soft_reset": "destroy",
    ]
}
