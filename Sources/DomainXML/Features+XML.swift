import LibXML
import XenModel
import XenUnits

// `/domain/features`.
extension Features {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Features {
        var features = Features()
        features.acpi = try reader.flag("acpi") ? true : nil
        features.apic = try reader.flag("apic") ? true : nil
        features.pae = try reader.flag("pae") ? true : nil
        features.hap = try reader.child("hap") { reader throws(DomainXMLError) in
            try reader.word("state", of: Switch.self) != .off
        }
        features.viridian = try reader.flag("viridian") ? true : nil
        features.hyperV = try reader.child("hyperv", HyperVFeatures.read)
        try reader.child("xen") { reader throws(DomainXMLError) in
            features.e820Host = try reader.child("e820_host") { reader throws(DomainXMLError) in
                try reader.requiredSwitch()
            }
            features.passthrough = try reader.child("passthrough") { reader throws(DomainXMLError) in
                guard try reader.requiredSwitch() else { return .disabled }
                return switch try reader.word("mode", of: PageTables.self) {
                case nil: .enabled
                case .synchronised: .syncPageTables
                case .shared: .sharePageTables
                }
            }
        }
        return features
    }

    /// Nil when nothing is said.
    var element: XMLElement? {
        var element = XMLElement("features")
        if acpi == true { element.add("acpi") }
        if apic == true { element.add("apic") }
        if pae == true { element.add("pae") }
        element.add("hap", only: "state", hap?.onOrOff)
        if viridian == true { element.add("viridian") }
        element.add(hyperV?.element)
        var xen = XMLElement("xen")
        xen.add("e820_host", only: "state", e820Host?.onOrOff)
        switch passthrough {
        case nil: break
        case .disabled: xen.add("passthrough", ["state": Switch.off.rawValue])
        case .enabled: xen.add("passthrough", ["state": Switch.on.rawValue])
        case .syncPageTables:
            xen.add("passthrough", ["state": Switch.on.rawValue, "mode": PageTables.synchronised.rawValue])
        case .sharePageTables:
            xen.add("passthrough", ["state": Switch.on.rawValue, "mode": PageTables.shared.rawValue])
        }
        if !xen.content.isEmpty { element.add(xen) }
        return element.content.isEmpty ? nil : element
    }
}

private enum PageTables: String, CaseIterable {
    case synchronised = "sync_pt"
    case shared = "share_pt"
}
