import XenModel
import XenUnits

extension Disk {
    /// Where libxl finds the disk: a path of the backend's host, or QEMU's name of an rbd image; nil is no medium.
    func libxlPath(_ context: TranslationContext) throws(Untranslatable) -> String? {
        guard source.kind == .network, let network = source.network else { return source.path }
        guard network.networkProtocol == "rbd" else {
            throw untranslatable("source/@protocol", .unsupported(.networkProtocol, network.networkProtocol))
        }
        guard let name = network.name, !name.isEmpty else { throw untranslatable("source/@name", .sourceMissing) }
        // QEMU's separator, which it has no way to quote in a name.
        guard !name.contains(":") else { throw untranslatable("source/@name", .colonInName(name)) }
        var text = "rbd:\(name)"
        if let snapshot = network.snapshot { text += "@\(snapshot)" }
        if let user = network.user {
            text += ":id=\(Self.quoted(user))"
            if let key = try key(of: network, context) {
                text += ":key=\(Self.quoted(key)):auth_supported=cephx\\;none"
            } else {
                text += ":auth_supported=none"
            }
        } else {
            text += ":auth_supported=none"
        }
        if !network.hosts.isEmpty {
            text += ":mon_host=" + network.hosts.map(Self.monitor).joined(separator: "\\;")
        }
        if let file = network.configurationFile { text += ":conf=\(Self.quoted(file))" }
        return text
    }

    private func key(
        of network: NetworkDiskSource, _ context: TranslationContext
    ) throws(Untranslatable) -> String? {
        guard let secret = network.secret else { return nil }
        if let key = context.secrets[secret] { return key }
        guard context.references == .standForThemselves else {
            throw untranslatable("auth/secret", .unknownSecret(secret.text))
        }
        return ""
    }

    /// `text` as a value between QEMU's separators.
    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { quoted, character in
            if #":\@="#.contains(character) { quoted.append("\\") }
            quoted.append(character)
        }
    }

    /// An address of IPv6 stands in brackets.
    private static func monitor(_ host: NetworkDiskHost) -> String {
        let name =
            host.name.contains(":")
            ? "[\(host.name.split(separator: ":", omittingEmptySubsequences: false).joined(separator: #"\:"#))]"
            : host.name
        return name + (host.port.map { "\\:\($0)" } ?? "")
    }
}

extension NetworkDiskSecret {
    fileprivate var text: String {
        switch self {
        case .uuid(let uuid): uuid.description
        case .usage(let usage): usage
        }
    }
}
