/// The bytes of an input as libFuzzer gives them.
package func bytes(_ data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data, count: size))
}

/// Ends the process if `condition` does not hold, with a sentence for whoever reads the finding.
package func promise(_ condition: Bool, _ broken: @autoclosure () -> String) {
    guard condition else { fatalError("broken promise: \(broken())") }
}
