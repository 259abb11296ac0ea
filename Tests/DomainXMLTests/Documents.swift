import DomainXML
import Foundation
import XenModel

/// A document of `Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
    let url = Bundle.module.resourceURL?.appending(path: "Fixtures/\(name).xml")
    guard let url else { throw CocoaError(.fileNoSuchFile) }
    return try Array(Data(contentsOf: url))
}

/// The smallest domain that can be defined, with `rest` on its second line and `devices` on its third.
func domainDocument(_ rest: String = "", devices: String = "", name: String = "guest") -> String {
    "<domain type='xen'><name>\(name)</name><memory>1024</memory><os><type>linux</type></os>\n"
        + "\(rest)\n<devices>\(devices)</devices></domain>"
}

let allFeatures: ParseFeatures = [.userAliases, .netModelStrings]
let inactive = ReaderOptions(features: allFeatures, form: .inactive)
let live = ReaderOptions(features: allFeatures, form: .live)

func parseDomain(
    _ document: String, _ options: ReaderOptions = inactive
) throws(DomainXMLError) -> Parsed<DomainDefinition> {
    try DomainDefinition.parse(Array(document.utf8), options: options)
}

func parseDevice(_ document: String, _ options: ReaderOptions = inactive) throws(DomainXMLError) -> Parsed<Device> {
    try Device.parse(Array(document.utf8), options: options)
}

func parseRequest(
    _ document: String, _ options: ReaderOptions = inactive
) throws(DomainXMLError) -> Parsed<DeviceRequest> {
    try DeviceRequest.parse(Array(document.utf8), options: options)
}
