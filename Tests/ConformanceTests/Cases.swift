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
    var run: () throws -> [Difference]
}

/// The folder of pairs, and the cases that are in it.
struct Folder {
    let root: URL

    /// Every case of every kind, in order.
    func cases() -> [Case] {
        let translations = names("xml-to-libxl", "xml").map { name in
            Case(name: "xml-to-libxl/\(name)") { try translation(name) }
        }
        let configurations = names("xl-cfg", "cfg").flatMap { name in
            // The one configuration whose document has another's name is said so by the folder's own account.
            let document = exists("xl-cfg/\(name).xml") ? name : Self.documentsElsewhere[name] ?? name
            let read = Case(name: "xl-cfg/\(name).cfg") { try reading(name, document) }
            let written = Case(name: "xl-cfg/\(name).xml") { try writing(name, document) }
            return Self.isReadOnly(name) ? [read] : [read, written]
        }
        let aliased = names("user-aliases", "xml").map { name in
            Case(name: "user-aliases/\(name)") { try aliases("user-aliases/\(name).xml") }
        }
        let printed = names("xml-roundtrip/in", "xml").map { name in
            Case(name: "xml-roundtrip/\(name)") { try roundTrip(name) }
        }
        return translations + configurations + aliased + printed
    }

    private static let documentsElsewhere = ["test-disk-positional-parms-full": "test-new-disk"]

    /// Pairs that hold from the configuration to the document alone, as the folder's own account of itself says.
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
    private func translation(_ name: String) throws -> [Difference] {
        var context = TranslationContext.documentAlone
        context.allowsNestedHVM = true
        context.ports = 5900...6000
        let config = try LibxlDomainConfig(definition("xml-to-libxl/\(name).xml"), context: context)
        let theirs = try JSONDecoder().decode(JSONValue.self, from: Data(read("xml-to-libxl/\(name).json"))).leaves()
        return try Difference.between(
            theirs: LibxlDefaults.leftOut(of: theirs),
            ours: LibxlDefaults.leftOut(of: JSONValue(encoding: config).leaves()))
    }

    /// The configuration, read, is the document; and written and read again it is what it was.
    private func reading(_ name: String, _ document: String) throws -> [Difference] {
        let ours = try configured(read("xl-cfg/\(name).cfg"))
        let again = try configured(Array(ours.xlConfiguration().configuration.text.utf8))
        return try compare(theirs: definition("xl-cfg/\(document).xml"), ours: ours)
            + compare(theirs: ours, ours: again)
    }

    /// The document, written as a configuration, says what libvirt's configuration says.
    private func writing(_ name: String, _ document: String) throws -> [Difference] {
        let written = try definition("xl-cfg/\(document).xml").xlConfiguration().configuration.text
        return try compare(theirs: configured(read("xl-cfg/\(name).cfg")), ours: configured(Array(written.utf8)))
    }

    /// Every alias of the document is on a device of the same class, there and in what we print.
    private func aliases(_ path: String) throws -> [Difference] {
        let document = try read(path)
        let theirs = try Self.aliases(in: DocumentTree(document))
        let printed = try Array(definition(path).xml().utf8)
        return try Difference.between(theirs: theirs, ours: Self.aliases(in: DocumentTree(printed)))
            + Difference.between(theirs: DocumentTree(document), ours: DocumentTree(printed))
    }

    private static func aliases(in tree: DocumentTree) -> Leaves {
        tree.devices.reduce(into: [:]) { found, entry in
            for device in entry.value { if let alias = device["/alias/@name"] { found["alias \(alias)"] = entry.key } }
        }
    }

    /// The document, read and printed, is what libvirt prints, by what the text says.
    private func roundTrip(_ name: String) throws -> [Difference] {
        let out = exists("xml-roundtrip/out/\(name).xml") ? "out" : "in"
        let printed = try definition("xml-roundtrip/in/\(name).xml").xml()
        return try Difference.between(
            theirs: DocumentTree(read("xml-roundtrip/\(out)/\(name).xml")), ours: DocumentTree(Array(printed.utf8)))
    }

    // MARK: Reading

    private func compare(theirs: DomainDefinition, ours: DomainDefinition) throws -> [Difference] {
        try Difference.between(
            theirs: DocumentTree(Array(theirs.xml().utf8)), ours: DocumentTree(Array(ours.xml().utf8)))
    }

    /// A document as a definition, which also has to come back from our own print of it.
    private func definition(_ path: String) throws -> DomainDefinition {
        let definition = try DomainDefinition.parse(read(path), options: Self.options).value
        guard try DomainDefinition.parse(Array(definition.xml().utf8), options: Self.options).value == definition else {
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

    private func names(_ folder: String, _ kind: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
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
