import LibXML
public import XenModel
import XenUnits

extension DeviceRequest {
    /// Reads the document of a request about a device that exists, as detach and update take it.
    ///
    /// It may be as short as `<interface type='bridge'><alias name='ua-b'/></interface>`, or what dumpxml printed about
    /// the device: nothing in it is needed. Aliases are criteria, generated ones too; a host-side name that begins with
    /// `vif` is none, for Xen made it. The class of the device is always among the criteria, and there is always a wish.
    public static func parse(
        _ document: [UInt8], options: ReaderOptions
    ) throws(DomainXMLError) -> Parsed<DeviceRequest> {
        let roots = DeviceClass.allCases.map(\.rawValue)
        return try DocumentReading.read(document, roots: roots, options: options) { reader throws(DomainXMLError) in
            let isDisk = reader.element.name == DeviceClass.disk.rawValue
            var criteria = DeviceCriteria(deviceClass: isDisk ? .disk : .interface)
            criteria.alias = try DeviceAlias.readCriterion(in: reader)
            criteria.address = try GuestAddress.read(in: reader)
            let wish: DeviceWish =
                isDisk ? .disk(try disk(reader, &criteria)) : .interface(try interface(reader, &criteria))
            return DeviceRequest(criteria: criteria, wish: wish)
        }
    }

    private static func disk(
        _ reader: ElementReader, _ criteria: inout DeviceCriteria
    ) throws(DomainXMLError) -> DiskWish {
        var wish = DiskWish()
        wish.device = reader.knownWord("device")
        wish.sourceKind = reader.knownWord("type")
        let source = try reader.child("source") { reader throws(DomainXMLError) -> String? in
            for kind in DiskSourceKind.allCases where wish.sourceKind == nil || wish.sourceKind == kind {
                guard let path = reader.attribute(kind.sourceAttribute), !path.isEmpty else { continue }
                return try reader.checkPlain(path, at: "@\(kind.sourceAttribute)")
            }
            return nil
        }
        criteria.source = source ?? nil
        let target = try Disk.target(reader)
        criteria.target = target?.name
        wish.bus = target?.bus
        let driver = try Disk.driver(reader)
        wish.driverName = driver?.name
        wish.driverType = driver?.type
        wish.backendDomain = try Interface.backendDomain(reader)
        wish.isReadOnly = try reader.flag("readonly")
        wish.isShareable = try reader.flag("shareable")
        return wish
    }

    private static func interface(
        _ reader: ElementReader, _ criteria: inout DeviceCriteria
    ) throws(DomainXMLError) -> InterfaceWish {
        criteria.mac = try Interface.writtenMAC(reader)
        criteria.target = try Interface.target(reader, notesGenerated: false)
        var wish = InterfaceWish()
        wish.kind = reader.knownWord("type")
        let bridge = try reader.child("source") { reader throws(DomainXMLError) in try reader.plainAttribute("bridge") }
        wish.bridge = bridge ?? nil
        wish.model = try Interface.model(reader)
        wish.backendDomain = try Interface.backendDomain(reader)
        wish.script = try Interface.script(reader)
        wish.ipAddresses = try Interface.ipAddresses(reader)
        wish.outboundAverage = try Interface.outboundAverage(reader)
        wish.mtu = try Interface.mtu(reader)
        wish.link = try Interface.link(reader)
        return wish
    }
}

extension ElementReader {
    /// The attribute as one of the words of `Word`; nil for another word, which is then reported.
    fileprivate func knownWord<Word: RawRepresentable>(_ name: String) -> Word? where Word.RawValue == String {
        guard let text = element.attribute(name), let word = Word(rawValue: text) else { return nil }
        _ = attribute(name)
        return word
    }
}
