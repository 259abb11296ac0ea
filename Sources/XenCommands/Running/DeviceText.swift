import ArgumentParser
import Glibc
import LibXML
import XenDriver

/// The documents that the verbs with options write for their users.
enum DeviceText {
    /// An element with those attributes that have a value, and those children that are there.
    static func element(
        _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: [XMLElement?] = [],
        text: String? = nil
    ) -> XMLElement {
        XMLElement(
            name,
            attributes: attributes.compactMap { name, value in value.map { XMLAttribute(name, $0) } },
            content: text.map { [.text($0)] } ?? children.compactMap { $0.map(XMLNode.element) })
    }

    /// The element with one attribute; nil without a value for that.
    static func element(_ name: String, only attribute: String, _ value: String?) -> XMLElement? {
        value.map { element(name, [attribute: $0]) }
    }

    /// Where a PCI device is: `0000:03:00.1`, or `pci:0000.03.00.1` as virsh's options have it too; nil for anything
    /// else.
    static func pciAddress(_ text: String, multifunction: Bool = false) -> XMLElement? {
        let numbers = text.split(separator: ":", maxSplits: 1).first == "pci" ? String(text.dropFirst(4)) : text
        let parts = numbers.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "." }
        guard parts.count == 4 else { return nil }
        let widths = [4, 2, 2, 1]
        var fields: [String] = []
        for (part, width) in zip(parts, widths) {
            let digits = part.hasPrefix("0x") ? part.dropFirst(2) : part
            guard (1...4).contains(digits.count), digits.allSatisfy(\.isHexDigit),
                let number = UInt32(digits, radix: 16)
            else { return nil }
            let hexadecimal = String(number, radix: 16)
            fields.append("0x" + String(repeating: "0", count: max(0, width - hexadecimal.count)) + hexadecimal)
        }
        return element(
            "address",
            [
                "type": "pci", "domain": fields[0], "bus": fields[1], "slot": fields[2], "function": fields[3],
                "multifunction": multifunction ? "on" : nil,
            ])
    }

    /// The three numbers of a rate, `AVERAGE[,PEAK[,BURST]]`, as virsh reads them.
    static func rate(_ name: String, _ text: String?) throws -> XMLElement? {
        guard let text else { return nil }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let names = ["average", "peak", "burst"]
        guard parts.count <= names.count else {
            throw ValidationError("--\(name) is '\(text)'; it is <average>[,<peak>[,<burst>]], in KiB/s and KiB")
        }
        var attributes: [XMLAttribute] = []
        for (part, attribute) in zip(parts, names) where !part.isEmpty {
            guard UInt64(part) != nil else { throw ValidationError("field '\(attribute)' is malformed") }
            attributes.append(XMLAttribute(attribute, String(part)))
        }
        guard attributes.first?.name == "average" else {
            throw ValidationError("--\(name) is '\(text)'; it must have an average")
        }
        return XMLElement(name, attributes: attributes)
    }

    /// Whether the path is a block device of this machine, which is how virsh guesses a source's type.
    static func isBlockDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFBLK
    }
}

/// How a verb that writes a document itself is asked to show that document alone.
struct PrintXMLOption: ParsableArguments {
    @Flag(name: .customLong("print-xml"), help: "Print the document that would be used, and do nothing.")
    var isOn = false
}

extension XMLElement {
    /// The element as a document's bytes.
    var document: [UInt8] { Array(formatted().utf8) }
}
