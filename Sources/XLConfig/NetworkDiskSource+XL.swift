import XenModel
import XenUnits

// A disk's target that QEMU reaches over the network: rbd:POOL/IMAGE[@SNAPSHOT][:KEY=VALUE…].
extension NetworkDiskSource {
    /// The source that QEMU's name `target` is; nil for a file, and for a name that says more than a domain document can,
    /// or less than one always does.
    init?(target: String) {
        guard let rest = target.without(prefix: "rbd:") else { return nil }
        var options = Self.split(rest, at: ":")
        let image = options.removeFirst()
        let places = image.pair(at: "@")
        self.init(networkProtocol: "rbd", name: places?.0 ?? image)
        snapshot = places?.1
        var saysHow = false
        for option in options {
            guard let (key, value) = option.pair(at: "=") else { return nil }
            switch key {
            case "id": user = Self.unescaped(value)
            case "conf": configurationFile = Self.unescaped(value)
            case "mon_host":
                for text in Self.unescaped(value).parts(at: ";") {
                    guard let host = NetworkDiskHost(target: text) else { return nil }
                    hosts.append(host)
                }
            // Follows from whether a user is named; if it says something else, the text below differs.
            case "auth_supported": saysHow = true
            default: return nil
            }
        }
        authenticatesAsConfigured = user == nil && !saysHow
        guard let text = qemuTarget(key: nil), text.utf8.elementsEqual(target.utf8) else { return nil }
    }

    /// The source as a target; nil if QEMU could not reach it.
    func text(_ path: String, _ writer: XLWriter) throws(XLConfigError) -> String? {
        let place = "\(path)/source"
        guard networkProtocol == "rbd", let name, !name.isEmpty else { return nil }
        writer.omit("\(place)/../auth/secret", if: secret != nil)
        // A snapshot in the image's name comes back as one beside it, which is the same to QEMU.
        var same = self
        if snapshot == nil, let (image, behind) = name.pair(at: "@") { (same.name, same.snapshot) = (image, behind) }
        guard let target = qemuTarget(key: nil), secret != nil || NetworkDiskSource(target: target) == same else {
            throw .inexpressible(path: place, key: "disk", text: name, problem: .ambiguous)
        }
        return try writer.plain(target, key: "disk", path: place)
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
    fileprivate init?(target text: String) {
        var name = text
        var port: String?
        if let rest = text.without(prefix: "["), let (address, behind) = rest.pair(at: "]") {
            name = address
            port = behind.isEmpty ? nil : behind.without(prefix: ":") ?? behind
        } else if let (host, number) = text.pair(at: ":") {
            name = host
            port = number
        }
        guard !name.isEmpty else { return nil }
        self.init(name: name)
        guard let port else { return }
        guard let number = port.digits(radix: 10, UInt16.self) else { return nil }
        self.port = number
    }
}
