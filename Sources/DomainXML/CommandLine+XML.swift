import LibXML
import XenModel

/// The namespace in which libvirt hands arguments on to Xen's device model. A document may bind any prefix to it.
enum CommandLineNamespace {
    static let uri = "http://libvirt.org/schemas/domain/xen/1.0"
    static let prefix = "xen"
}

// `/domain/xen:commandline`.
extension DomainDefinition {
    static func readArguments(in domain: ElementReader) throws(DomainXMLError) -> [String] {
        try domain.child(where: { $0.isOfCommandLine("commandline") }) { reader throws(DomainXMLError) in
            try reader.children(where: { $0.isOfCommandLine("arg") }) { reader throws(DomainXMLError) in
                try reader.requiredText("value")
            }
        } ?? []
    }

    /// Adds the element to `domain`, and the declaration of its prefix; neither where there is no argument.
    func writeArguments(to domain: inout XMLElement) {
        guard !deviceModelArguments.isEmpty else { return }
        var commandLine = XMLElement(commandLine: "commandline")
        for argument in deviceModelArguments {
            var element = XMLElement(commandLine: "arg")
            element.set("value", argument)
            commandLine.add(element)
        }
        domain.add(commandLine)
        domain.declarations.append(
            XMLNamespace(prefix: CommandLineNamespace.prefix, uri: CommandLineNamespace.uri))
    }
}

extension XMLElement {
    fileprivate init(commandLine name: String) {
        self.init(name)
        prefix = CommandLineNamespace.prefix
        namespace = CommandLineNamespace.uri
    }

    fileprivate func isOfCommandLine(_ name: String) -> Bool {
        self.name == name && namespace == CommandLineNamespace.uri
    }
}
