import LibXML
import XenModel
import XenUnits

// `timer`, `altp2m`, `machine`, `graphicsPassthrough` and `smbios` in `/domain/xenkeeper:options`.
extension XenOptions {
    mutating func readMachine(in options: ElementReader, features: inout Features) throws(DomainXMLError) {
        try options.child("timer") { reader throws(DomainXMLError) in
            timerMode = try reader.word("mode")
            alignTimers = try reader.yesOrNo("align")
        }
        try options.child("altp2m") { reader throws(DomainXMLError) in
            alternativeViews = try reader.word("mode")
        }
        try options.child("machine") { reader throws(DomainXMLError) in
            try features.readSwitches(in: reader)
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

    func writeMachine(to options: inout XMLElement, features: Features) {
        options.add(xenkeeper: "timer", ["mode": timerMode?.rawValue, "align": alignTimers?.yesOrNo])
        options.add(xenkeeper: "altp2m", ["mode": alternativeViews?.rawValue])
        options.add(
            xenkeeper: "machine",
            [
                "acpi": features.acpi.wordIfOff, "apic": features.apic.wordIfOff, "pae": features.pae.wordIfOff,
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

extension Features {
    /// Reads what libvirt's elements say by their presence, and so can say to be on alone. `no` beside the element is a
    /// contradiction.
    fileprivate mutating func readSwitches(in machine: ElementReader) throws(DomainXMLError) {
        let switches: KeyValuePairs<String, WritableKeyPath<Features, Bool?>> = [
            "acpi": \.acpi, "apic": \.apic, "pae": \.pae,
        ]
        for (name, member) in switches {
            guard let isOn = try machine.yesOrNo(name) else { continue }
            guard isOn || self[keyPath: member] != true else {
                throw machine.error(.contradiction(of: "/domain/features/\(name)"), at: "@\(name)")
            }
            self[keyPath: member] = isOn
        }
    }
}

extension Bool? {
    /// `no` for what is off; nil for what is on, which another word says, or is not said.
    fileprivate var wordIfOff: String? { self == false ? YesNo.no.rawValue : nil }
}
