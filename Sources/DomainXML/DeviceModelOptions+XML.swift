import LibXML
import XenModel
import XenUnits

// `deviceModel` in `/domain/xenkeeper:options`.
extension DeviceModelOptions {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> DeviceModelOptions {
        var options = DeviceModelOptions()
        options.version = try reader.word("version")
        options.isStubdomain = try reader.yesOrNo("stubdomain")
        options.stubdomainMemory = try reader.mebibytes("stubdomainMemory")
        options.stubdomainKernel = try reader.plainAttribute("stubdomainKernel")
        options.stubdomainRamdisk = try reader.plainAttribute("stubdomainRamdisk")
        options.stubdomainCommandLine = try reader.plainAttribute("stubdomainCmdline")
        options.user = try reader.plainAttribute("user")
        options.isRestricted = try reader.yesOrNo("restrict")
        options.pvArguments = try reader.children("pvArg", readArgument)
        options.hvmArguments = try reader.children("hvmArg", readArgument)
        options.usbDevices = try reader.children("usbDevice") { reader throws(DomainXMLError) in
            try reader.requiredPlain("name")
        }
        return options
    }

    private static func readArgument(_ reader: ElementReader) throws(DomainXMLError) -> String {
        try reader.requiredText("value")
    }

    /// Nil when nothing is said.
    var element: XMLElement? {
        guard self != DeviceModelOptions() else { return nil }
        var element = XMLElement(xenkeeper: "deviceModel")
        element.set("version", version?.rawValue)
        element.set("stubdomain", isStubdomain?.yesOrNo)
        element.set("stubdomainMemory", stubdomainMemory?.mebibytes)
        element.set("stubdomainKernel", stubdomainKernel)
        element.set("stubdomainRamdisk", stubdomainRamdisk)
        element.set("stubdomainCmdline", stubdomainCommandLine)
        element.set("user", user)
        element.set("restrict", isRestricted?.yesOrNo)
        for argument in pvArguments { element.add(xenkeeper: "pvArg", ["value": argument]) }
        for argument in hvmArguments { element.add(xenkeeper: "hvmArg", ["value": argument]) }
        for name in usbDevices { element.add(xenkeeper: "usbDevice", ["name": name]) }
        return element
    }
}
