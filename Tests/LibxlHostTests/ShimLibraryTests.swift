import CXenInterface
import FakeLibxlShim
import Foundation
import Testing

@testable import LibxlHost

@Suite("The shim of this host's Xen is found, or one sentence says why not")
struct ShimLibraryTests {
    /// A directory of its own, and what the kernel would say of the hypervisor.
    private final class Stage {
        let directory: URL
        var hypervisor: String { directory.appendingPathComponent("hypervisor").path }

        init(major: String? = "4", minor: String? = "17") throws {
            directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
                .appendingPathComponent("xk-shim-\(UUID())")
            let version = directory.appendingPathComponent("hypervisor/version")
            try FileManager.default.createDirectory(at: version, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
            if let major, let minor {
                try Data("xen\n".utf8).write(to: directory.appendingPathComponent("hypervisor/type"))
                try Data("\(major)\n".utf8).write(to: version.appendingPathComponent("major"))
                try Data("\(minor)\n".utf8).write(to: version.appendingPathComponent("minor"))
            }
        }

        deinit {
            try? FileManager.default.removeItem(at: directory)
        }

        func put(_ bytes: Data, _ name: String = "xenshim-4.17.so") throws -> String {
            let file = directory.appendingPathComponent(name)
            try bytes.write(to: file)
            // Other tests change the process's mask.
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            return file.path
        }

        func library(owner: uid_t? = nil) -> ShimLibrary {
            ShimLibrary(directories: [directory.path, "/nonexistent/xenkeeper"], hypervisor: hypervisor, owner: owner)
        }
    }

    private func failure(_ library: ShimLibrary, _ path: String? = nil) -> ShimError? {
        #expect(throws: ShimError.self) { try library.load(path) }
    }

    @Test("where no Xen runs there is none to be had")
    func noXen() throws {
        #expect(failure(try Stage(major: nil, minor: nil).library()) == .noXen)
    }

    @Test("one that is missing is said to be, with where it was looked for")
    func missing() throws {
        let stage = try Stage(minor: "20")
        let places = ["\(stage.directory.path)/xenshim-4.20.so", "/nonexistent/xenkeeper/xenshim-4.20.so"]
        let error = failure(stage.library())
        #expect(error == .missing(release: "4.20", places: places))
        #expect(error?.description.contains("libxen-dev of Xen 4.20") == true)
    }

    @Test("a path is taken only whole")
    func relative() throws {
        #expect(failure(try Stage().library(), "xenshim-4.17.so") == .relative(path: "xenshim-4.17.so"))
        let path = "/nonexistent/xenkeeper/shim.so"
        #expect(failure(try Stage().library(), path) == .unreadable(path: path, reason: "No such file or directory"))
    }

    @Test("what is no library for this machine is not even tried")
    func unfit() throws {
        let stage = try Stage()
        let path = try stage.put(Data("#!/bin/sh\n".utf8))
        #expect(failure(stage.library()) == .unfit(path: path, reason: "it is no ELF file"))
        var program = try Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"))
        // Its number of a processor.
        program[18] = 8
        program[19] = 0
        _ = try stage.put(program.prefix(1 << 20))
        #expect(failure(stage.library()) == .unfit(path: path, reason: "it is for another processor"))
    }

    @Test("one that somebody else could change is not taken by root")
    func notRoots() throws {
        let stage = try Stage()
        let path = try stage.put(Data("x".utf8))
        #expect(failure(stage.library(owner: geteuid() + 1)) == .notRoots(path: path, because: path))
        for (mode, place) in [(0o777, stage.directory.path), (0o770, stage.directory.path)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
            #expect(failure(stage.library(owner: geteuid())) == .notRoots(path: path, because: place))
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stage.directory.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
        #expect(failure(stage.library(owner: geteuid())) == .notRoots(path: path, because: path))
    }

    @Test("one of another form, or for another release, is distinguished from one that fits")
    func otherForm() throws {
        func fit(_ interface: UInt32, for release: String?) throws -> Shim {
            let functions = UnsafeMutablePointer<cxen_shim>.allocate(capacity: 1)
            defer { functions.deallocate() }
            functions.initialize(to: fxl_shim().pointee)
            functions.pointee.interface = interface
            return try ShimLibrary.fit(functions, of: "/shim", for: release)
        }
        #expect(throws: Never.self) { try fit(CXEN_INTERFACE, for: "4.17") }
        #expect(throws: Never.self) { try fit(CXEN_INTERFACE, for: nil) }
        #expect(throws: ShimError.otherInterface(path: "/shim", found: 99, needed: CXEN_INTERFACE)) {
            try fit(99, for: nil)
        }
        #expect(throws: ShimError.otherRelease(path: "/shim", found: "4.17", running: "4.20")) {
            try fit(CXEN_INTERFACE, for: "4.20")
        }
    }

    private static let realPath = getenv(ShimLibrary.variable).map { String(cString: $0) }

    @Test(
        "the real one is loaded, and cut short at any length it is an error",
        .enabled(if: RealShim.named != nil, "needs the real shim; Scripts/test builds it"))
    func cutShort() throws {
        let release = try #require(RealShim.named?.shim.release)
        let stage = try Stage(minor: try Self.minor(of: release))
        let whole = try Data(contentsOf: URL(fileURLWithPath: try #require(Self.realPath)))
        for length in stride(from: 0, to: whole.count, by: 997) {
            let path = try stage.put(whole.prefix(length), "xenshim-\(release).so")
            let error = try #require(failure(stage.library()), "\(length) of \(whole.count) bytes")
            guard case .unfit(path, _) = error else {
                Issue.record("\(length) of \(whole.count) bytes: \(error)")
                continue
            }
        }
        _ = try stage.put(whole, "xenshim-\(release).so")
        #expect(try stage.library().load(nil).release == release)
        let later = try Stage(minor: "99")
        let path = try later.put(whole, "xenshim-4.99.so")
        #expect(failure(later.library()) == .otherRelease(path: path, found: release, running: "4.99"))
    }

    private static func minor(of release: String) throws -> String {
        String(try #require(release.split(separator: ".").last))
    }

    @Test(
        "a library that is none, or whose libxl is not here, is an error with its reason",
        .enabled(if: RealShim.named != nil, "needs the real shim; Scripts/test builds it"))
    func noShim() throws {
        let other = try #require(getenv("XENKEEPER_FAKE_LIBXL").map { String(cString: $0) })
        #expect(failure(try Stage().library(), other) == .noShim(path: other))
        let release = try #require(RealShim.named?.shim.release)
        let stage = try Stage(minor: try Self.minor(of: release))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: try #require(Self.realPath)))
        let name = try #require(bytes.range(of: Data("libxenlight.so.\(release)".utf8)))
        bytes.replaceSubrange(name, with: Data("libxenlight.so.4.99".utf8))
        let path = try stage.put(bytes, "xenshim-\(release).so")
        let error = failure(stage.library())
        guard case .unloadable(path, let reason) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(reason.contains("libxenlight.so.4.99"))
        #expect(error?.description.contains("libxenmisc") == true)
    }
}
