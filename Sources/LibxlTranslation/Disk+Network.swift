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
        return network.qemuTarget(key: network.user == nil ? nil : try key(of: network, context))
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
}

extension NetworkDiskSecret {
    fileprivate var text: String {
        switch self {
        case .uuid(let uuid): uuid.description
        case .usage(let usage): usage
        }
    }
}
