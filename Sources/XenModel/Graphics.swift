public import XenUnits

/// A display of a domain, as people reach it. Source: `/domain/devices/graphics`.
public struct Graphics: Hashable, Sendable {
    /// `@type`.
    public var kind: GraphicsKind
    /// The port of the host, 1 to 65535; nil lets the driver choose, and is what is written as -1. `@port`.
    public var port: UInt16?
    /// Whether a port is chosen at each start. `@autoport`.
    public var autoport: Bool
    /// Where the search for a port that is chosen begins, for vnc: 5900 or more; nil is the connection's first.
    /// `xenkeeper:vnc/@firstPort`.
    public var firstPort: UInt16?
    /// In document order; the first one counts. `listen`, `@listen`.
    public var listens: [GraphicsListen]
    /// `@passwd`.
    public var password: String?
    /// `@keymap`.
    public var keymap: String?
    /// An X display such as `:0`, for sdl. `@display`.
    public var display: String?
    /// A file of the host, for sdl. `@xauth`.
    public var xauth: String?
    /// Whether the device model draws with OpenGL, for sdl and spice; nil leaves it to libxl. `gl/@enable`.
    public var opengl: Bool?
    /// What spice alone has.
    public var spice: SpiceOptions
    public var handle: DeviceHandle

    /// A display of `kind` on a port that the driver chooses.
    public init(kind: GraphicsKind, alias: DeviceAlias? = nil) {
        self.kind = kind
        handle = DeviceHandle(alias: alias)
        autoport = false
        listens = []
        spice = SpiceOptions()
    }
}

extension Graphics: DeviceModel {
    public static var classes: [DeviceClass] { [.graphics] }
    public static var hasAddress: Bool { false }
    public var asDevice: Device { .graphics(self) }
    public var familiarName: String { kind.rawValue }
}

/// The kinds of display that this driver knows. Source: `/domain/devices/graphics/@type`.
public enum GraphicsKind: String, Hashable, Sendable, CaseIterable {
    case vnc
    case sdl
    case spice
}

/// Where a display can be reached. Source: `/domain/devices/graphics/listen`.
public struct GraphicsListen: Hashable, Sendable {
    /// `@type`: `address`, `network`, `socket` or `none`.
    public var type: String
    /// A name or address of the host. `@address`.
    public var address: String?
    /// The network whose address on the host it is, for type `network`. `@network`.
    public var network: String?
    /// The host's Unix socket, for type `socket`; nil leaves it to the driver. `@socket`.
    public var socket: String?

    /// An address of the host; nil leaves it to the driver.
    public init(type: String = "address", address: String? = nil, network: String? = nil, socket: String? = nil) {
        self.type = type
        self.address = address
        self.network = network
        self.socket = socket
    }
}

/// What spice alone has. Each nil leaves it to the default. Source: `/domain/devices/graphics[@type='spice']`.
public struct SpiceOptions: Hashable, Sendable {
    /// `@tlsPort`; nil is none, or chosen by the driver.
    public var tlsPort: UInt16?
    /// Whether the guest's agent moves the pointer. `mouse/@mode='client'`; nil is yes.
    public var agentMouse: Bool?
    /// `clipboard/@copypaste`; nil is no.
    public var copyPaste: Bool?
    /// `image/@compression`.
    public var imageCompression: String?
    /// `streaming/@mode`.
    public var streaming: String?
    /// How many USB devices can be handed through. `xenkeeper:spice/@usbRedirection`.
    public var usbRedirection: UInt32?

    /// Nothing said.
    public init() {}
}

/// A video card of a domain. Source: `/domain/devices/video`.
public struct Video: Hashable, Sendable {
    /// `model/@type`.
    public var model: VideoModel
    /// `model/@vram`; nil is the model's own.
    public var vram: Kibibytes?
    /// How many screens; description only. `model/@heads`.
    public var heads: UInt32?
    /// Whether it is the first card; description only, for Xen has one. `model/@primary`.
    public var isPrimary: Bool?
    public var handle: DeviceHandle

    /// A card of this model.
    public init(model: VideoModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension Video: DeviceModel {
    public static var classes: [DeviceClass] { [.video] }
    public var asDevice: Device { .video(self) }
    public var familiarName: String { model.rawValue }
}

/// The models of video card that this driver knows. Source: `/domain/devices/video/model/@type`.
public enum VideoModel: String, Hashable, Sendable, CaseIterable {
    case vga
    case cirrus
    case xen
    case qxl
    case none
}

extension Graphics {
    /// The host's own address, which only programs on the host reach.
    public static let loopbackAddress = "127.0.0.1"

    /// Where the display listens: at the address of its first `listen`, and at the host's own address alone unless that
    /// names one. A display is never open to everyone because a document says nothing.
    ///
    /// A first `listen` that is a network, a socket or `none` is no address either. Source: libvirt's Xen driver.
    public var listenAddress: String {
        guard let first = listens.first, first.type == "address", let address = first.address, !address.isEmpty else {
            return Self.loopbackAddress
        }
        return address
    }
}
