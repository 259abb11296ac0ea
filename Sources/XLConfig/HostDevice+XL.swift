import XenModel
import XenUnits

// pci, pci_permissive and its like. xl-pci-configuration(5).
extension HostDevice: XLDevice {
    static func readAll(
        _ reader: XLReader, behind devices: [Device], into definition: inout DomainDefinition
    ) throws(XLConfigError) -> [HostDevice] {
        let defaults = try HostPCIDevice.Defaults(reader)
        var devices: [HostDevice] = []
        var taken: [String: String] = [:]
        for item in try reader.list("pci") {
            guard let device = try readPCI(item, defaults) else { continue }
            if case .pci(let source) = device.source { try item.take(source.address.description, in: &taken) }
            devices.append(device)
        }
        for item in try reader.list("usbdev") {
            let device = try readUSB(item)
            if case .usb(let source) = device.source { try item.take(source.description, in: &taken) }
            devices.append(device)
        }
        return devices
    }

    private static func readPCI(
        _ item: XLItem, _ defaults: HostPCIDevice.Defaults
    ) throws(XLConfigError) -> HostDevice? {
        let options = try item.options()
        guard let first = options.first else { throw item.error(.missingPart("bdf=…")) }
        var address: String? = first.value == nil ? first.key : nil
        var slot: String?
        var named: [XLOption] = []
        for option in first.value == nil ? options.dropFirst() : options[...] {
            switch option.key {
            case "bdf": address = try item.value(of: option)
            case "vslot": slot = try item.value(of: option)
            case "name":
                item.unsupported(option)
                return nil
            default: named.append(option)
            }
        }
        if let (host, guest) = address?.pair(at: "@") { (address, slot) = (host, guest) }
        guard let address else { throw item.error(.missingPart("bdf=…")) }
        guard address.unicodeScalars.last != "*" else {
            // All functions of a device: which they are depends on the host.
            item.note(.unsupportedPart(address))
            return nil
        }
        guard let place = PCIAddress(address) else { throw item.error(.badPCIAddress(address)) }
        var device = HostPCIDevice(address: place)
        defaults.apply(to: &device)
        for option in named {
            let value = try item.value(of: option)
            switch option.key {
            case "permissive": device.permissive = try item.flag(value)
            case "msitranslate": device.msiTranslate = try item.flag(value)
            case "power_mgmt": device.powerManagement = try item.flag(value)
            case "seize": device.seize = try item.flag(value)
            case "rdm_policy":
                device.rdmPolicy = try item.word(value, ReservedMemoryPolicy.allCases.map { ($0.rawValue, $0) })
            default: throw item.unknown(option)
            }
        }
        var hostDevice = HostDevice(source: .pci(device))
        if let slot {
            guard let number = slot.digits(radix: 16, UInt8.self), number < 32 else {
                throw item.error(.badPCIAddress(slot))
            }
            item.note(.onlyInDocument("@\(slot)"))
            hostDevice.address = GuestAddress(
                type: "pci",
                fields: [
                    "domain": "0x0000", "bus": "0x00",
                    "slot": "0x" + (number < 16 ? "0" : "") + String(number, radix: 16),
                    "function": "0x0",
                ])
        }
        return hostDevice
    }

    private static func readUSB(_ item: XLItem) throws(XLConfigError) -> HostDevice {
        var bus: UInt8?
        var device: UInt8?
        var fields: [String: String] = [:]
        for option in try item.options() {
            let value = try item.value(of: option)
            switch option.key {
            case "type": _ = try item.word(value, [("hostdev", ())])
            case "hostbus": bus = try item.number(value, in: 1...255)
            case "hostaddr": device = try item.number(value, in: 1...255)
            case "controller":
                fields["bus"] = "\(try item.number(value, in: UInt32(0)...1023))"
                item.note(.onlyInDocument(option.text))
            case "port":
                fields["port"] = "\(try item.number(value, in: UInt32(1)...31))"
                item.note(.onlyInDocument(option.text))
            default: throw item.unknown(option)
            }
        }
        guard let bus else { throw item.error(.missingPart("hostbus=…")) }
        guard let device else { throw item.error(.missingPart("hostaddr=…")) }
        var hostDevice = HostDevice(source: .usb(HostUSBDevice(place: .init(bus: bus, device: device))))
        if !fields.isEmpty { hostDevice.address = GuestAddress(type: "usb", fields: fields) }
        return hostDevice
    }

