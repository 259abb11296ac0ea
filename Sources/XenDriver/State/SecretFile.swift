import Glibc
import SystemPackage
import XenUnits

/// A file that holds a key, and that nobody but root, or whoever this process runs as, may read.
struct SecretFile {
    let path: FilePath

    /// In bytes: the most that a key of Ceph's comes near.
    private static let longest = 4096

    /// The file's text, without white space around it.
    func key() throws(SecretFileError) -> String {
        FileThreads.willBlock()
        let descriptor: FileDescriptor
        do {
            // Neither a link, which somebody else may turn, nor a pipe, which nobody may ever write to.
            descriptor = try FileDescriptor.open(
                path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
        } catch let errno as Errno {
            throw SecretFileError(reason: errno == .tooManySymbolicLinkLevels ? "it is a link" : "\(errno)")
        } catch {
            throw SecretFileError(reason: "\(error)")
        }
        do {
            let bytes = try descriptor.closeAfter { try Self.content(of: descriptor) }
            let text = String(decoding: bytes, as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 1, let key = words.first, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw SecretFileError(reason: "it does not hold one key, in base64, and nothing else")
            }
            return String(key)
        } catch let error as SecretFileError {
            throw error
        } catch {
            throw SecretFileError(reason: "\(error)")
        }
    }

    private static func content(of descriptor: FileDescriptor) throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SecretFileError(reason: "it is no plain file") }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw SecretFileError(reason: "user \(status.st_uid) owns it; make it root's")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SecretFileError(reason: "others than its owner may read or write it; chmod 600 it")
        }
        guard status.st_size <= longest else { throw SecretFileError(reason: "it is longer than any key") }
        var bytes = [UInt8](repeating: 0, count: longest)
        let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
        return Array(bytes[..<count])
    }
}

/// Why a secret's file is not used.
struct SecretFileError: Error, Hashable {
    /// A clause; nothing of the content is in it.
    let reason: String
}
