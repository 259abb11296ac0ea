import LibXML
import XenModel
import XenUnits

// `/domain/xenkeeper:options`.
extension XenOptions {
    /// Reads the element of a domain of at most `vcpus` processors, and what it says of `features` that libvirt's own
    /// element can say to be on alone.
    static func read(
        _ reader: ElementReader, vcpus: UInt32, features: inout Features
    ) throws(DomainXMLError) -> XenOptions {
        var options = XenOptions()
        try options.readMachine(in: reader, features: &features)
        try options.readMemory(in: reader)
        try options.readPlacement(in: reader, vcpus: vcpus)
        try options.readHostResources(in: reader)
        if let deviceModel = try reader.child("deviceModel", DeviceModelOptions.read) {
            options.deviceModel = deviceModel
        }
        options.pvShim = try reader.child("pvshim", PVShim.read)
        try reader.child("driverDomain") { reader throws(DomainXMLError) in
            options.driverDomain = try reader.yesOrNo("enabled")
        }
        try reader.child("migration") { reader throws(DomainXMLError) in
            options.isMigrationDisabled = try reader.yesOrNo("disabled")
        }
        try reader.child("blockDevices") { reader throws(DomainXMLError) in
            options.firstBlockDevice = try reader.plainAttribute("first")
        }
        try reader.child("security") { reader throws(DomainXMLError) in
            options.deviceModelLabel = try reader.plainAttribute("deviceModelLabel")
            options.initialLabel = try reader.plainAttribute("initialLabel")
        }
        options.onWatchdog = try LifecycleAction.read("onWatchdog", in: reader)
        options.onSoftReset = try reader.child("onSoftReset") { reader throws(DomainXMLError) in
            let word = reader.text()
            guard let action = SoftResetAction.allCases.first(where: { $0.word == word }) else {
                throw reader.error(.unknownWord(word, known: SoftResetAction.allCases.map(\.word)))
            }
            return action
        }
        return options
    }

    /// The element, with what is off of `features` that libvirt's own element can say to be on alone; nil when nothing
    /// is said.
    func element(with features: Features) -> XMLElement? {
        var element = XMLElement(xenkeeper: "options")
        writeMachine(to: &element, features: features)
        writeMemory(to: &element)
        writePlacement(to: &element)
        writeHostResources(to: &element)
        element.add(deviceModel.element)
        element.add(pvShim?.element)
        element.add(xenkeeper: "driverDomain", ["enabled": driverDomain?.yesOrNo])
        element.add(xenkeeper: "migration", ["disabled": isMigrationDisabled?.yesOrNo])
        element.add(xenkeeper: "blockDevices", ["first": firstBlockDevice])
        element.add(
            xenkeeper: "security", ["deviceModelLabel": deviceModelLabel, "initialLabel": initialLabel])
        element.add(xenkeeper: "onWatchdog", text: onWatchdog?.word)
        element.add(xenkeeper: "onSoftReset", text: onSoftReset?.word)
        return element.content.isEmpty ? nil : element
    }
}

extension XMLElement {
    /// Adds the child `name` of our namespace with this text; no child if it is nil.
    fileprivate mutating func add(xenkeeper name: String, text: String?) {
        guard let text else { return }
        var child = XMLElement(xenkeeper: name)
        child.content = [.text(text)]
        add(child)
    }
}
