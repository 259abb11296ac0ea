import XenModel
import XenUnits

// disk. xl-disk-configuration(5), and the parser of libxlutil.
extension Disk: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [Disk] {
        var disks: [Disk] = []
        var targets: [BlockDeviceNumber: String] = [:]
        for item in try reader.list("disk") {
            guard let disk = try read(item) else { continue }
            guard let number = disk.vdev else { throw item.error(.badVdev(disk.target)) }
            if let first = targets.updateValue(disk.target, forKey: number) {
                throw item.error(.duplicateVdev(disk.target, first: first))
            }
            disks.append(disk)
        }
        return disks
    }

    private static func read(_ item: XLItem) throws(XLConfigError) -> Disk? {
        let text = try XLDiskText(item)
        guard let vdev = text.vdev, !vdev.isEmpty else { throw item.error(.missingPart("vdev=…")) }
        var path = text.target.flatMap { $0.isEmpty || text.format == "empty" ? nil : $0 }
        guard path != nil || text.isCDROM else { throw item.error(.missingPart("target=…")) }
        var source: DiskSource
        if [nil, "qdisk"].contains(text.backend), let network = path.flatMap(NetworkDiskSource.init(target:)) {
            source = DiskSource(network: network)
        } else {
            // The kernel's backend looks below /dev for what is no absolute path, unless a script knows better.
            if let relative = path, text.script == nil, relative.without(prefix: "/") == nil,
                !isTakenVerbatim(relative, backend: text.backend)
            {
                path = "/dev/\(relative)"
            }
            let isBlock = text.backend == "phy" || text.backend == nil && path?.without(prefix: "/dev/") != nil
            source = DiskSource(kind: isBlock ? .block : .file, path: path)
        }
        var disk = Disk(device: text.isCDROM ? .cdrom : .disk, source: source, target: vdev)
        disk.driverName = text.backend == "qdisk" ? "qemu" : text.backend
        disk.driverType = text.format == "empty" ? "raw" : text.format ?? "raw"
        disk.isReadOnly = text.isReadOnly || text.isCDROM
        disk.script = text.script
        disk.backendDomain = text.backendDomain
        disk.directIOSafe = text.isDirectIOSafe ? true : nil
        disk.discard = text.discard
        // What a document says nothing of can be taken out; xl's disks cannot.
        disk.removable = text.isCDROM ? nil : false
        return disk
    }

    /// Whether a target that is no absolute path is QEMU's to understand: what a backend of QEMU's is given, and what
    /// begins with a protocol as `nbd:` or `https:`.
    private static func isTakenVerbatim(_ target: String, backend: String?) -> Bool {
        guard backend != "qdisk" else { return true }
        guard backend == nil, let (scheme, _) = target.pair(at: ":") else { return false }
        return !scheme.isEmpty && scheme.utf8.allSatisfy(\.isSchemeCharacter)
    }

    /// The disk as xl's text; nil if xl would make another one of it.
    func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        let key = "disk"
        let format = driverType == "aio" ? "raw" : driverType ?? "raw"
        guard XLDiskText.formats.contains(format), format != "empty" else {
            writer.omit(path, .deviceLeftOut("the format '\(format)'"))
            return nil
        }
        guard device != .floppy else {
            writer.omit(path, .deviceLeftOut("a floppy drive"))
            return nil
        }
        var file = source.path
        if source.kind == .network {
            guard let network = try source.network?.text(path, writer) else {
                writer.omit(path, .deviceLeftOut("its source"))
                return nil
            }
            file = network
        }
        guard file != nil || device == .cdrom else {
            writer.omit(path, .deviceLeftOut("a disk without a source"))
            return nil
        }
        guard vdev != nil else {
            writer.omit(path, .deviceLeftOut("the target '\(target)'"))
            return nil
        }
        writer.omit("\(path)/shareable", if: isShareable)
        writer.omit("\(path)/transient", if: isTransient)
        if device == .cdrom {
            writer.omit("\(path)/xenkeeper:options/@removable", if: removable == false)
        } else {
            writer.omit("\(path)/xenkeeper:options/@removable", if: removable == true)
        }
        writer.omit("\(path)/xenkeeper:options/@directIOSafe", if: directIOSafe == false)
        var parts = ["format=\(format)", "vdev=\(target)", "access=\(isWritable ? "rw" : "ro")"]
        if let backend = backend(format, path, writer) { parts.append("backendtype=\(backend)") }
        if let backendDomain {
            parts.append("backend=" + (try writer.part(backendDomain, key: key, path: "\(path)/backenddomain")))
        }
        if let script {
            parts.append("script=" + (try writer.part(script, key: key, path: "\(path)/xenkeeper:script/@path")))
        }
        if directIOSafe == true { parts.append("direct-io-safe") }
        switch discard {
        case .unmap: parts.append("discard")
        case .ignore: parts.append("no-discard")
        case nil: break
        }
        if device == .cdrom { parts.append("devtype=cdrom") }
        if let file {
            let backend = driverName == "qemu" || driverName == "file" ? "qdisk" : driverName
            guard
                source.kind == .network || script != nil || file.without(prefix: "/") != nil
                    || Self.isTakenVerbatim(file, backend: backend)
            else {
                throw .inexpressible(path: "\(path)/source", key: key, text: file, problem: .ambiguous)
            }
            // It takes in all that follows but for one comma at the end.
            let isCut = file.unicodeScalars.last == ","
            parts.append("target=" + (try writer.plain(file, key: key, path: "\(path)/source")) + (isCut ? "," : ""))
        }
        return parts.joined(separator: ",")
    }

    /// The backend that libxl is given at a start.
    private func backend(_ format: String, _ path: String, _ writer: XLWriter) -> String? {
        switch driverName {
        case nil: return source.kind == .network ? "qdisk" : nil
        case "phy": return "phy"
        case "qemu", "file": return "qdisk"
        // What serves files from the tap backend knows no other format.
        case "tap", "tap2": return ["raw", "vhd"].contains(format) ? "tap" : "qdisk"
        default:
            writer.omit("\(path)/driver/@name")
            return nil
        }
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) throws(XLConfigError) {
        lists.disks.append(try text(path, writer))
    }
}

