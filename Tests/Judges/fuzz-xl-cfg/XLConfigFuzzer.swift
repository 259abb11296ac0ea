import FuzzKit
import XLConfig
import XenModel

/// An xl.cfg is refused with a sentence, or read as a domain, which is written, read again as the same, and translated.
/// libFuzzer calls it.
@c(LLVMFuzzerTestOneInput)
public func xlConfig(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    do throws(XLConfigError) {
        let configuration = try XLConfiguration.parse(bytes(data, size))
        let reading = try DomainDefinition.read(configuration)
        promise(reading.notices.allSatisfy { !$0.description.isEmpty }, "a notice says nothing")
        promiseSame(reading.definition)
        promiseTranslation(reading.definition)
    } catch {
        promiseSentence(error)
    }
    return 0
}

/// What was read of an xl.cfg can be written as one, that says the same. Where the file says what a start adds, it comes
/// back as more: as the same guest, and written as the same file.
private func promiseSame(_ definition: DomainDefinition) {
    do throws(XLConfigError) {
        let text = try definition.xlConfiguration().configuration.text
        do throws(XLConfigError) {
            let again = try DomainDefinition.read(XLConfiguration.parse(Array(text.utf8))).definition
            let rewritten = try again.xlConfiguration().configuration.text
            let isSame = again == definition || rewritten == text && areOneGuest(again, definition)
            promise(isSame, "it comes back as another from:\n\(text)\nfirst \(definition)\nthen \(again)")
        } catch {
            promise(false, "our own print is refused: \(error)\n\(text)")
        }
    } catch {
        // A text that xl would misread in any writing.
        promiseSentence(error)
    }
}
