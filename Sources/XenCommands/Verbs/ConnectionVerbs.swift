import ArgumentParser
import Glibc
import XenDriver

/// `uri`.
struct Uri: Verb {
    static let configuration = VerbName.uri.configuration(
        abstract: "Print the connection's URI.",
        usage: "",
        discussion: "That of the host that commands work on which name none, or of the one that -c names.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        _ = try context.driver()
        return Reply(.lines([try context.connection().description]))
    }
}

/// `version`.
struct VersionVerb: Verb {
    static let configuration = VerbName.version.configuration(
        abstract: "Print the versions of this program and of the hypervisor that runs.",
        usage: "",
        discussion: "In virsh's lines; the library is this program, which links none of libvirt's.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        _ = try context.driver()
        let program = "\(Xenkeeper.name) \(Xenkeeper.version)"
        var lines = [
            "Compiled against library: \(program)", "Using library: \(program)",
            "Using API: Xen \(Xenkeeper.version)",
        ]
        let version = context.session.hypervisorVersion(try context.connection())
        // virsh's words where it is not known.
        lines.append(
            version.map { "Running hypervisor: Xen \($0)" } ?? "Cannot extract running Xen hypervisor version")
        return Reply(.lines(lines))
    }
}

/// `hostname`.
struct Hostname: Verb {
    static let configuration = VerbName.hostname.configuration(
        abstract: "Print the name of the host.",
        usage: "",
        discussion: "With its domain, where the resolver knows that.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        _ = try context.driver()
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else {
            throw CommandFailure("failed to get hostname", "failed to determine host name: \(errno)")
        }
        let name = bytes.withUnsafeBufferPointer {
            String(decoding: $0.map(UInt8.init(bitPattern:)).prefix { $0 != 0 }, as: UTF8.self)
        }
        return Reply(.lines([Self.canonical(name)]))
    }

    /// The resolver's name of `name`, as libvirt's `virGetHostname` has it.
    private static func canonical(_ name: String) -> String {
        guard !name.contains("."), !name.hasPrefix("localhost") else { return name }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_flags = AI_CANONNAME
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &found) == 0, let found else { return name }
        defer { freeaddrinfo(found) }
        guard let text = found.pointee.ai_canonname.map({ String(cString: $0) }) else { return name }
        return text.hasPrefix("localhost") ? name : text
    }
}