extension UInt8 {
    fileprivate var isSchemeCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A disk's text, taken apart as libxlutil does it.
struct XLDiskText {
    static let formats = ["raw", "qcow", "qcow2", "vhd", "qed", "empty"]

    private(set) var target: String?
    private(set) var format: String?
    private(set) var vdev: String?
    private(set) var isReadOnly = false
    private(set) var isCDROM = false
    private(set) var backend: String?
    private(set) var backendDomain: String?
    private(set) var script: String?
    private(set) var isDirectIOSafe = false
    private(set) var discard: DiskDiscard?
    private let item: XLItem
    private var hasAccess = false
    private var hasPrefix = false

    init(_ item: XLItem) throws(XLConfigError) {
        self.item = item
        var rest = try item.safe().unicodeScalars[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard !rest.isEmpty else { return }
            if let file = String(rest).without(prefix: "target=") {
                try setTarget(file.unicodeScalars.last == "," ? String(file.unicodeScalars.dropLast()) : file)
                return
            }
            if let length = try prefix(String(rest)) {
                rest = rest.dropFirst(length)
                continue
            }
            let part = rest.prefix { $0 != "," }
            rest = rest.dropFirst(part.count + 1)
            try read(String(part))
        }
    }

    private mutating func read(_ part: String) throws(XLConfigError) {
        guard let (key, value) = part.pair(at: "=") else {
            try readWord(part)
            return
        }
        switch key {
        case "format": try setFormat(value)
        case "vdev": try set(\.vdev, "vdev", value)
        case "access": try setAccess(value)
        case "backend": try set(\.backendDomain, "backend", value.isEmpty ? nil : value)
        case "script": try set(\.script, "script", value.isEmpty ? nil : value)
        case "devtype": isCDROM = try item.word(value, [("cdrom", true), ("disk", false)])
        case "backendtype":
            let word = try item.word(value, ["phy", "tap", "qdisk", "standalone"].map { ($0, $0) })
            if word == "standalone" { item.note(.unsupportedPart(part)) } else { try set(\.backend, key, word) }
        case "specification":
            if try item.word(value, [("xen", false), ("virtio", true)]) { item.note(.unsupportedPart(part)) }
        case "colo-host", "colo-port", "colo-export", "active-disk", "hidden-disk", "grant_usage":
            item.note(.unsupportedPart(part))
        default: throw item.error(.unknownPart(part))
        }
    }

