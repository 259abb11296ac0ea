/// A VNC server of QEMU's. Source: `libxl_vnc_info`.
public struct LibxlVNCInfo: Hashable, Sendable {
    public var enable: Bool?
    /// The address to listen on, or `ADDRESS:DISPLAY`.
    public var listen: String?
    /// `passwd`.
    public var password: String?
    /// The port less 5900.
    public var display: Int32 = 0
    /// Take the next free display. `findunused`.
    public var findUnused: Bool?

    /// Everything at libxl's default.
    public init() {}
}

/// A window of QEMU's on the host's display. Source: `libxl_sdl_info`.
public struct LibxlSDLInfo: Hashable, Sendable {
    public var enable: Bool?
    public var opengl: Bool?
    public var display: String?
    /// A file.
    public var xauthority: String?

    /// Everything at libxl's default.
    public init() {}
}

/// A SPICE server of QEMU's. Source: `libxl_spice_info`.
public struct LibxlSpiceInfo: Hashable, Sendable {
    public var enable: Bool?
    /// 0 is none.
    public var port: Int32 = 0
    /// 0 is none. `tls_port`.
    public var tlsPort: Int32 = 0
    /// The address to listen on.
    public var host: String?
    /// Let clients in without a password. `disable_ticketing`.
    public var disableTicketing: Bool?
    /// `passwd`.
    public var password: String?
    /// `agent_mouse`.
    public var agentMouse: Bool?
    public var vdagent: Bool?
    /// `clipboard_sharing`.
    public var clipboardSharing: Bool?
    /// How many redirection channels. `usbredirection`.
    public var usbRedirection: Int32 = 0
    /// `image_compression`.
    public var imageCompression: String?
    /// `streaming_video`.
    public var streamingVideo: String?

    /// Everything at libxl's default.
    public init() {}
}

extension LibxlVNCInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case enable, listen
        case password = "passwd"
        case display
        case findUnused = "findunused"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        enable = try values.decode(defboolForKey: .enable)
        listen = try values.decodeIfPresent(String.self, forKey: .listen)
        password = try values.decodeIfPresent(String.self, forKey: .password)
        display = try values.decode(forKey: .display, default: 0)
        findUnused = try values.decode(defboolForKey: .findUnused)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(defbool: enable, forKey: .enable)
        try values.encodeIfPresent(listen, forKey: .listen)
        try values.encodeIfPresent(password, forKey: .password)
        try values.encode(display, unless: 0, forKey: .display)
        try values.encode(defbool: findUnused, forKey: .findUnused)
    }
}

extension LibxlSDLInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case enable, opengl, display, xauthority
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        enable = try values.decode(defboolForKey: .enable)
        opengl = try values.decode(defboolForKey: .opengl)
        display = try values.decodeIfPresent(String.self, forKey: .display)
        xauthority = try values.decodeIfPresent(String.self, forKey: .xauthority)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(defbool: enable, forKey: .enable)
        try values.encode(defbool: opengl, forKey: .opengl)
        try values.encodeIfPresent(display, forKey: .display)
        try values.encodeIfPresent(xauthority, forKey: .xauthority)
    }
}

extension LibxlSpiceInfo: Codable {
    enum CodingKeys: String, CodingKey {
        case enable, port
        case tlsPort = "tls_port"
        case host
        case disableTicketing = "disable_ticketing"
        case password = "passwd"
        case agentMouse = "agent_mouse"
        case vdagent
        case clipboardSharing = "clipboard_sharing"
        case usbRedirection = "usbredirection"
        case imageCompression = "image_compression"
        case streamingVideo = "streaming_video"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        enable = try values.decode(defboolForKey: .enable)
        port = try values.decode(forKey: .port, default: 0)
        tlsPort = try values.decode(forKey: .tlsPort, default: 0)
        host = try values.decodeIfPresent(String.self, forKey: .host)
        disableTicketing = try values.decode(defboolForKey: .disableTicketing)
        password = try values.decodeIfPresent(String.self, forKey: .password)
        agentMouse = try values.decode(defboolForKey: .agentMouse)
        vdagent = try values.decode(defboolForKey: .vdagent)
        clipboardSharing = try values.decode(defboolForKey: .clipboardSharing)
        usbRedirection = try values.decode(forKey: .usbRedirection, default: 0)
        imageCompression = try values.decodeIfPresent(String.self, forKey: .imageCompression)
        streamingVideo = try values.decodeIfPresent(String.self, forKey: .streamingVideo)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(defbool: enable, forKey: .enable)
        try values.encode(port, unless: 0, forKey: .port)
        try values.encode(tlsPort, unless: 0, forKey: .tlsPort)
        try values.encodeIfPresent(host, forKey: .host)
        try values.encode(defbool: disableTicketing, forKey: .disableTicketing)
        try values.encodeIfPresent(password, forKey: .password)
        try values.encode(defbool: agentMouse, forKey: .agentMouse)
        try values.encode(defbool: vdagent, forKey: .vdagent)
        try values.encode(defbool: clipboardSharing, forKey: .clipboardSharing)
        try values.encode(usbRedirection, unless: 0, forKey: .usbRedirection)
        try values.encodeIfPresent(imageCompression, forKey: .imageCompression)
        try values.encodeIfPresent(streamingVideo, forKey: .streamingVideo)
    }
}
