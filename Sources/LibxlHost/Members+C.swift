#if Xen
import CLibxl
import Glibc
import LibxlAPI
import XenUnits

// libxl's small types. nil leaves a member at its default, which libxl takes for "not set".

extension libxl_defbool {
    /// The switch; nil if it is left to libxl.
    var value: Bool? { libxl_defbool_is_default(self) ? nil : libxl_defbool_val(self) }

    mutating func set(_ value: Bool?) {
        guard let value else { return }
        libxl_defbool_set(&self, value)
    }
}

extension Int32 {
    mutating func set(_ value: UInt32?, for field: String) throws(Unfit) {
        guard let value else { return }
        guard let number = Int32(exactly: value) else {
            throw Unfit(field: field, reason: "\(value) is more than \(Int32.max)")
        }
        self = number
    }
}

extension UInt32 {
    mutating func set(_ value: UInt32?, for field: String) throws(Unfit) {
        guard let value else { return }
        guard value != .max else { throw Unfit(field: field, reason: "\(value) is what libxl takes for none given") }
        self = value
    }
}

extension UInt64 {
    mutating func set(_ value: UInt64?, for field: String) throws(Unfit) {
        guard let value else { return }
        guard value != .max else { throw Unfit(field: field, reason: "\(value) is what libxl takes for none given") }
        self = value
    }

    mutating func set(_ value: Kibibytes?, for field: String) throws(Unfit) {
        try set(value?.count, for: field)
    }
}

extension libxl_uuid {
    mutating func set(_ value: DomainUUID) {
        withUnsafeMutableBytes(of: &self) { $0.store(value.high, value.low) }
    }
}

extension libxl_ms_vm_genid {
    mutating func set(_ value: LibxlGenerationID) {
        withUnsafeMutableBytes(of: &self) { $0.store(value.high, value.low) }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Sixteen octets, the highest first.
    fileprivate func store(_ high: UInt64, _ low: UInt64) {
        storeBytes(of: high.bigEndian, as: UInt64.self)
        storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
}

extension libxl_bitmap {
    /// The largest number that is taken: far above any processor's, and small enough to hold a bit for each below it.
    private static let largest: UInt32 = 65535

    /// A map of numbers; one without room if there are none, which libxl takes for "as you like".
    mutating func set(_ numbers: [UInt32], for field: String) throws(Unfit) {
        guard let last = numbers.max() else { return }
        guard last <= Self.largest else {
            throw Unfit(field: field, reason: "\(last) is more than \(Self.largest)")
        }
        // Of NUMA nodes libxl reads room for all that the hypervisor can have, which are 64, whatever the map's size.
        try makeRoom(octets: (Int(last) / 64 + 1) * 8, for: field)
        put(numbers)
    }

    /// A map of numbers with room for all below `limit`, also where there are none.
    mutating func set(_ numbers: [UInt32], below limit: UInt32, for field: String) throws(Unfit) {
        if let stray = numbers.first(where: { $0 >= limit }) {
            throw Unfit(field: field, reason: "there is no vCPU \(stray) among \(limit)")
        }
        guard limit > 0 else { return }
        try makeRoom(octets: (Int(limit) + 7) / 8, for: field)
        put(numbers)
    }

    private mutating func makeRoom(octets: Int, for field: String) throws(Unfit) {
        guard let memory = calloc(octets, 1) else { throw Unfit(field: field, reason: "out of memory") }
        size = UInt32(octets)
        map = memory.bindMemory(to: UInt8.self, capacity: octets)
    }

    private func put(_ numbers: [UInt32]) {
        for number in numbers { map[Int(number / 8)] |= 1 << (number % 8) }
    }
}

extension [[UInt32]] {
    func fill(
        _ array: inout UnsafeMutablePointer<libxl_bitmap>?, count: inout Int32, _ field: String
    ) throws(Unfit) {
        guard let first = try makeRoom(libxl_bitmap.self, for: field) else { return }
        array = first
        for numbers in self {
            guard !numbers.isEmpty else { throw Unfit(field: field, reason: "a vCPU has no processor to run on") }
            let place = first + Int(count)
            libxl_bitmap_init(place)
            count += 1
            try place.pointee.set(numbers, for: field)
        }
    }
}

extension [String: String] {
    /// A `libxl_key_value_list` that libxl frees; nil if there is nothing.
    func duplicated(for field: String) throws(Unfit) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        try sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }.duplicated(for: field)
    }
}
#endif
