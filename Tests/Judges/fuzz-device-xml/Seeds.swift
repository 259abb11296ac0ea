import FoundationEssentials
import Glibc
import LibXML

/// Where the command line is `--device-seeds DIRECTORY FILE…`: writes each device of those domain documents into a file of
/// its own in DIRECTORY, and ends. libFuzzer calls it first.
@c(LLVMFuzzerInitialize)
public func writeDeviceSeedsIfAsked(
    _ count: UnsafePointer<CInt>?, _ arguments: UnsafePointer<UnsafePointer<UnsafePointer<CChar>?>?>?
) -> CInt {
    guard CommandLine.arguments.count > 2, CommandLine.arguments[1] == "--device-seeds" else { return 0 }
    let directory = URL(filePath: CommandLine.arguments[2])
    do {
        for (document, path) in CommandLine.arguments.dropFirst(3).enumerated() {
            let root = try XMLElement.parse(Array(Data(contentsOf: URL(filePath: path))))
            let devices = root.children.filter { $0.name == "devices" }.flatMap(\.children)
            for (index, device) in devices.enumerated() {
                let seed = directory.appending(path: "\(document)-\(index)-\(device.name).xml")
                try Data(device.inheriting(root.declarations).formatted().utf8).write(to: seed)
            }
        }
        exit(EXIT_SUCCESS)
    } catch {
        print("cannot make seeds: \(error)")
        exit(EXIT_FAILURE)
    }
}
