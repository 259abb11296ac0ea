package import Foundation
import XenUnits

/// What a file holds. Foundation's own readers leak, of an empty file or of a large one, which the address sanitizer counts.
package func contents(ofFile path: String) throws -> Data {
    guard let bytes = try RegularFile.read(path, atMost: 1 << 30) else { throw CocoaError(.fileReadNoSuchFile) }
    return Data(bytes)
}
