import CLibXML2
import Foundation

/// libvirt's own RELAX NG schema of domain documents, as Debian's libvirt0 brings it.
final class Schema {
    static let path = "/usr/share/libvirt/schemas/domain.rng"
    static var isInstalled: Bool { FileManager.default.fileExists(atPath: path) }

    private let schema: xmlRelaxNGPtr
    private var faults: [String] = []

    /// Nil if the schema cannot be read.
    init?() {
        guard let parser = xmlRelaxNGNewParserCtxt(Self.path) else { return nil }
        defer { xmlRelaxNGFreeParserCtxt(parser) }
        guard let schema = xmlRelaxNGParse(parser) else { return nil }
        self.schema = schema
    }

    deinit {
        xmlRelaxNGFree(schema)
    }

    /// What the schema has against the document, in libxml2's words; empty if it is valid.
    func faults(in document: String) -> [String] {
        guard let tree = xmlReadDoc(document, nil, "UTF-8", Int32(XML_PARSE_NONET.rawValue)) else {
            return ["no XML"]
        }
        defer { xmlFreeDoc(tree) }
        guard let validation = xmlRelaxNGNewValidCtxt(schema) else { return ["out of memory"] }
        defer { xmlRelaxNGFreeValidCtxt(validation) }
        faults = []
        xmlRelaxNGSetValidStructuredErrors(
            validation,
            { schema, error in
                guard let schema, let error else { return }
                let text = error.pointee.message.map { String(cString: $0) } ?? ""
                Unmanaged<Schema>.fromOpaque(schema).takeUnretainedValue().faults.append(
                    "line \(error.pointee.line): \(text)")
            }, Unmanaged.passUnretained(self).toOpaque())
        let isValid = xmlRelaxNGValidateDoc(validation, tree) == 0
        return isValid ? [] : faults + ["not valid"]
    }
}
