import ArgumentParser
import LibXML
import XenDriver

/// `change-media DOMAIN PATH [SOURCE]`.
struct ChangeMedia: Verb {
    static let configuration = VerbName.changeMedia.configuration(
        abstract: "Put another medium into a CD-ROM drive, or take it out.",
        usage: """
            <domain> (<path> | --alias <alias>) [<source>] [--eject | --insert | --update] \
            \(ScopeOptions.usage) [--force] [--block] [--print-xml] \(ChangeOptions.usage)
            """,
        discussion: """
            The path is where the guest sees the drive, or its medium now. --insert wants an empty drive, --eject a \
            full one; --update, which is meant without a flag, does either, and ejects without a source. With --alias \
            the first word after the domain is the source.
            """)

    @OptionGroup var operand: DomainOperand

    @Argument(help: ArgumentHelp("The drive's target, such as hdc, or its source.", valueName: "path"))
    var pathWord: String?

    @Argument(help: ArgumentHelp("The new medium: a file, or a device with --block.", valueName: "source"))
    var sourceWord: String?

    @Option(name: .customLong("path"), help: ArgumentHelp("The path, by name.", valueName: "path"))
    var namedPath: String?

    @Option(name: .customLong("source"), help: ArgumentHelp("The source, by name.", valueName: "source"))
    var namedSource: String?

    @Option(help: ArgumentHelp("The drive's alias, in place of the path.", valueName: "alias"), completion: .known)
    var alias: String?

    @Flag(help: "Take the medium out.")
    var eject = false

    @Flag(help: "Put a medium into an empty drive.")
    var insert = false

    @Flag(help: "Put a medium in place of the one that is in.")
    var update = false

    @Flag(help: "Do not ask the guest, whom Xen does not ask in any case.")
    var force = false

    @Flag(help: "The source is a block device.")
    var block = false

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var printXML: PrintXMLOption
    @OptionGroup var change: ChangeOptions
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func resolved() throws -> (domain: DomainReference, path: String?, change: MediumChange) {
        let flags = [(eject, "eject"), (insert, "insert"), (update, "update")].filter(\.0).map(\.1)
        if flags.count > 1 { throw ValidationError("Options --\(flags[0]) and --\(flags[1]) are mutually exclusive") }
        if eject, block { throw ValidationError("Options --eject and --block are mutually exclusive") }
        var slots = [operand.slot]
        if alias == nil || namedPath != nil { slots.append(Operands.Slot(name: "path", named: namedPath)) }
        slots.append(Operands.Slot(name: "source", named: namedSource, isOptional: true))
        let operands = try Operands(slots, words: [operand.word, pathWord, sourceWord])
        let source = operands["source"]
        let action: MediumChange.Action =
            if eject || update && source == nil { .eject } else if insert { .insert } else { .update }
        return (
            try operands.domain(), operands["path"],
            MediumChange(action: action, source: source, isBlock: block)
        )
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let (domain, path, medium) = try resolved()
        let scope = try scope.scope(unsaid: .current)
        let (driver, options) = try context.driver(for: change)
        let text = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.document(of: domain, inactive: scope == .config)
        }
        let drive = try MediumChange.drive(at: path, alias: alias, in: try XMLElement.parse(Array(text.utf8)))
        let document = try medium.applied(to: drive)
        guard !printXML.isOn else { return Reply(.document(document.formatted())) }
        var outcome = try await attempting("Failed to complete action \(medium.action.rawValue) on media", on: domain) {
            () throws(DriverError) in
            try await driver.update(
                document.document, of: domain, alias: nil, scope: scope, isStrict: false, options: options)
        }
        // The message says all.
        outcome.live = nil
        return Reply(outcome, "Successfully \(medium.action.participle) media.")
    }
}

/// What is to become of the medium in a drive, worked on the drive's document as virsh does.
struct MediumChange: Hashable, Sendable {
    let action: Action
    let source: String?
    let isBlock: Bool

    enum Action: String, Hashable, Sendable {
        case eject, insert, update

        var participle: String {
            switch self {
            case .eject: "ejected"
            case .insert: "inserted"
            case .update: "updated"
            }
        }
    }

    /// The drive that `path` or `alias` names, both if both are given, in the document of its domain.
    static func drive(at path: String?, alias: String?, in domain: XMLElement) throws(CommandFailure) -> XMLElement {
        let disks = domain.children.filter { $0.name == "devices" }.flatMap(\.children).filter { $0.name == "disk" }
        let fitting = disks.filter { disk in
            let names = [disk.child("target")?.attribute("dev"), disk.sourcePath]
            return path.map(names.contains) ?? true
                && alias.map { disk.child("alias")?.attribute("name") == $0 } ?? true
        }
        let drives = fitting.filter { $0.attribute("device") == "cdrom" }
        let name = path ?? alias ?? ""
        guard drives.count <= 1 else {
            throw CommandFailure("\(drives.count) drives have the source \(name); name one by its target or --alias")
        }
        if let drive = drives.first { return drive }
        let criterion = path == nil ? "alias" : "source path or target"
        let notFound = "No disk found whose \(criterion) is \(name)"
        // virsh looks among the drives alone.
        throw fitting.isEmpty
            ? CommandFailure(notFound) : CommandFailure(notFound, "The disk device '\(name)' is not removable")
    }

    /// The document of `drive` with its new medium, or without one.
    func applied(to drive: XMLElement) throws(CommandFailure) -> XMLElement {
        let target = drive.child("target")?.attribute("dev") ?? ""
        var changed = drive
        changed.content.removeAll { if case .element(let child) = $0 { child.name == "source" } else { false } }
        guard action != .eject else {
            guard drive.sourcePath != nil else {
                throw CommandFailure("The disk device '\(target)' doesn't have media")
            }
            return changed
        }
        guard let source else { throw CommandFailure("New disk media source was not specified") }
        guard action == .update || drive.sourcePath == nil else {
            throw CommandFailure("The disk device '\(target)' already has media")
        }
        changed.attributes.removeAll { $0.name == "type" }
        changed.attributes.insert(XMLAttribute("type", isBlock ? "block" : "file"), at: 0)
        let place = changed.content.firstIndex {
            if case .element(let child) = $0 { child.name == "target" } else { false }
        }
        changed.content.insert(
            .element(DeviceText.element("source", [isBlock ? "dev" : "file": source])), at: place ?? 0)
        return changed
    }
}

extension XMLElement {
    fileprivate func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// Where a disk's bytes are; nil in a drive without a medium.
    fileprivate var sourcePath: String? {
        child("source").flatMap { source in
            source.attribute("file") ?? source.attribute("dev") ?? source.attribute("name")
        }
    }
}
