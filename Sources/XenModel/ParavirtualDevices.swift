public import XenUnits

/// Xen's virtual TPM. Source: `/domain/devices/xenkeeper:vtpm`.
public struct VirtualTPM: Hashable, Sendable {
    /// The name of the domain that serves it. `@backenddomain`.
    public var backendDomain: String
    /// Which of that domain's it is; nil draws one. `@uuid`.
    public var uuid: DomainUUID?
    public var handle: DeviceHandle

    /// A TPM that `backendDomain` serves.
    public init(backendDomain: String, uuid: DomainUUID? = nil, alias: DeviceAlias? = nil) {
        self.backendDomain = backendDomain
        self.uuid = uuid
        handle = DeviceHandle(alias: alias)
    }
}

extension VirtualTPM: DeviceModel {
    public static var classes: [DeviceClass] { [.vtpm] }
    public static var hasAddress: Bool { false }
    public var asDevice: Device { .vtpm(self) }
    public var familiarName: String { uuid?.description ?? backendDomain }
    public var server: String? { backendDomain }
    public var uniquePlace: DevicePlace? { uuid.map(DevicePlace.tpm) }
}

/// Xen's paravirtual display. Source: `/domain/devices/xenkeeper:vdispl`.
public struct VirtualDisplay: Hashable, Sendable {
    /// The name of the domain that serves it; nil is Domain-0. `@backenddomain`.
    public var backendDomain: String?
    /// Whether the backend allocates the buffers. `@beAlloc`.
    public var backendAllocates: Bool
    /// At least one. `connector`.
    public var connectors: [Connector]
    public var handle: DeviceHandle

    /// A display with these connectors.
    public init(connectors: [Connector], backendDomain: String? = nil, alias: DeviceAlias? = nil) {
        self.connectors = connectors
        self.backendDomain = backendDomain
        handle = DeviceHandle(alias: alias)
        backendAllocates = false
    }

    /// One screen. `connector/@id`, `@width`, `@height`, in pixels.
    public struct Connector: Hashable, Sendable {
        public var id: String
        public var width: UInt32
        public var height: UInt32

        /// The screen `id` of this size.
        public init(id: String, width: UInt32, height: UInt32) {
            self.id = id
            self.width = width
            self.height = height
        }
    }
}

extension VirtualDisplay: DeviceModel {
    public static var classes: [DeviceClass] { [.vdispl] }
    public static var hasAddress: Bool { false }
    public var asDevice: Device { .vdispl(self) }
    public var familiarName: String { connectors.first?.id ?? "vdispl" }
    public var server: String? { backendDomain }
}

/// Xen's paravirtual sound card. Source: `/domain/devices/xenkeeper:vsnd`.
public struct VirtualSound: Hashable, Sendable {
    /// The name of the domain that serves it; nil is Domain-0. `@backenddomain`.
    public var backendDomain: String?
    /// `@shortName`.
    public var shortName: String?
    /// `@longName`.
    public var longName: String?
    /// What every stream can do, unless it says otherwise.
    public var parameters: SoundParameters
    /// In document order. `pcm`.
    public var pcms: [PCM]
    public var handle: DeviceHandle

    /// A card that plays and records nothing.
    public init(backendDomain: String? = nil, shortName: String? = nil, alias: DeviceAlias? = nil) {
        self.backendDomain = backendDomain
        self.shortName = shortName
        handle = DeviceHandle(alias: alias)
        parameters = SoundParameters()
        pcms = []
    }

    /// One device of the card. `pcm`.
    public struct PCM: Hashable, Sendable {
        /// `@name`.
        public var name: String?
        public var parameters: SoundParameters
        /// In document order. `stream`.
        public var streams: [Stream]

        /// A device without streams.
        public init(name: String?) {
            self.name = name
            parameters = SoundParameters()
            streams = []
        }
    }

    /// One stream of a device. `stream`.
    public struct Stream: Hashable, Sendable {
        /// `@id`; nil lets libxl choose.
        public var id: String?
        /// `@type`.
        public var direction: SoundDirection
        public var parameters: SoundParameters

        /// A stream that goes this way.
        public init(id: String?, direction: SoundDirection) {
            self.id = id
            self.direction = direction
            parameters = SoundParameters()
        }
    }
}

extension VirtualSound: DeviceModel {
    public static var classes: [DeviceClass] { [.vsnd] }
    public static var hasAddress: Bool { false }
    public var asDevice: Device { .vsnd(self) }
    public var familiarName: String { shortName ?? "vsnd" }
    public var server: String? { backendDomain }
}

/// What a stream can do; each that is not said is left to libxl. Source: libxl's `libxl_vsnd_params`.
public struct SoundParameters: Hashable, Sendable {
    /// In Hz. `@sampleRates`, numbers joined by commas.
    public var sampleRates: [UInt32]
    /// libxl's words, such as `s16_le`. `@sampleFormats`, joined by commas.
    public var sampleFormats: [String]
    /// `@channelsMin`.
    public var channelsMin: UInt32?
    /// `@channelsMax`.
    public var channelsMax: UInt32?
    /// In bytes. `@bufferSize`.
    public var bufferSize: UInt32?

    /// Nothing said.
    public init() {
        sampleRates = []
        sampleFormats = []
    }
}
