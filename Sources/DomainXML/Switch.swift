/// libvirt's word for the state of a feature.
enum Switch: String, CaseIterable {
    case on
    case off
}

extension Bool {
    /// `on` or `off`.
    var onOrOff: String { (self ? Switch.on : .off).rawValue }
}

extension ElementReader {
    /// Whether `@state` is `on`; it must be there.
    func requiredSwitch() throws(DomainXMLError) -> Bool {
        try requiredWord("state", of: Switch.self) == .on
    }
}