    func write(_ path: String, _ lists: inout XLDeviceLists, _ writer: XLWriter) {
        switch source {
        case .pci(let device): lists.pcis.append(device.text(slot: slot, isManaged: isManaged))
        case .usb(let device):
            writer.omit("\(path)/@managed", if: isManaged)
            guard let placement = lists.usbPlacements.popLast(), let place = device.place else {
                writer.omit(path, .deviceLeftOut("a USB device by its vendor and product"))
                return
            }
            writer.omit("\(path)/source/vendor", if: device.vendorProduct != nil)
            // xl leaves the type out of what it tells libxl unless it is said.
            lists.usbHostDevices.append(
                "type=hostdev,hostbus=\(place.bus),hostaddr=\(place.device)"
                    + ",controller=\(placement.controller),port=\(placement.port)")
        }
    }

    /// Where the guest sees a PCI device, as xl's text has it.
    private var slot: String {
        guard let address, address.type == "pci", Self.number(address.fields["bus"]) ?? 0 == 0,
            let slot = Self.number(address.fields["slot"]), slot < 32
        else { return "" }
        return "@" + String(slot, radix: 16)
    }

    private static func number(_ text: String?) -> UInt32? {
        guard let text else { return nil }
        return text.without(prefix: "0x").map { $0.digits(radix: 16) } ?? text.digits(radix: 10)
    }
}

extension HostPCIDevice {
    /// What a file says for all of its PCI devices.
    fileprivate struct Defaults {
        private let permissive: Bool?
        private let msiTranslate: Bool?
        private let powerManagement: Bool?
        private let seize: Bool?

        init(_ reader: XLReader) throws(XLConfigError) {
            permissive = try reader.flag("pci_permissive")
            msiTranslate = try reader.flag("pci_msitranslate")
            powerManagement = try reader.flag("pci_power_mgmt")
            seize = try reader.flag("pci_seize")
            guard reader.configuration["pci"] == nil else { return }
            for key in ["pci_permissive", "pci_msitranslate", "pci_power_mgmt", "pci_seize"] {
                reader.item(key)?.note(.ineffective(because: "pci"))
            }
        }

        func apply(to device: inout HostPCIDevice) {
            device.permissive = permissive
            device.msiTranslate = msiTranslate
            device.powerManagement = powerManagement
            device.seize = seize
        }
    }

    /// The device as xl's text; a managed one is taken from its driver.
    func text(slot: String = "", isManaged: Bool) -> String {
        let flags = [
            ("permissive", permissive), ("msitranslate", msiTranslate), ("power_mgmt", powerManagement),
            ("seize", seize ?? (isManaged ? true : nil)),
        ]
        let options =
            flags.compactMap { name, flag in flag.map { "\(name)=\($0 ? 1 : 0)" } }
            + (rdmPolicy.map { ["rdm_policy=\($0.rawValue)"] } ?? [])
        return ([address.description + slot] + options).joined(separator: ",")
    }
}

// usb, usbdevice.
struct USBDevices {
    var inputs: [Input] = []
    /// Others in the device model's own words.
    var words: [String] = []

    static func read(_ reader: XLReader) throws(XLConfigError) -> USBDevices {
        var devices = USBDevices()
        if let item = reader.item("usbdevice", for: [.hvm]) {
            for item in try item.itemsOrSelf() {
                guard let text = try item.plain() else { continue }
                if let type = InputType(rawValue: text) {
                    devices.inputs.append(Input(type: type, bus: .usb))
                } else {
                    devices.words.append(text)
                }
            }
        }
        if let item = reader.item("usb", for: [.hvm]) {
            let isOn = try item.flag()
            // libxl has a bus where there is something on it, whatever this says.
            let isEmpty = devices.inputs.isEmpty && devices.words.isEmpty
            if isOn, isEmpty { item.note(.unsupported) }
            if !isOn, !isEmpty { item.note(.ineffective(because: "usbdevice")) }
        }
        return devices
    }
}
