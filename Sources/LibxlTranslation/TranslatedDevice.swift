import LibxlAPI
import XenModel
import XenUnits

/// A kind of device as it is passed to libxl.
protocol TranslatedDevice: DeviceModel {
    /// What such a device may say, for the report on what becomes of each part of a document.
    static var probes: [DeviceProbe] { get }

    /// The types of guest that it means something to.
    var guests: [GuestType] { get }

    /// The list of libxl's configuration in which it has a number; nil for one that is known by something else.
    var numberedList: String? { get }

    /// What libxl is given for it as number `devid` of that list; nil for one that is passed along with others, or not at
    /// all.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice?

    /// What of it has no effect on a guest that it is for.
    var translationNotices: [TranslationNotice] { get }

    /// The devices together with which it is passed to libxl; nil for one that is passed alone.
    var group: TranslationReport.Group? { get }
}

extension TranslatedDevice {
    var guests: [GuestType] { GuestType.every }
    var numberedList: String? { nil }
    var translationNotices: [TranslationNotice] { [] }
    var group: TranslationReport.Group? { nil }
}

extension Device {
    /// The device as one of its class.
    var translated: any TranslatedDevice {
        guard let translated = model as? any TranslatedDevice else {
            preconditionFailure("\(type(of: model)) cannot be passed to libxl")
        }
        return translated
    }
}

/// The guest that a device is passed for.
struct TargetGuest: Sendable {
    let name: DomainName
    let type: GuestType
    let context: TranslationContext
}

/// What libxl is given for a device that depends on no other device but for the number that it has in its list.
struct PassedDevice: Sendable {
    let structure: any LibxlConfigElement

    init(_ structure: any LibxlConfigElement) {
        self.structure = structure
    }

    /// The member of the configuration that lists its kind.
    var list: String { type(of: structure).listName }

    /// Puts it behind those of its kind.
    func append(to config: inout LibxlDomainConfig) {
        func append<Element: LibxlConfigElement>(_ element: Element) { config[keyPath: Element.list].append(element) }
        append(structure)
    }
}

/// How many devices there are so far in each list of libxl's.
struct DeviceCounts {
    private var counts: [String: Int] = [:]

    /// The number of `device` in its list; 0 for one that libxl knows by something else.
    mutating func next(_ device: Device) -> Int {
        guard let list = device.translated.numberedList else { return 0 }
        defer { counts[list, default: 0] += 1 }
        return counts[list, default: 0]
    }
}
