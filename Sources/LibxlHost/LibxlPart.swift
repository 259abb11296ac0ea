#if Xen
import CLibxl
import CXenShim
import Glibc
import LibxlAPI

/// A value that is an element of an array in one of libxl's structures, whose dispose frees it too.
protocol LibxlPart: Sendable {
    associatedtype CStructure

    /// Sets the structure to libxl's defaults.
    static func initialise(_ structure: UnsafeMutablePointer<CStructure>)

    /// Puts the value into an initialised structure. What it points to comes from malloc; after an error the structure
    /// holds a part of the value.
    func fill(_ structure: inout CStructure) throws(Unfit)
}

/// A part that a domain's configuration has a list of.
protocol LibxlConfigPart: LibxlPart, LibxlConfigElement {
    /// Where libxl's structure has the list, and how long it is.
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { get }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { get }
}

extension LibxlConfigPart {
    /// Puts those of its kind into the structure; after an error it holds some of them.
    static func fill(from config: LibxlDomainConfig, _ structure: inout libxl_domain_config) throws(Unfit) {
        var (array, count) = (structure[keyPath: array], structure[keyPath: count])
        defer { (structure[keyPath: Self.array], structure[keyPath: Self.count]) = (array, count) }
        try config[keyPath: list].fill(&array, count: &count, listName)
    }
}

/// The structure of a kind of device that libxl has calls for.
protocol LibxlDevicePart: LibxlConfigPart, LibxlDeviceStructure {
    /// The shim's word for the kind.
    static var cKind: cxen_kind { get }
}

/// A device whose kind libxl lists with less than its JSON must have: it is read from the structure itself.
protocol LibxlListedPart: LibxlDevicePart {
    /// What libxl says of a device; nil for one of which nothing can be asked.
    init?(_ structure: CStructure)
}

// Each makes an array that is freed by the dispose of the structure it is a member of. `count` counts those elements
// that are initialised, so that an error halfway leaves no other behind.

extension Array where Element: LibxlPart {
    func fill(
        _ array: inout UnsafeMutablePointer<Element.CStructure>?, count: inout Int32, _ field: String
    ) throws(Unfit) {
        guard let first = try makeRoom(Element.CStructure.self, for: field) else { return }
        array = first
        for element in self {
            let place = first + Int(count)
            Element.initialise(place)
            count += 1
            try element.fill(&place.pointee)
        }
    }
}

extension [UInt32] {
    func fill(_ array: inout UnsafeMutablePointer<UInt32>?, count: inout Int32, _ field: String) throws(Unfit) {
        guard let first = try makeRoom(UInt32.self, for: field) else { return }
        array = first
        count = Int32(self.count)
        for (index, number) in enumerated() { first[index] = number }
    }
}

extension Array {
    /// Cleared memory for as many as there are; nil if there are none.
    func makeRoom<CStructure>(
        _ type: CStructure.Type, for field: String
    ) throws(Unfit) -> UnsafeMutablePointer<CStructure>? {
        guard !isEmpty else { return nil }
        guard let memory = calloc(count, MemoryLayout<CStructure>.stride) else {
            throw Unfit(field: field, reason: "out of memory")
        }
        return memory.bindMemory(to: type, capacity: count)
    }
}
#endif
