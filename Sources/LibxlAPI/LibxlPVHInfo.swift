/// What only a pvh guest has: the shim that a pv kernel runs in. Source: `libxl_domain_build_info.u.pvh`.
public struct LibxlPVHInfo: Hashable, Sendable {
    public var pvshim: Bool?
    /// A file. `pvshim_path`.
    public var pvshimPath: String?
    /// `pvshim_cmdline`.
    public var pvshimCommandLine: String?
    /// Added to the shim's command line. `pvshim_extra`.
    public var pvshimExtra: String?

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlPVHInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case pvshim
        case pvshimPath = "pvshim_path"
        case pvshimCommandLine = "pvshim_cmdline"
        case pvshimExtra = "pvshim_extra"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        pvshim = try values.decode(defboolForKey: .pvshim)
        pvshimPath = try values.decodeIfPresent(String.self, forKey: .pvshimPath)
        pvshimCommandLine = try values.decodeIfPresent(String.self, forKey: .pvshimCommandLine)
        pvshimExtra = try values.decodeIfPresent(String.self, forKey: .pvshimExtra)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(defbool: pvshim, forKey: .pvshim)
        try values.encodeIfPresent(pvshimPath, forKey: .pvshimPath)
        try values.encodeIfPresent(pvshimCommandLine, forKey: .pvshimCommandLine)
        try values.encodeIfPresent(pvshimExtra, forKey: .pvshimExtra)
    }
}
