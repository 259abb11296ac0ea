package import XenUnits

/// A display of a domain, as people reach it. Source: `/domain/devices/graphics`.
package struct Graphics: Hashable, Sendable {
    /// `@type`.
    package var kind: GraphicsKind
    /// The port of the host, 1 to 65535; nil lets the driver choose, and is what is written as -1. `@port`.
    package var port: UInt16?
    /// Whether a port is chosen at each start. `@autoport`.
    package var autoport: Bool
    /// Where the search for a port that is chosen begins, for vnc: 5900 or more; nil is the connection's first.
    /// `xenkeeper:vnc/@firstPort`.
    package var firstPort: UInt16?
    /// In document order; the first one counts. `listen`, `@listen`.
    package var listens: [GraphicsListen]
    /// `@passwd`.
    package var password: String?
    /// `@keymap`.
    package var keymap: String?
    /// An X display such as `:0`, for sdl. `@display`.
    package var display: String?
    /// A file of the host, for sdl. `@xauth`.
    package var xauth: String?
    /// Whether the device model draws with OpenGL, for sdl and spice; nil leaves it to libxl. `gl/@enable`.
    package var opengl: Bool?
    /// What spice alone has.
    package var spice: SpiceOptions
    package var handle: DeviceHandle

    /// A display of `kind` on a port that the driver chooses.
    package init(kind: GraphicsKind, alias: DeviceAlias? = nil) {
        self.kind = kind
        handle = DeviceHandle(alias: alias)
        autoport = false
        listens = []
        spice = SpiceOptions()
    }
}

extension Graphics: DeviceModel {
    package static var classes: [DeviceClass] { [.graphics] }
    package static var hasAddress: Bool { false }
    package var asDevice: Device { .graphics(self) }
    package var familiarName: String { kind.rawValue }
}

/// The kinds of display that this driver knows. Source: `/domain/devices/graphics/@type`.
package enum GraphicsKind: String, Hashable, Sendable, CaseIterable {
    case vnc
    case sdl
    case spice
}

/// Where a display can be reached. Source: `/domain/devices/graphics/listen`.
package struct GraphicsListen: Hashable, Sendable {
    /// `@type`: `address`, `network`, `socket` or `none`.
    package var type: String
    /// A name or address of the host. `@address`.
    package var address: String?
    /// The network whose address on the host it is, for type `network`. `@network`.
    package var network: String?
    /// The host's Unix socket, for type `socket`; nil leaves it to the driver. `@socket`.
    package var socket: String?

    /// An address of the host; nil leaves it to the driver.
    package init(type: String = "address", address: String? = nil, network: String? = nil, socket: String? = nil) {
        self.type = type
        self.address = address
        self.network = network
        self.socket = socket
    }
}

/// What spice alone has. Each nil leaves it to the default. Source: `/domain/devices/graphics[@type='spice']`.
package struct SpiceOptions: Hashable, Sendable {
    /// `@tlsPort`; nil is none, or chosen by the driver.
    package var tlsPort: UInt16?
    /// Whether the guest's agent moves the pointer. `mouse/@mode='client'`; nil is yes.
    package var agentMouse: Bool?
    /// `clipboard/@copypaste`; nil is no.
    package var copyPaste: Bool?
    /// `image/@compression`.
    package var imageCompression: String?
    /// `streaming/@mode`.
    package var streaming: String?
    /// How many USB devices can be handed through. `xenkeeper:spice/@usbRedirection`.
    package var usbRedirection: UInt32?

    /// Nothing said.
    package init() {}
}

/// A video card of a domain. Source: `/domain/devices/video`.
package struct Video: Hashable, Sendable {
    /// `model/@type`.
    package var model: VideoModel
    /// `model/@vram`; nil is the model's own.
    package var vram: Kibibytes?
    /// How many screens; description only. `model/@heads`.
    package var heads: UInt32?
    /// Whether it is the first card; description only, for Xen has one. `model/@primary`.
    package var isPrimary: Bool?
    package var handle: DeviceHandle

    /// A card of this model.
    package init(model: VideoModel, alias: DeviceAlias? = nil) {
        self.model = model
        handle = DeviceHandle(alias: alias)
    }
}

extension Video: DeviceModel {
    package static var classes: [DeviceClass] { [.video] }
    package var asDevice: Device { .video(self) }
    package var familiarName: String { model.rawValue }
}

/// The models of video card that this driver knows. Source: `/domain/devices/video/model/@type`.
package enum VideoModel: String, Hashable, Sendable, CaseIterable {
    case vga
    case cirrus
    case xen
    case qxl
    case none
}

extension Graphics {
    /// The host's own address, which only programs on the host reach.
    package static let loopbackAddress = "127.0.0.1"

    /// Where the display listens: at the address of its first `listen`, and at the host's own address alone unless that
    /// names one. A display is never open to everyone because a document says nothing.
    ///
    /// A first `listen` that is a network, a socket or `none` is no address either. Source: libvirt's Xen driver.
    package var listenAddress: String {
        guard let first = listens.first, first.type == "address", let address = first.address, !address.isEmpty else {
            return Self.loopbackAddress
        }
        return address
    }
}
