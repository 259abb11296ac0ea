#if Xen
import CXenShim

/// The libxl that is called: the one that is linked, or what a test put in its place.
struct LibxlFunctions: @unchecked Sendable {
    // Sound: the table is constant and lives as long as the process.
    let table: OpaquePointer

    /// The libxl that is linked.
    static let real = LibxlFunctions(table: cxen_real_libxl())

    /// Runs `body` with `value` as libxl's structure, which is gone when `body` returns: libxl copies what it keeps.
    func withC<Value: LibxlStructure, Result>(
        _ value: Value, _ body: (UnsafeMutablePointer<Value.CStructure>) -> Result
    ) throws(Unfit) -> Result {
        let structure = UnsafeMutablePointer<Value.CStructure>.allocate(capacity: 1)
        defer { structure.deallocate() }
        Value.initialise(structure, self)
        defer { Value.dispose(structure, self) }
        try value.fill(structure, self)
        return body(structure)
    }
}

/// A value that libxl is given as a structure of its own.
protocol LibxlStructure: Sendable {
    associatedtype CStructure

    /// Sets the structure to libxl's defaults; each is met by one `dispose`.
    static func initialise(_ structure: UnsafeMutablePointer<CStructure>, _ libxl: LibxlFunctions)

    /// Frees what the structure points to.
    static func dispose(_ structure: UnsafeMutablePointer<CStructure>, _ libxl: LibxlFunctions)

    /// Puts the value into an initialised structure. What it points to comes from malloc, for `dispose` to free; after
    /// an error the structure holds a part of the value and can be disposed all the same.
    func fill(_ structure: UnsafeMutablePointer<CStructure>, _ libxl: LibxlFunctions) throws(Unfit)
}

/// A value that libxl's structure has no room for.
struct Unfit: Error, Hashable, CustomStringConvertible {
    /// libxl's name of the field.
    let field: String
    /// A clause.
    let reason: String

    var description: String { "\(field): \(reason)" }
}
#endif
