import XenModel
import XenUnits

// A disk's target that QEMU reaches over the network: rbd:POOL/IMAGE[@SNAPSHOT][:KEY=VALUE…].
extension NetworkDiskSource {
    private static let schemes = ["rbd"]

    /// The protocol that a target begins with; nil for a file.
    static func scheme(of path: String) -> String? {
        schemes.first { path.without(prefix: "\($0):") != nil }
    }

    /// The source that `path` is; nil for a file.
    static func read(_ path: String, _ item: XLItem) throws(XLConfigError) -> NetworkDiskSource? {
        guard let scheme = scheme(of: path), let rest = path.without(prefix: "\(scheme):") else { return nil }
        var options = split(rest, at: ":")
        let image = options.removeFirst()
        let places = image.pair(at: "@")
        guard !(places?.0 ?? image).isEmpty else { throw item.error(.missingPart("\(scheme):POOL/IMAGE")) }
        var source = NetworkDiskSource(networkProtocol: scheme, name: unescaped(places?.0 ?? image))
        source.snapshot = places.map { unescaped($0.1) }
        for option in options {
            guard let (key, value) = option.pair(at: "=") else { throw item.error(.unknownPart(option)) }
            switch key {
            case "id": source.user = unescaped(value)
            case "conf": source.configurationFile = unescaped(value)
            case "mon_host":
                for host in unescaped(value).parts(at: ";") {
                    source.hosts.append(try NetworkDiskHost.read(host, item))
                }
            // Follows from whether a user is named.
            case "auth_supported" where value == (source.user == nil ? "none" : "cephx\\;none"): break
            default: item.note(.unsupportedPart(option))
            }
        }
        return source
    }

    /// The source as a target; nil if QEMU could not reach it.
    func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        guard Self.schemes.contains(networkProtocol), let name, !name.isEmpty else { return nil }
        let path = "\(path)/source"
        writer.omit("\(path)/../auth/secret", if: secret != nil)
        func escaped(_ text: String) throws(XLConfigError) -> String {
            let text = try writer.part(text, key: "disk", path: path, separators: [])
            var result = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                if scalar == ":" || scalar == ";" || scalar == "\\" { result.append("\\") }
                result.append(scalar)
            }
            return String(result)
        }
        guard !name.has("@"), snapshot?.has("@") != true else {
            throw .inexpressible(path: path, key: "disk", text: name, problem: .ambiguous)
        }
        var parts = [
            try escaped(name) + (snapshot.map { snapshot throws(XLConfigError) in "@" + (try escaped(snapshot)) } ?? "")
        ]
        if let user {
            parts += ["id=" + (try escaped(user)), "auth_supported=cephx\\;none"]
        } else {
            parts.append("auth_supported=none")
        }
        if !hosts.isEmpty {
            var texts: [String] = []
            for host in hosts {
                let name = try writer.part(host.name, key: "disk", path: path, separators: [";", "[", "]"])
                let isIPv6 = name.has(":")
                texts.append((isIPv6 ? "[\(name)]" : name) + (host.port.map { ":\($0)" } ?? ""))
            }
            parts.append("mon_host=" + (try escaped(texts.joined(separator: ";"))))
        }
        if let configurationFile { parts.append("conf=" + (try escaped(configurationFile))) }
        return "\(networkProtocol):" + parts.joined(separator: ":")
    }

    /// The parts between `separator`s that no backslash stands before.
    private static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
        var parts: [String] = []
        var part = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == separator, !isEscaped {
                parts.append(String(part))
                part = String.UnicodeScalarView()
            } else {
                part.append(scalar)
                isEscaped = scalar == "\\" && !isEscaped
            }
        }
        return parts + [String(part)]
    }

    private static func unescaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            isEscaped = scalar == "\\" && !isEscaped
            if !isEscaped { result.append(scalar) }
        }
        return String(result)
    }
}

extension NetworkDiskHost {
    /// Reads `NAME[:PORT]`, an IPv6 address in brackets.
    fileprivate static func read(_ text: String, _ item: XLItem) throws(XLConfigError) -> NetworkDiskHost {
        var name = text
        var port: String?
        if let rest = text.without(prefix: "["), let (address, behind) = rest.pair(at: "]") {
            name = address
            port = behind.isEmpty ? nil : behind.without(prefix: ":") ?? behind
        } else if let (host, number) = text.pair(at: ":") {
            name = host
            port = number
        }
        guard !name.isEmpty else { throw item.error(.missingPart("mon_host=NAME")) }
        guard let port else { return NetworkDiskHost(name: name) }
        return NetworkDiskHost(name: name, port: try item.number(port, in: 0...UInt16.max))
    }
}
