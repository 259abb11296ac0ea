import DomainXML
import FuzzKit
import XenModel

/// A domain document is refused with a sentence, or read, printed, read again and translated. libFuzzer calls it.
@c(LLVMFuzzerTestOneInput)
public func domainXML(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let document = bytes(data, size)
    for options in readerOptions {
        do throws(DomainXMLError) {
            let parsed = try DomainDefinition.parse(document, options: options)
            promiseRoundTrip(parsed, options, print: { $0.xml() }, parse: DomainDefinition.parse)
            promiseTranslation(parsed.value)
        } catch {
            promiseSentence(error)
        }
    }
    return 0
}
