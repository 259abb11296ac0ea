public import XenUnits

/// A paravirtual sound card. Source: `libxl_device_vsnd`.
public struct LibxlDeviceVSnd: Hashable, Sendable {
    /// `backend_domid`.
    public var backendDomainID: DomainID = .domain0
    /// Who serves it, by name; libxl resolves it to `backendDomainID`. `backend_domname`.
    public var backendDomainName: String?
    /// Always set, never left to libxl.
    public var devid: DeviceID
    /// `short_name`.
    public var shortName: String?
    /// `long_name`.
    public var longName: String?
    /// `params`.
    public var parameters: LibxlVSndParams = LibxlVSndParams()
    public var pcms: [LibxlVSndPCM] = []

    /// One with everything else at libxl's default.
    public init(devid: DeviceID) {
        self.devid = devid
    }
}

/// A PCM instance of a paravirtual sound card. Source: `libxl_vsnd_pcm`.
public struct LibxlVSndPCM: Hashable, Sendable {
    public var name: String?
    /// `params`.
    public var parameters: LibxlVSndParams = LibxlVSndParams()
    public var streams: [LibxlVSndStream] = []

    /// Everything at libxl's default.
    public init() {}
}

/// A stream of a PCM instance. Source: `libxl_vsnd_stream`.
public struct LibxlVSndStream: Hashable, Sendable {
    /// `unique_id`.
    public var uniqueID: String?
    public var type: SoundDirection?
    /// `params`.
    public var parameters: LibxlVSndParams = LibxlVSndParams()

    /// Everything at libxl's default.
    public init() {}
}

/// What sound a card, a PCM instance or a stream takes; what it does not say it has of what it belongs to. Source: `libxl_vsnd_params`.
public struct LibxlVSndParams: Hashable, Sendable {
    /// In Hz. `sample_rates`.
    public var sampleRates: [UInt32] = []
    /// `sample_formats`.
    public var sampleFormats: [LibxlVSndPCMFormat] = []
    /// `channels_min`.
    public var channelsMinimum: UInt32 = 0
    /// `channels_max`.
    public var channelsMaximum: UInt32 = 0
    /// In bytes. `buffer_size`.
    public var bufferSize: UInt32 = 0

    /// Everything at libxl's default.
    public init() {}
}

/// How a sample is laid out. The raw value is libxl's name. Source: `libxl_vsnd_pcm_format`.
public enum LibxlVSndPCMFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case s8
    case u8
    case s16LE = "s16_le"
    case s16BE = "s16_be"
    case u16LE = "u16_le"
    case u16BE = "u16_be"
    case s24LE = "s24_le"
    case s24BE = "s24_be"
    case u24LE = "u24_le"
    case u24BE = "u24_be"
    case s32LE = "s32_le"
    case s32BE = "s32_be"
    case u32LE = "u32_le"
    case u32BE = "u32_be"
    case f32LE = "f32_le"
    case f32BE = "f32_be"
    case f64LE = "f64_le"
    case f64BE = "f64_be"
    case iec958SubframeLE = "iec958_subframe_le"
    case iec958SubframeBE = "iec958_subframe_be"
    case muLaw = "mu_law"
    case aLaw = "a_law"
    case imaADPCM = "ima_adpcm"
    case mpeg
    case gsm
}

extension LibxlDeviceVSnd: LibxlServedDevice {
    public static let kind = LibxlDevice.Kind.vsnd
    public static var list: WritableKeyPath<LibxlDomainConfig, [Self]> { \.vsnds }
    public var asDevice: LibxlDevice { .vsnd(self) }
    public var identity: DeviceIdentity? { .vsnd(devid: devid) }
}

extension LibxlDeviceVSnd: Codable {
    enum CodingKeys: String, CodingKey {
        case backendDomainID = "backend_domid"
        case backendDomainName = "backend_domname"
        case devid
        case shortName = "short_name"
        case longName = "long_name"
        case parameters = "params"
        case pcms
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        backendDomainID = try values.decode(forKey: .backendDomainID, default: .domain0)
        backendDomainName = try values.decodeIfPresent(String.self, forKey: .backendDomainName)
        devid = try values.decode(DeviceID.self, forKey: .devid)
        shortName = try values.decodeIfPresent(String.self, forKey: .shortName)
        longName = try values.decodeIfPresent(String.self, forKey: .longName)
        parameters = try values.decode(forKey: .parameters, default: LibxlVSndParams())
        pcms = try values.decode(forKey: .pcms, default: [])
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(backendDomainID, unless: .domain0, forKey: .backendDomainID)
        try values.encodeIfPresent(backendDomainName, forKey: .backendDomainName)
        try values.encode(devid, forKey: .devid)
        try values.encodeIfPresent(shortName, forKey: .shortName)
        try values.encodeIfPresent(longName, forKey: .longName)
        try values.encode(parameters, unless: LibxlVSndParams(), forKey: .parameters)
        try values.encode(pcms, unless: [], forKey: .pcms)
    }
}

extension LibxlVSndPCM: Codable {
    enum CodingKeys: String, CodingKey {
        case name
        case parameters = "params"
        case streams
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        parameters = try values.decode(forKey: .parameters, default: LibxlVSndParams())
        streams = try values.decode(forKey: .streams, default: [])
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(name, forKey: .name)
        try values.encode(parameters, unless: LibxlVSndParams(), forKey: .parameters)
        try values.encode(streams, unless: [], forKey: .streams)
    }
}

extension LibxlVSndStream: Codable {
    enum CodingKeys: String, CodingKey {
        case uniqueID = "unique_id"
        case type
        case parameters = "params"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        uniqueID = try values.decodeIfPresent(String.self, forKey: .uniqueID)
        type = try values.decodeIfPresent(SoundDirection.self, forKey: .type)
        parameters = try values.decode(forKey: .parameters, default: LibxlVSndParams())
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(uniqueID, forKey: .uniqueID)
        try values.encodeIfPresent(type, forKey: .type)
        try values.encode(parameters, unless: LibxlVSndParams(), forKey: .parameters)
    }
}

extension LibxlVSndParams: Codable {
    enum CodingKeys: String, CodingKey {
        case sampleRates = "sample_rates"
        case sampleFormats = "sample_formats"
        case channelsMinimum = "channels_min"
        case channelsMaximum = "channels_max"
        case bufferSize = "buffer_size"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        sampleRates = try values.decode(forKey: .sampleRates, default: [])
        sampleFormats = try values.decode(forKey: .sampleFormats, default: [])
        channelsMinimum = try values.decode(forKey: .channelsMinimum, default: 0)
        channelsMaximum = try values.decode(forKey: .channelsMaximum, default: 0)
        bufferSize = try values.decode(forKey: .bufferSize, default: 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(sampleRates, unless: [], forKey: .sampleRates)
        try values.encode(sampleFormats, unless: [], forKey: .sampleFormats)
        try values.encode(channelsMinimum, unless: 0, forKey: .channelsMinimum)
        try values.encode(channelsMaximum, unless: 0, forKey: .channelsMaximum)
        try values.encode(bufferSize, unless: 0, forKey: .bufferSize)
    }
}
