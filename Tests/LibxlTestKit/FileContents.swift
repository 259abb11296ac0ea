package import Foundation

/// What a file holds. `Data(contentsOf:)` leaks a page for each empty file, which the address sanitizer counts.
package func contents(ofFile path: String) throws -> Data {
    try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).readToEnd() ?? Data()
}
