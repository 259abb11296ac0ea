extension NetworkDiskSource {
    /// QEMU's name of an rbd image: what libxl is given as its path, and what an xl.cfg says as its target.
    ///
    /// `key` is that of the secret, in base64; nil leaves QEMU to find it in the host's keyrings. Nil for another protocol,
    /// and for an image that QEMU has no way to name. Source: libvirt's `xenFormatXLDiskSrcNet`.
    package func qemuTarget(key: String?) -> String? {
        guard networkProtocol == "rbd", let name, !name.isEmpty, !name.contains(":") else { return nil }
        var text = "rbd:\(name)"
        if let snapshot { text += "@\(snapshot)" }
        if let user {
            text += ":id=\(Self.quoted(user))"
            if let key { text += ":key=\(Self.quoted(key))" }
        }
        if user != nil, key != nil || secret != nil {
            text += ":auth_supported=cephx\\;none"
        } else if user != nil || !authenticatesAsConfigured {
            text += ":auth_supported=none"
        }
        if !hosts.isEmpty { text += ":mon_host=" + hosts.map(Self.monitor).joined(separator: "\\;") }
        if let configurationFile { text += ":conf=\(Self.quoted(configurationFile))" }
        return text
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