    private mutating func readWord(_ part: String) throws(XLConfigError) {
        switch part {
        case "cdrom": isCDROM = true
        case "direct-io-safe": isDirectIOSafe = true
        case "discard": discard = .unmap
        case "no-discard": discard = .ignore
        case "colo", "no-colo", "trusted", "untrusted": item.note(.unsupportedPart(part))
        default:
            if target == nil {
                target = part
            } else if !hasPrefix, format == nil {
                // xend's form of a drive without a medium has no format.
                if target?.isEmpty == true, try setVdevAndType(part) {
                    format = "empty"
                } else {
                    try setFormat(part)
                }
            } else if vdev == nil {
                if try !setVdevAndType(part) { vdev = part }
            } else if !hasAccess {
                try setAccess(part)
                hasAccess = true
            } else {
                throw item.error(.tooManyParts(part))
            }
        }
    }

    /// `VDEV:TYPE`; false for a text without a colon.
    private mutating func setVdevAndType(_ part: String) throws(XLConfigError) -> Bool {
        let parts = part.parts(at: ":")
        guard parts.count > 1, let type = parts.last else { return false }
        isCDROM = try item.word(type, [("cdrom", true), ("disk", false)])
        try set(\.vdev, "vdev", parts.dropLast().joined(separator: ":"))
        return true
    }

    /// How long an old prefix such as `phy:` is; nil for a text that begins with none.
    private mutating func prefix(_ text: String) throws(XLConfigError) -> Int? {
        let formats = ["raw", "qcow", "qcow2", "vhd"]
        let scripts = ["iscsi", "nbd", "enbd", "drbd"]
        let ignored = ["tapdisk", "tap", "tap2", "aio", "ioemu", "file", "phy"]
        guard let (word, _) = text.pair(at: ":") else { return nil }
        if formats.contains(word) {
            try setFormat(word)
        } else if scripts.contains(word) {
            try set(\.script, "script", "block-\(word)")
        } else if !ignored.contains(word) {
            return nil
        }
        hasPrefix = true
        return word.unicodeScalars.count + 1
    }

    private mutating func setTarget(_ text: String) throws(XLConfigError) {
        guard target == nil || target?.isEmpty == true else { throw item.error(.repeatedPart("target")) }
        target = text
    }

    private mutating func setFormat(_ text: String) throws(XLConfigError) {
        let word = text.isEmpty ? "raw" : text
        guard Self.formats.contains(word) else { throw item.error(.unknownWord(text, known: Self.formats)) }
        try set(\.format, "format", word)
    }

    private mutating func setAccess(_ text: String) throws(XLConfigError) {
        isReadOnly = try item.word(text, [("r", true), ("ro", true), ("rw", false), ("w", false), ("", false)])
    }

    private mutating func set(
        _ member: WritableKeyPath<XLDiskText, String?>, _ name: String, _ value: String?
    ) throws(XLConfigError) {
        if let old = self[keyPath: member], !old.isEmpty, old != value { throw item.error(.repeatedPart(name)) }
        self[keyPath: member] = value
    }
}
