import LibXML
import XenModel

// `/domain/pm`.
extension PowerManagement {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> PowerManagement {
        var states = PowerManagement()
        states.suspendToMemory = try readState("suspend-to-mem", in: reader)
        states.suspendToDisk = try readState("suspend-to-disk", in: reader)
        return states
    }

    private static func readState(_ name: String, in pm: ElementReader) throws(DomainXMLError) -> Bool? {
        try pm.child(name) { reader throws(DomainXMLError) in
            let isEnabled = try reader.yesOrNo("enabled")
            // It may be there and say nothing.
            if isEnabled == nil { reader.leaveOut() }
            return isEnabled
        } ?? nil
    }

    /// Nil when nothing is said.
    var element: XMLElement? {
        guard self != PowerManagement() else { return nil }
        var element = XMLElement("pm")
        element.add("suspend-to-mem", only: "enabled", suspendToMemory?.yesOrNo)
        element.add("suspend-to-disk", only: "enabled", suspendToDisk?.yesOrNo)
        return element
    }
}
