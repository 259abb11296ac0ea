import DomainXML
import FuzzKit
import XenModel

/// A device's document is refused with a sentence, or read, printed and read again; and what we print of a device names
/// it in a request. libFuzzer calls it.
@c(LLVMFuzzerTestOneInput)
public func deviceXML(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let document = bytes(data, size)
    for options in readerOptions {
        do throws(DomainXMLError) {
            let request = try DeviceRequest.parse(document, options: options).value
            promise(request.criteria.deviceClass != nil, "a request for no class of devices: \(request.criteria)")
        } catch {
            promiseSentence(error)
        }
        do throws(DomainXMLError) {
            let parsed = try Device.parse(document, options: options)
            promiseRoundTrip(parsed, options, print: { $0.xml() }, parse: Device.parse)
            promiseRequest(for: parsed.value, options)
        } catch {
            promiseSentence(error)
        }
    }
    return 0
}

private func promiseRequest(for device: Device, _ options: ReaderOptions) {
    let printed = device.xml()
    do throws(DomainXMLError) {
        let criteria = try DeviceRequest.parse(Array(printed.utf8), options: options).value.criteria
        promise(criteria.deviceClass == device.deviceClass, "a request for another class of device than:\n\(printed)")
        promise(criteria.alias == device.alias, "a request with another alias than:\n\(printed)")
    } catch {
        promise(false, "a request made of our own print is refused: \(error)\n\(printed)")
    }
}
