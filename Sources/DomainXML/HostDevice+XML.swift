import LibXML
import XenModel
import XenUnits

// `/domain/devices/hostdev`.
extension HostDevice: DeviceElement {
    /// Reads a complete device; nil if Xen cannot express its mode or type.
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> HostDevice? {
        guard let source = try HostDeviceSource.read(in: reader) else { return nil }
        var device = HostDevice(source: source)
        device.isManaged = try reader.yesOrNo("managed") ?? false
        // libvirt's name of the only one that there is.
        try reader.ignore(child: "driver", "name", "xen")
        return device
    }

    var bareElement: XMLElement {
        var element = XMLElement("hostdev")
        element.set("mode", Mode.subsystem.rawValue)
        element.set("type", source.kind.rawValue)
        element.set("managed", isManaged.yesOrNo)
        switch source {
        case .pci(let device): device.add(to: &element)
        case .usb(let device): element.add(device.element)
        }
        return element
    }
}

extension HostDeviceSource {
    /// Reads which device of the host is meant; nil if Xen cannot express its mode or type.
    static func read(in device: ElementReader) throws(DomainXMLError) -> HostDeviceSource? {
        let mode = try device.wordUnlessForeign("mode", of: Mode.self, foreign: ["capabilities"], default: .subsystem)
        guard mode != nil else { return nil }
        switch try device.wordUnlessForeign("type", of: Kind.self, foreign: ["scsi", "scsi_host", "mdev"]) {
        case nil: return nil
        case .pci:
            guard let source = try HostPCIDevice.read(in: device) else {
                throw device.error(.missing("source"))
            }
            return .pci(source)
        case .usb:
            guard let source = try device.child("source", HostUSBDevice.read) else {
                throw device.error(.missing("source"))
            }
            return .usb(source)
        }
    }

    fileprivate var kind: Kind {
        switch self {
        case .pci: .pci
        case .usb: .usb
        }
    }
}

// `hostdev[@type='pci']/source` and `interface[@type='hostdev']/source`.
extension HostPCIDevice {
    /// Reads the device in `source`, and how it is handed out; nil without a source.
    static func read(in device: ElementReader) throws(DomainXMLError) -> HostPCIDevice? {
        let source = try device.child("source") { reader throws(DomainXMLError) in
            let address = try reader.child("address") { reader throws(DomainXMLError) in
                _ = try reader.word("type", of: ["pci"])
                return try readAddress(reader)
            }
            guard let address else { throw reader.error(.missing("address")) }
            var source = HostPCIDevice(address: address)
            source.permissive = try reader.yesOrNo("writeFiltering").map { !$0 }
            return source
        }
        let options = try device.child(xenkeeper: "pci") { reader throws(DomainXMLError) in
            (
                msiTranslate: try reader.yesOrNo("msiTranslate"),
                powerManagement: try reader.yesOrNo("powerManagement"), seize: try reader.yesOrNo("seize"),
                rdmPolicy: try reader.word("rdmPolicy", of: ReservedMemoryPolicy.self)
            )
        }
        guard var source else { return nil }
        source.msiTranslate = options?.msiTranslate
        source.powerManagement = options?.powerManagement
        source.seize = options?.seize
        source.rdmPolicy = options?.rdmPolicy
        return source
    }

    private static func readAddress(_ reader: ElementReader) throws(DomainXMLError) -> PCIAddress {
        let bus = try reader.anyNumber("bus", in: 0...UInt8.max)
        let slot = try reader.anyNumber("slot", in: 0...UInt8(31))
        // libvirt takes what is not said for 0; an address that says neither names no device.
        guard bus != nil || slot != nil else { throw reader.missing("bus") }
        let address = PCIAddress(
            domain: try reader.anyNumber("domain", in: 0...UInt16.max) ?? 0, bus: bus ?? 0, slot: slot ?? 0,
            function: try reader.anyNumber("function", in: 0...UInt8(7)) ?? 0)
        guard let address else { throw reader.missing("slot") }
        return address
    }

    /// Adds `source`, and what libvirt cannot express.
    func add(to device: inout XMLElement, addressType: String? = nil) {
        var source = XMLElement("source")
        source.set("writeFiltering", permissive.map { (!$0).yesOrNo })
        source.add(
            "address",
            [
                "type": addressType, "domain": address.domain.hexadecimal(4), "bus": address.bus.hexadecimal(2),
                "slot": address.slot.hexadecimal(2), "function": address.function.hexadecimal(1),
            ])
        device.add(source)
        device.add(
            xenkeeper: "pci",
            [
                "msiTranslate": msiTranslate?.yesOrNo, "powerManagement": powerManagement?.yesOrNo,
                "seize": seize?.yesOrNo, "rdmPolicy": rdmPolicy?.rawValue,
            ])
    }
}

// `hostdev[@type='usb']/source`.
extension HostUSBDevice {
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> HostUSBDevice {
        let isNamed = reader.element.children.contains { $0.name == "vendor" }
        let place =
            try reader.child("address") { reader throws(DomainXMLError) -> Place? in
                // To libvirt a device that is named by vendor and product, and whose place has a 0, is anywhere.
                let lowest: UInt8 = isNamed ? 0 : 1
                guard let bus = try reader.anyNumber("bus", in: lowest...UInt8.max) else { throw reader.missing("bus") }
                guard let device = try reader.anyNumber("device", in: lowest...UInt8.max) else {
                    throw reader.missing("device")
                }
                return bus > 0 && device > 0 ? Place(bus: bus, device: device) : nil
            } ?? nil
        let vendor = try reader.child("vendor", readID)
        let product = try reader.child("product", readID)
        var device = HostUSBDevice(place: place)
        switch (vendor, product) {
        case (let vendor?, let product?): device.vendorProduct = VendorProduct(vendor: vendor, product: product)
        case (nil, nil): break
        case (nil, _): throw reader.error(.missing("vendor"))
        case (_, nil): throw reader.error(.missing("product"))
        }
        guard device.place != nil || device.vendorProduct != nil else { throw reader.error(.missing("address")) }
        return device
    }

    private static func readID(_ reader: ElementReader) throws(DomainXMLError) -> UInt16 {
        guard let id = try reader.anyNumber("id", in: 0...UInt16.max) else { throw reader.missing("id") }
        return id
    }

    fileprivate var element: XMLElement {
        var source = XMLElement("source")
        source.add("vendor", only: "id", vendorProduct?.vendor.hexadecimal(4))
        source.add("product", only: "id", vendorProduct?.product.hexadecimal(4))
        if let place { source.add("address", ["bus": "\(place.bus)", "device": "\(place.device)"]) }
        return source
    }
}

/// `@mode`.
private enum Mode: String, CaseIterable {
    case subsystem
}

/// `@type`.
private enum Kind: String, CaseIterable {
    case pci
    case usb
}
