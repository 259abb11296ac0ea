import CXenInterface
import Glibc
import XenUnits

/// Finds and loads the shim of this host's Xen.
///
/// It lies beside the program, or in `/usr/lib/xenkeeper`, and is named after the release of Xen that it is for:
/// `xenshim-4.17.so`. For tests its path can be named instead.
package struct ShimLibrary: Sendable {
    /// Where to look.
    private let directories: [String]
    /// What the kernel tells of the hypervisor under it.
    private let hypervisor: String
    /// Whose a shim and the directories above it must be; nil where that is of no matter.
    private let owner: uid_t?

    /// The environment's variable with the path of a shim.
    package static let variable = "XENKEEPER_SHIM"

    /// Shims of this machine, for a program that lies in `directory`. One that root runs takes no shim that another user could
    /// have put there.
    package init(besideProgramIn directory: String) {
        self.init(
            directories: [directory, "/usr/lib/xenkeeper"], hypervisor: "/sys/hypervisor",
            owner: geteuid() == 0 ? 0 : nil)
    }

    init(directories: [String], hypervisor: String, owner: uid_t?) {
        self.directories = directories
        self.hypervisor = hypervisor
        self.owner = owner
    }

    /// The shim at `path`, or where that is nil the one for the Xen that runs. It stays loaded.
    package func load(_ path: String?) throws(ShimError) -> Shim {
        if let path {
            guard path.hasPrefix("/") else { throw .relative(path: path) }
            return try load(path, for: nil)
        }
        let release = try release()
        let places = directories.map { "\($0)/xenshim-\(release).so" }
        guard let place = places.first(where: { access($0, F_OK) == 0 }) else {
            throw .missing(release: release, places: places)
        }
        return try load(place, for: release)
    }

    /// The release of the Xen that runs. Source: Linux's `/sys/hypervisor/version`.
    private func release() throws(ShimError) -> String {
        func text(_ name: String) -> String? {
            guard let bytes = try? RegularFile.read("\(hypervisor)/\(name)", atMost: 1 << 16) else { return nil }
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        guard text("type") == "xen", let major = text("version/major"), let minor = text("version/minor") else {
            throw .noXen
        }
        return "\(major).\(minor)"
    }

    private func load(_ path: String, for release: String?) throws(ShimError) -> Shim {
        guard let resolved = realpath(path, nil)?.taken() else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        if let owner { try requireOwner(owner, of: resolved) }
        try SharedObject.require(resolved)
        guard let library = dlopen(resolved, RTLD_NOW | RTLD_LOCAL) else {
            throw .unloadable(path: resolved, reason: dlerror().map { String(cString: $0) } ?? "no reason is given")
        }
        guard let symbol = dlsym(library, CXEN_SHIM_FUNCTIONS) else { throw .noShim(path: resolved) }
        return try Self.fit(unsafeBitCast(symbol, to: cxen_shim_functions_fn.self)(), of: resolved, for: release)
    }

    /// The shim of these functions; throws if it is of another form, or for another release than the one that runs.
    static func fit(
        _ functions: UnsafePointer<cxen_shim>, of path: String, for release: String?
    ) throws(ShimError) -> Shim {
        guard functions.pointee.interface == CXEN_INTERFACE else {
            throw .otherInterface(path: path, found: functions.pointee.interface, needed: CXEN_INTERFACE)
        }
        let shim = Shim(functions)
        if let release, shim.release != release {
            throw .otherRelease(path: path, found: shim.release, running: release)
        }
        return shim
    }

    /// Refuses a file that somebody else could change or replace. In a directory like /tmp nobody replaces another's file.
    private func requireOwner(_ owner: uid_t, of path: String) throws(ShimError) {
        var place = path
        while true {
            var status = stat()
            guard lstat(place, &status) == 0 else {
                throw .unreadable(path: place, reason: String(cString: strerror(errno)))
            }
            let isSticky = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
            guard status.st_uid == owner, status.st_mode & (S_IWGRP | S_IWOTH) == 0 || isSticky else {
                throw .notRoots(path: path, because: place)
            }
            guard place != "/", let slash = place.lastIndex(of: "/") else { return }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
    }
}

/// Why there is no shim: one sentence that says what to do.
package enum ShimError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No Xen runs under this system.
    case noXen
    case missing(release: String, places: [String])
    case relative(path: String)
    case unreadable(path: String, reason: String)
    /// Somebody else than root could change `because`.
    case notRoots(path: String, because: String)
    /// It is no whole library for this machine.
    case unfit(path: String, reason: String)
    case unloadable(path: String, reason: String)
    case noShim(path: String)
    case otherInterface(path: String, found: UInt32, needed: UInt32)
    case otherRelease(path: String, found: String, running: String)

    package var description: String {
        switch self {
        case .noXen: "no Xen runs under this system"
        case .missing(let release, let places):
            "there is no shim for Xen \(release), neither \(places.map { "'\($0)'" }.joined(separator: " nor "));"
                + " 'Scripts/shim' builds it on a machine that has the libxen-dev of Xen \(release)"
        case .relative(let path):
            "the shim '\(path)' is not taken, for its path is relative; set \(ShimLibrary.variable) to an absolute one"
        case .unreadable(let path, let reason): "the shim '\(path)' cannot be read: \(reason)"
        case .notRoots(let path, let because):
            "the shim '\(path)' is not taken, for somebody else than root could change '\(because)';"
                + " make that root's alone"
        case .unfit(let path, let reason):
            "the shim '\(path)' is no library for this machine (\(reason)); install or build it again"
        case .unloadable(let path, let reason):
            "the shim '\(path)' cannot be loaded: \(reason)"
                + (reason.contains("libxenlight")
                    ? "; the package of that libxl, in Debian libxenmisc with the release in its name, brings it" : "")
        case .noShim(let path): "the library '\(path)' is no shim of xenkeeper's; install or build it again"
        case .otherInterface(let path, let found, let needed):
            "the shim '\(path)' is of another version of xenkeeper (its interface is \(found), and \(needed) is needed);"
                + " install or build the one of this version"
        case .otherRelease(let path, let found, let running):
            "the shim '\(path)' is for Xen \(found), and Xen \(running) runs; put the one for \(running) in its place"
        }
    }
}

/// A library's file, as far as it must be looked at before the system maps it: what is cut short ends the process.
private enum SharedObject {
    private static let largest = 64 << 20

    /// Throws unless the file is a whole library for this machine. Source: ELF-64.
    static func require(_ path: String) throws(ShimError) {
        let read: [UInt8]?
        do throws(RegularFileError) {
            read = try RegularFile.read(path, atMost: largest)
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
        guard let bytes = read else { throw .unreadable(path: path, reason: "it is gone") }
        if let reason = fault(in: bytes) { throw .unfit(path: path, reason: reason) }
    }

    private static func fault(in bytes: [UInt8]) -> String? {
        func number<Number: FixedWidthInteger>(_ place: Int, _: Number.Type) -> Int? {
            guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { return nil }
            let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) }
            return Int(exactly: Number(littleEndian: value))
        }
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return "it is no ELF file" }
        guard let kind = number(16, UInt16.self), let machine = number(18, UInt16.self),
            let segments = number(32, UInt64.self), let sections = number(40, UInt64.self),
            let segmentSize = number(54, UInt16.self), let segmentCount = number(56, UInt16.self),
            let sectionSize = number(58, UInt16.self), let sectionCount = number(60, UInt16.self)
        else { return "it is cut short" }
        guard bytes[4] == 2, bytes[5] == 1, machine == Self.machine else { return "it is for another processor" }
        guard kind == 3 else { return "it is no shared library" }
        let ends =
            [sections.addingReportingOverflow(sectionSize * sectionCount)]
            + (0..<segmentCount).map { index in
                let place = segments.addingReportingOverflow(index * segmentSize)
                guard !place.overflow, let start = number(place.partialValue &+ 8, UInt64.self),
                    let size = number(place.partialValue &+ 32, UInt64.self)
                else { return (partialValue: 0, overflow: true) }
                return start.addingReportingOverflow(size)
            }
        return ends.contains { $0.overflow || $0.partialValue > bytes.count } ? "it is cut short" : nil
    }

    /// This processor's number in ELF files.
    private static var machine: Int {
        #if arch(arm64)
        183
        #else
        62
        #endif
    }
}
