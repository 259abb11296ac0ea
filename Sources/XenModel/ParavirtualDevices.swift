package import XenUnits

/// Xen's virtual TPM. Source: `/domain/devices/xenkeeper:vtpm`.
package struct VirtualTPM: Hashable, Sendable {
    /// The name of the domain that serves it. `@backenddomain`.
    package var backendDomain: String
    /// Which of that domain's it is; nil draws one. `@uuid`.
    package var uuid: DomainUUID?
    package var handle: DeviceHandle

    /// A TPM that `backendDomain` serves.
    package init(backendDomain: String, uuid: DomainUUID? = nil, alias: DeviceAlias? = nil) {
        self.backendDomain = backendDomain
        self.uuid = uuid
        handle = DeviceHandle(alias: alias)
    }
}

extension VirtualTPM: DeviceModel {
    package static var classes: [DeviceClass] { [.vtpm] }
    package static var hasAddress: Bool { false }
    package var asDevice: Device { .vtpm(self) }
    package var familiarName: String { uuid?.description ?? backendDomain }
    package var server: String? { backendDomain }
    package var uniquePlace: DevicePlace? { uuid.map(DevicePlace.tpm) }
}

/// Xen's paravirtual display. Source: `/domain/devices/xenkeeper:vdispl`.
package struct VirtualDisplay: Hashable, Sendable {
    /// The name of the domain that serves it; nil is Domain-0. `@backenddomain`.
    package var backendDomain: String?
    /// Whether the backend allocates the buffers. `@beAlloc`.
    package var backendAllocates: Bool
    /// At least one. `connector`.
    package var connectors: [Connector]
    package var handle: DeviceHandle

    /// A display with these connectors.
    package init(connectors: [Connector], backendDomain: String? = nil, alias: DeviceAlias? = nil) {
        self.connectors = connectors
        self.backendDomain = backendDomain
        handle = DeviceHandle(alias: alias)
        backendAllocates = false
    }

    /// One screen. `connector/@id`, `@width`, `@height`, in pixels.
    package struct Connector: Hashable, Sendable {
        package var id: String
        package var width: UInt32
        package var height: UInt32

        /// The screen `id` of this size.
        package init(id: String, width: UInt32, height: UInt32) {
            self.id = id
            self.width = width
            self.height = height
        }
    }
}

extension VirtualDisplay: DeviceModel {
    package static var classes: [DeviceClass] { [.vdispl] }
    package static var hasAddress: Bool { false }
    package var asDevice: Device { .vdispl(self) }
    package var familiarName: String { connectors.first?.id ?? "vdispl" }
    package var server: String? { backendDomain }
}

/// Xen's paravirtual sound card. Source: `/domain/devices/xenkeeper:vsnd`.
package struct VirtualSound: Hashable, Sendable {
    /// The name of the domain that serves it; nil is Domain-0. `@backenddomain`.
    package var backendDomain: String?
    /// `@shortName`.
    package var shortName: String?
    /// `@longName`.
    package var longName: String?
    /// What every stream can do, unless it says otherwise.
    package var parameters: SoundParameters
    /// In document order. `pcm`.
    package var pcms: [PCM]
    package var handle: DeviceHandle

    /// A card that plays and records nothing.
    package init(backendDomain: String? = nil, shortName: String? = nil, alias: DeviceAlias? = nil) {
        self.backendDomain = backendDomain
        self.shortName = shortName
        handle = DeviceHandle(alias: alias)
        parameters = SoundParameters()
        pcms = []
    }

    /// One device of the card. `pcm`.
    package struct PCM: Hashable, Sendable {
        /// `@name`.
        package var name: String?
        package var parameters: SoundParameters
        /// In document order. `stream`.
        package var streams: [Stream]

        /// A device without streams.
        package init(name: String?) {
            self.name = name
            parameters = SoundParameters()
            streams = []
        }
    }

    /// One stream of a device. `stream`.
    package struct Stream: Hashable, Sendable {
        /// `@id`; nil lets libxl choose.
        package var id: String?
        /// `@type`.
        package var direction: SoundDirection
        package var parameters: SoundParameters

        /// A stream that goes this way.
        package init(id: String?, direction: SoundDirection) {
            self.id = id
            self.direction = direction
            parameters = SoundParameters()
        }
    }
}

extension VirtualSound: DeviceModel {
    package static var classes: [DeviceClass] { [.vsnd] }
    package static var hasAddress: Bool { false }
    package var asDevice: Device { .vsnd(self) }
    package var familiarName: String { shortName ?? "vsnd" }
    package var server: String? { backendDomain }
}

/// What a stream can do; each that is not said is left to libxl. Source: libxl's `libxl_vsnd_params`.
package struct SoundParameters: Hashable, Sendable {
    /// In Hz. `@sampleRates`, numbers joined by commas.
    package var sampleRates: [UInt32]
    /// libxl's words, such as `s16_le`. `@sampleFormats`, joined by commas.
    package var sampleFormats: [String]
    /// `@channelsMin`.
    package var channelsMin: UInt32?
    /// `@channelsMax`.
    package var channelsMax: UInt32?
    /// In bytes. `@bufferSize`.
    package var bufferSize: UInt32?

    /// Nothing said.
    package init() {
        sampleRates = []
        sampleFormats = []
    }
}
