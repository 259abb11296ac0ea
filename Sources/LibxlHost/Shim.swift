package import CXenInterface
import FoundationEssentials
import Glibc
import LibxlAPI

/// The functions of a shim: how libxl and libxenstore are called.
package struct Shim: @unchecked Sendable {
    // Sound: the functions are constant and live as long as the process.
    private let pointer: UnsafePointer<cxen_shim>

    /// The shim of these functions.
    package init(_ functions: UnsafePointer<cxen_shim>) {
        pointer = functions
    }

    var functions: cxen_shim { pointer.pointee }

    /// The release of Xen that it is for: `4.17`.
    var release: String { String(cString: functions.release) }
}

extension UnsafeMutablePointer<CChar> {
    /// The text, which is freed. Bytes that are no UTF-8 are replaced.
    func taken() -> String {
        defer { free(self) }
        return String(cString: self)
    }
}
