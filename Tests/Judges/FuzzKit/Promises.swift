package import DomainXML
import FoundationEssentials
import LibxlAPI
import LibxlTranslation
package import XenModel

/// Both ways in which the driver reads a document.
package let readerOptions = DocumentForm.allCases.map {
    ReaderOptions(features: [.userAliases, .netModelStrings], form: $0)
}

/// Promises that whatever was thrown says something.
package func promiseSentence(_ error: some Error & CustomStringConvertible) {
    promise(!error.description.isEmpty, "an error of \(type(of: error)) says nothing")
}

/// Promises that the `print` of what was read is read as the same, strictly, and printed as the same.
///
/// What is kept as description alone is noted again; nothing else is left to be noted.
package func promiseRoundTrip<Value: Hashable & Sendable>(
    _ parsed: Parsed<Value>, _ options: ReaderOptions, print: (Value) -> String,
    parse: ([UInt8], ReaderOptions) throws(DomainXMLError) -> Parsed<Value>
) {
    promise(parsed.notices.allSatisfy { !$0.path.isEmpty && !$0.description.isEmpty }, "a notice says nothing")
    let printed = print(parsed.value)
    var strict = options
    strict.isStrict = true
    do throws(DomainXMLError) {
        let again = try parse(Array(printed.utf8), strict)
        promise(
            again.value == parsed.value,
            "it comes back as another from:\n\(printed)\nwhich reads as:\n\(print(again.value))")
        promise(
            again.notices.allSatisfy { $0.kind == .descriptionOnly },
            "there is something to say of our own print: \(again.notices)\n\(printed)")
        // Swift takes texts for equal that differ in bytes.
        promise(
            Array(print(again.value).utf8) == Array(printed.utf8), "it is printed in two ways, first as:\n\(printed)")
    } catch {
        promise(false, "our own print is refused: \(error)\n\(printed)")
    }
}

/// Promises that a definition is refused with a sentence, or becomes a config that libxl's JSON can hold.
package func promiseTranslation(_ definition: DomainDefinition) {
    do throws(Untranslatable) {
        let config = try LibxlDomainConfig(definition)
        do {
            let json = try JSONEncoder().encode(config)
            promise(!json.isEmpty, "a config is no JSON")
        } catch {
            promise(false, "a config cannot be written as JSON: \(error)")
        }
    } catch {
        promiseSentence(error)
    }
}

/// Whether a start tells libxl the same of both.
package func areOneGuest(_ one: DomainDefinition, _ other: DomainDefinition) -> Bool {
    let (one, other) = (
        Translation(one, context: .documentAlone), Translation(other, context: .documentAlone)
    )
    return one.config == other.config && one.obstacles == other.obstacles
}
