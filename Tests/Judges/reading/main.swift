import DomainXML
import Foundation
import XenModel

// reading: what our reader makes of documents. Takes them from the standard input, each with a NUL behind it, and writes a
// line of JSON for each: `print` and the paths of `notices`, or `error`.

/// What is said of one document.
struct Reading: Encodable {
    /// Our own print of what was read.
    var print: String?
    /// Where something stands that was left out or is kept as description alone.
    var notices: [String]?
    /// Why it was refused.
    var error: String?
}

let options = ReaderOptions(features: [.userAliases, .netModelStrings], form: .inactive)
let documents = FileHandle.standardInput.readDataToEndOfFile().split(separator: 0)
let encoder = JSONEncoder()
for document in documents {
    var reading = Reading()
    do throws(DomainXMLError) {
        let parsed = try DomainDefinition.parse(Array(document), options: options)
        reading.print = parsed.value.xml()
        reading.notices = parsed.notices.map(\.path)
    } catch {
        reading.error = error.description
    }
    let line = try encoder.encode(reading)
    FileHandle.standardOutput.write(line + Data([UInt8(ascii: "\n")]))
}
