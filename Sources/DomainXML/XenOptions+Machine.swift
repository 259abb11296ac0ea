import LibXML
import XenModel

// `timer`, `altp2m`, `machine`, `graphicsPassthrough` and `smbios` in `/domain/xenkeeper:options`.
extension XenOptions {
    mutating func readMachine(in options: ElementReader) throws(DomainXMLError) {
        try options.child("timer") { reader throws(DomainXMLError) in
            timerMode = try reader.word("mode")
            alignTimers = try reader.yesOrNo("align")
        }
        try options.child("altp2m") { reader throws(DomainXMLError) in
            alternativeViews = try reader.word("mode")
        }
        try options.child("machine") { reader throws(DomainXMLError) in
            nx = try reader.yesOrNo("nx")
            nestedHVM = try reader.yesOrNo("nestedHVM")
            vpmu = try reader.yesOrNo("vpmu")
            msrRelaxed = try reader.yesOrNo("msrRelaxed")
            acpiLaptopSlate = try reader.yesOrNo("acpiLaptopSlate")
            xenPlatformPCI = try reader.yesOrNo("xenPlatformPCI")
            vkbDevice = try reader.yesOrNo("vkbDevice")
            vendorDevice = try reader.word("vendorDevice")
            diskController = try reader.word("hdtype")
            usbVersion = try reader.number(attribute: "usbVersion", in: 1...3)
        }
        try options.child("graphicsPassthrough") { reader throws(DomainXMLError) in
            graphicsPassthrough = try reader.requiredWord("kind")
        }
        try options.child("smbios") { reader throws(DomainXMLError) in
            smbiosFirmware = try reader.requiredPlain("path")
        }
    }

    func writeMachine(to options: inout XMLElement) {
        options.add(xenkeeper: "timer", ["mode": timerMode?.rawValue, "align": alignTimers?.yesOrNo])
        options.add(xenkeeper: "altp2m", ["mode": alternativeViews?.rawValue])
        options.add(
            xenkeeper: "machine",
            [
                "nx": nx?.yesOrNo, "nestedHVM": nestedHVM?.yesOrNo, "vpmu": vpmu?.yesOrNo,
                "msrRelaxed": msrRelaxed?.yesOrNo, "acpiLaptopSlate": acpiLaptopSlate?.yesOrNo,
                "xenPlatformPCI": xenPlatformPCI?.yesOrNo, "vkbDevice": vkbDevice?.yesOrNo,
                "vendorDevice": vendorDevice?.rawValue, "hdtype": diskController?.rawValue,
                "usbVersion": usbVersion?.description,
            ])
        options.add(xenkeeper: "graphicsPassthrough", ["kind": graphicsPassthrough?.rawValue])
        options.add(xenkeeper: "smbios", ["path": smbiosFirmware])
    }
}
