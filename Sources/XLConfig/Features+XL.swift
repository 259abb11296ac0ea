import XenModel
import XenUnits

// altp2mhvm, viridian, max_grant_frames and so on: what takes more than one value to say.
extension DomainDefinition {
    mutating func readFeatures(_ reader: XLReader) throws(XLConfigError) {
        if let item = reader.item("altp2mhvm", for: [.hvm]) {
            let isOn = try item.flag()
            if xen.alternativeViews == nil {
                xen.alternativeViews = isOn ? .mixed : .disabled
            } else {
                item.note(.ineffective(because: "altp2m"))
            }
        }
        if let item = reader.item("usbversion", for: [.hvm]) {
            let version = try item.number(in: UInt32(0)...3)
            xen.usbVersion = version == 0 ? nil : version
        }
        try features.readViridian(reader)
        try readPassthrough(reader)
        xen.pvShim = try PVShim.read(reader)
        if let label = try reader.plain("seclabel") {
            securityLabels = [SecurityLabel(type: "static", label: label)]
        }
        if let item = reader.item("ms_vm_genid", for: [.hvm]), try item.word([("generate", true), ("none", false)]) {
            generationID = reader.draws.uuid()
        }
    }

    func writeFeatures(to writer: XLWriter) throws(XLConfigError) {
        let options = "/domain/xenkeeper:options"
        writer.set(
            "usbversion", xen.usbVersion.map { .number($0) }, path: "\(options)/machine/@usbVersion", for: [.hvm])
        features.writeViridian(to: writer)
        writePassthrough(to: writer)
        try xen.pvShim?.write(to: writer)
        if generationID != nil {
            // xl draws another one at each start.
            writer.omit("/domain/genid")
            writer.set("ms_vm_genid", .string("generate"), path: "/domain/genid", for: [.hvm])
        }
        writer.omit("\(options)/memory/@claim", if: xen.claimMemory != nil)
        writer.omit("\(options)/scheduler/@budget", if: xen.scheduler.budget != nil)
        writer.omit("\(options)/blockDevices/@first", if: xen.firstBlockDevice != nil)
    }

    private mutating func readPassthrough(_ reader: XLReader) throws(XLConfigError) {
        if let item = reader.item("gfx_passthru", for: [.hvm]) {
            if case .number(let number) = try item.text().number(Int64.self) {
                xen.graphicsPassthrough = number == 0 ? nil : .automatic
            } else {
                xen.graphicsPassthrough = try item.word(GraphicsPassthrough.allCases.map { ($0.rawValue, $0) })
            }
        }
        var reserved = ReservedMemory(isWholeHost: false, policy: nil)
        if let item = reader.item("rdm", for: [.hvm]) {
            for option in try item.options() {
                let value = try item.value(of: option)
                switch option.key {
                case "strategy": reserved.isWholeHost = try item.word(value, [("host", true)])
                case "policy":
                    reserved.policy = try item.word(value, ReservedMemoryPolicy.allCases.map { ($0.rawValue, $0) })
                default: throw item.unknown(option)
                }
            }
        }
        reserved.boundary = try reader.mebibytes("rdm_mem_boundary", for: [.hvm])
        if reserved != ReservedMemory(isWholeHost: false, policy: nil) { xen.reservedMemory = reserved }
    }

    private func writePassthrough(to writer: XLWriter) {
        let options = "/domain/xenkeeper:options"
        writer.set(
            "gfx_passthru", xen.graphicsPassthrough.map { .string($0.rawValue) },
            path: "\(options)/graphicsPassthrough", for: [.hvm])
        guard let reserved = xen.reservedMemory else { return }
        let path = "\(options)/reservedMemory"
        // xl takes the key with one word alone, and passes over it in silence with two.
        if reserved.isWholeHost { writer.set("rdm", .string("strategy=host"), path: path, for: [.hvm]) }
        writer.omit("\(path)/@policy", if: reserved.policy != nil)
        writer.set(
            "rdm_mem_boundary", writer.mebibytes(reserved.boundary, path: "\(path)/@boundary"),
            path: "\(path)/@boundary", for: [.hvm])
    }
}

extension PVShim {
    static func read(_ reader: XLReader) throws(XLConfigError) -> PVShim? {
        let isEnabled = try reader.flag("pvshim", for: [.pvh])
        var shim = PVShim(isEnabled: isEnabled ?? false)
        shim.path = try reader.plain("pvshim_path", for: [.pvh])
        shim.commandLine = try reader.plain("pvshim_cmdline", for: [.pvh])
        shim.extra = try reader.plain("pvshim_extra", for: [.pvh])
        return isEnabled == nil && shim == PVShim(isEnabled: false) ? nil : shim
    }

    func write(to writer: XLWriter) throws(XLConfigError) {
        let path = "/domain/xenkeeper:options/pvshim"
        writer.set("pvshim", .flag(isEnabled), path: path, for: [.pvh])
        for (key, text) in [("pvshim_path", self.path), ("pvshim_cmdline", commandLine), ("pvshim_extra", extra)] {
            writer.set(key, try writer.text(text, key: key, path: path), path: path, for: [.pvh])
        }
    }
}
