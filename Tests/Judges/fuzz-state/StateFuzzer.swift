import Dispatch
import FoundationEssentials
import FuzzKit
import Glibc
import SystemPackage
import XenUnits

/// Where the hosts lie, and the one that they are copies of.
private let top = FilePath(FileManager.default.temporaryDirectory.path).appending("xenkeeper-fuzz-\(getpid())")
private let judge = waited { try await StateJudge(preparedIn: top.appending("ready")) }

/// A host with a changed state file, or a few changed words of one, does what it can. libFuzzer calls it.
@c(LLVMFuzzerTestOneInput)
public func state(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = bytes(data, size)
    let root = top.appending("host")
    let broken = waited { try await judge.broken(input, in: root) }
    promise(broken.isEmpty, broken.joined(separator: "; "))
    removeTree(root)
    return 0
}

/// Where the command line is `--state-seeds DIRECTORY`: writes an input for each file as it is into DIRECTORY, and ends.
/// libFuzzer calls it first.
@c(LLVMFuzzerInitialize)
public func writeStateSeedsIfAsked(
    _ count: UnsafePointer<CInt>?, _ arguments: UnsafePointer<UnsafePointer<UnsafePointer<CChar>?>?>?
) -> CInt {
    guard CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--state-seeds" else { return 0 }
    let directory = FilePath(CommandLine.arguments[2])
    for (index, file) in StateJudge.files.enumerated() {
        let inputs = [
            "whole": [UInt8(index)] + (judge.contents[file] ?? []),
            "words": [UInt8(index + StateJudge.files.count), 0, 9, 0, 3, 0, 40, 1, 5],
        ]
        for (kind, input) in inputs {
            waited { try RegularFile.create(directory.appending("\(index)-\(kind)").string, input, synced: false) }
        }
    }
    removeTree(top)
    exit(EXIT_SUCCESS)
}

/// The outcome of `body`, for a caller that cannot be suspended; an error ends the process.
private func waited<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Value {
    let box = Box<Value>()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        do {
            let value = try await body()
            box.value.withLock { $0 = value }
        } catch {
            fatalError("the judge cannot go on: \(error)")
        }
        done.signal()
    }
    done.wait()
    guard let value = box.value.withLock({ $0 }) else { fatalError("there is no outcome") }
    return value
}

/// A place that a task and its waiter share.
private final class Box<Value: Sendable>: Sendable {
    let value = Locked<Value?>(nil)
}

/// Removes a directory with all that is in it.
private func removeTree(_ path: FilePath) {
    // What is not there need not go, and the next host is written over what is.
    try? FileManager.default.removeItem(atPath: path.string)
}
