import Glibc

/// Files of content, and nothing else: whatever stands in a directory of state is input like any other.
///
/// A link is not followed, a FIFO, socket or device is not opened, so nothing waits and nothing outside of the directory
/// is read or written. What is made can be read by its owner alone, whatever the process's mask.
package enum RegularFile {
    /// The bytes of the file at `path`, `most` of them at most; nil if there is none.
    package static func read(_ path: String, atMost most: Int) throws(RegularFileError) -> [UInt8]? {
        let descriptor: CInt
        do throws(RegularFileError) {
            descriptor = try open(path, O_RDONLY)
        } catch .system(ENOENT) {
            return nil
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        guard status.st_size <= most else { throw .tooLarge(most: most) }
        var bytes: [UInt8] = []
        while true {
            // It may grow while it is read: then there is one more turn.
            let room = max(Int(status.st_size) - bytes.count, 0) + 1
            var failure: CInt = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let got = Glibc.read(descriptor, buffer.baseAddress, room)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            guard failure == 0 || failure == EINTR else { throw .system(failure) }
            if chunk.isEmpty, failure == 0 { return bytes }
            guard bytes.count + chunk.count <= most else { throw .tooLarge(most: most) }
            bytes = bytes.isEmpty ? chunk : bytes + chunk
        }
    }

    /// Makes a new file of `bytes` at `path`, in the place of any that is there; `synced` outlives a power cut.
    /// A failure leaves none.
    package static func create(_ path: String, _ bytes: [UInt8], synced: Bool) throws(RegularFileError) {
        FileThreads.willBlock()
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(errno) }
        let descriptor = try open(path, O_WRONLY | O_CREAT | O_EXCL)
        do throws(RegularFileError) {
            defer { close(descriptor) }
            try write(bytes, to: descriptor)
            guard !synced || fsync(descriptor) == 0 else { throw .system(errno) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Opens the file at `path`, with `O_CREAT` one that is made if there is none. The caller closes the descriptor.
    package static func open(_ path: String, _ flags: CInt) throws(RegularFileError) -> CInt {
        FileThreads.willBlock()
        var status = stat()
        // Opening a device can do something to it.
        if lstat(path, &status) == 0 { try requireRegular(status) }
        let descriptor = Glibc.open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(errno) }
        do throws(RegularFileError) {
            guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
            try requireRegular(status)
            let isOpenToOthers = status.st_mode & 0o777 != 0o600
            if flags & O_CREAT != 0, isOpenToOthers, status.st_uid == geteuid() {
                guard fchmod(descriptor, 0o600) == 0 else { throw .system(errno) }
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Writes all of `bytes` where the descriptor stands.
    package static func write(_ bytes: [UInt8], to descriptor: CInt) throws(RegularFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                guard errno == EINTR else { throw .system(errno) }
                continue
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes a directory that its owner alone may enter, and those above it that are missing; `synced` they outlive a power
    /// cut.
    package static func makeDirectory(_ path: String, synced: Bool = false) throws(RegularFileError) {
        FileThreads.willBlock()
        let slash = path.lastIndex { $0 == "/" }
        let above = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if mkdir(path, 0o700) != 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, above != "/", above != "." else { throw .system(errno) }
            try makeDirectory(above, synced: synced)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(errno) }
        }
        // The process's mask may have taken something.
        guard chmod(path, 0o700) == 0 else { throw .system(errno) }
        if synced { try syncDirectory(above) }
    }

    /// Has the names in a directory outlive a power cut.
    package static func syncDirectory(_ path: String) throws(RegularFileError) {
        FileThreads.willBlock()
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno) }
    }

    private static func requireRegular(_ status: stat) throws(RegularFileError) {
        let kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: nil as String?
            case S_IFDIR: "a directory"
            case S_IFLNK: "a symbolic link"
            case S_IFIFO: "a FIFO"
            case S_IFSOCK: "a socket"
            default: "a device"
            }
        if let kind { throw .notRegular(kind) }
    }
}

/// Why a file could not be read or written.
package enum RegularFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's `errno`.
    case system(CInt)
    /// Something else has the name: a directory, link, FIFO, socket or device, with its article.
    case notRegular(String)
    /// It has more than `most` bytes.
    case tooLarge(most: Int)

    package var description: String {
        switch self {
        case .system(let number): String(cString: strerror(number))
        case .notRegular(let kind): "it is \(kind), and only a plain file is used"
        case .tooLarge(let most): "it has more than \(most) bytes"
        }
    }
}
