import XenModel
import XenUnits

/// Something that a device of a definition may say, and the device without it.
struct DeviceProbe: Sendable {
    /// Its path below the device.
    let part: String
    /// The types of guest that it means something to; said of any other it has no effect, and that is a notice.
    var guests = GuestType.every
    let isSaid: @Sendable (Device) -> Bool
    /// Takes it out, or puts something else in its place where there always is something.
    let takeOut: @Sendable (inout Device) -> Void

    static let all: [DeviceProbe] = handles + disks + cards + displays + hostDevices + others

    private static var handles: [DeviceProbe] {
        [
            DeviceProbe(part: "alias", isSaid: { $0.alias != nil }, takeOut: { $0.alias = nil }),
            DeviceProbe(part: "address", isSaid: { $0.address != nil }, takeOut: { $0.address = nil }),
        ]
    }

    private static var disks: [DeviceProbe] {
        let of = Kind<Disk>(get: { if case .disk(let disk) = $0 { disk } else { nil } }, make: Device.disk)
        return [
            of.always("@device") { $0.device = $0.device == .disk ? .cdrom : .disk },
            of.when("source", { $0.source.path != nil }) { $0.source.path? += "x" },
            of.when("source", { $0.source.network != nil }) { $0.source.network?.name? += "x" },
            of.always("target/@dev") { $0.target = $0.target == "xvdz" ? "xvdy" : "xvdz" },
            of.optional("target/@bus", \.bus), of.optional("driver/@name", \.driverName),
            of.optional("driver/@type", \.driverType), of.optional("driver/@discard", \.discard),
            of.flag("readonly", \.isReadOnly), of.flag("shareable", \.isShareable),
            of.optional("backenddomain/@name", \.backendDomain), of.optional("xenkeeper:script/@path", \.script),
            of.optional("xenkeeper:options/@directIOSafe", \.directIOSafe),
            of.optional("xenkeeper:options/@removable", \.removable),
            of.when("xenkeeper:options/@authentication", { $0.source.network?.authenticatesAsConfigured == true }) {
                $0.source.network?.authenticatesAsConfigured = false
            },
            of.optional("boot/@order", \.bootOrder, for: GuestType.hvmAlone),
        ]
    }

    private static var cards: [DeviceProbe] {
        let of = Kind<Interface>(
            get: { if case .interface(let interface) = $0 { interface } else { nil } }, make: Device.interface)
        return [
            of.when("source/@bridge", { $0.source.kind == .bridge }) {
                $0.source = .bridge("\($0.source.bridge ?? "")x")
            },
            of.when("source/@network", { $0.source.kind == .network }) { $0.source = .network("x") },
            of.when("source/address", { $0.source.kind == .hostdev }) { card in
                if case .hostdev(var device) = card.source {
                    device.address = device.address.another
                    card.source = .hostdev(device)
                }
            },
            of.when("mac/@address", { $0.source.kind != .hostdev }) { $0.mac = MACAddress(bits: $0.mac.bits ^ 1) },
            of.optional("target/@dev", \.target), of.optional("model/@type", \.model),
            of.optional("script/@path", \.script), of.list("ip", \.ipAddresses),
            of.optional("backenddomain/@name", \.backendDomain),
            of.optional("bandwidth/outbound/@average", \.outboundAverage), of.optional("mtu/@size", \.mtu),
            of.optional("link/@state", \.link),
            of.when("virtualport/@type", { $0.virtualPort != nil }) {
                // A tag is nothing without it.
                $0.virtualPort = nil
                $0.vlan = nil
            },
            of.optional("vlan", \.vlan), of.optional("xenkeeper:gateway/@dev", \.gatewayDevice),
            of.optional("boot/@order", \.bootOrder, for: GuestType.hvmAlone),
        ]
    }

    private static var displays: [DeviceProbe] {
        let of = Kind<Graphics>(
            get: { if case .graphics(let graphics) = $0 { graphics } else { nil } }, make: Device.graphics)
        let video = Kind<Video>(get: { if case .video(let video) = $0 { video } else { nil } }, make: Device.video)
        return [
            of.optional("xenkeeper:vnc/@firstPort", \.firstPort), of.optional("@port", \.port),
            of.flag("@autoport", \.autoport), of.list("listen", \.listens),
            of.optional("@passwd", \.password), of.optional("@keymap", \.keymap), of.optional("@display", \.display),
            of.optional("@xauth", \.xauth), of.optional("gl/@enable", \.opengl),
            of.optional("@tlsPort", \.spice.tlsPort), of.optional("mouse/@mode", \.spice.agentMouse),
            of.optional("clipboard/@copypaste", \.spice.copyPaste),
            of.optional("image/@compression", \.spice.imageCompression),
            of.optional("streaming/@mode", \.spice.streaming),
            of.optional("xenkeeper:spice/@usbRedirection", \.spice.usbRedirection),
            video.always("model/@type") { $0.model = $0.model == .none ? .vga : .none },
            video.optional("model/@vram", \.vram), video.optional("model/@heads", \.heads),
            video.optional("model/@primary", \.isPrimary),
        ]
    }

    private static var hostDevices: [DeviceProbe] {
        let of = Kind<HostDevice>(
            get: { if case .hostdev(let device) = $0 { device } else { nil } }, make: Device.hostdev)
        func pci(_ part: String, _ member: any WritableKeyPath<HostPCIDevice, Bool?> & Sendable) -> DeviceProbe {
            of.when(part, { $0.pci?[keyPath: member] != nil }) { $0.pci?[keyPath: member] = nil }
        }
        return [
            of.when("source/address", { $0.pci != nil }) { device in
                if let address = device.pci?.address { device.pci?.address = address.another }
            },
            of.when("source/address", { $0.usb?.place != nil }) { $0.usb?.place?.device ^= 1 },
            of.when("source/vendor", { $0.usb?.make != nil && $0.usb?.place != nil }) { $0.usb?.make = nil },
            of.when("@managed", \.isManaged) { $0.isManaged = false },
            pci("source/@writeFiltering", \.permissive), pci("xenkeeper:pci/@msiTranslate", \.msiTranslate),
            pci("xenkeeper:pci/@powerManagement", \.powerManagement), pci("xenkeeper:pci/@seize", \.seize),
            of.when("xenkeeper:pci/@rdmPolicy", { $0.pci?.rdmPolicy != nil }) { $0.pci?.rdmPolicy = nil },
        ]
    }

    private static var others: [DeviceProbe] {
        let controller = Kind<Controller>(
            get: { if case .controller(let device) = $0 { device } else { nil } }, make: Device.controller)
        let folder = Kind<Filesystem>(
            get: { if case .filesystem(let device) = $0 { device } else { nil } }, make: Device.filesystem)
        let tpm = Kind<VirtualTPM>(get: { if case .vtpm(let device) = $0 { device } else { nil } }, make: Device.vtpm)
        let display = Kind<VirtualDisplay>(
            get: { if case .vdispl(let device) = $0 { device } else { nil } }, make: Device.vdispl)
        let sound = Kind<VirtualSound>(
            get: { if case .vsnd(let device) = $0 { device } else { nil } }, make: Device.vsnd)
        let port = Kind<CharacterDevice>(
            get: { if case .character(let device) = $0 { device } else { nil } }, make: Device.character)
        return [
            controller.when("@index", { $0.type == .usb }) { $0.index += 1 },
            controller.optional("xenkeeper:usb/@type", \.usbType),
            controller.optional("xenkeeper:usb/@version", \.usbVersion),
            controller.optional("@model", \.model), controller.optional("@ports", \.ports),
            controller.optional("@maxGrantFrames", \.maxGrantFrames),
            controller.optional("@maxEventChannels", \.maxEventChannels),
            controller.optional("xenkeeper:backenddomain/@name", \.backendDomain),
            folder.always("source/@dir") { $0.source += "x" }, folder.always("target/@dir") { $0.target += "x" },
            folder.optional("@accessmode", \.accessMode),
            folder.optional("xenkeeper:backenddomain/@name", \.backendDomain),
            tpm.always("@backenddomain") { $0.backendDomain += "x" }, tpm.optional("@uuid", \.uuid),
            display.optional("@backenddomain", \.backendDomain), display.flag("@beAlloc", \.backendAllocates),
            display.list("connector", \.connectors),
            sound.optional("@backenddomain", \.backendDomain), sound.optional("@shortName", \.shortName),
            sound.optional("@longName", \.longName), sound.list("@sampleRates", \.parameters.sampleRates),
            sound.list("@sampleFormats", \.parameters.sampleFormats),
            sound.optional("@channelsMin", \.parameters.channelsMin),
            sound.optional("@channelsMax", \.parameters.channelsMax),
            sound.optional("@bufferSize", \.parameters.bufferSize), sound.list("pcm", \.pcms),
            port.always("@type") {
                $0.backend = $0.backend.kind == .pty ? .unix(UnixEndpoint(path: "/")) : .pty(path: nil)
            },
            port.when("target/@name", { $0.channelName != nil }) {
                $0.kind = .channel(name: "\($0.channelName ?? "")x")
            },
        ]
    }

    /// The devices of one kind, and how parts of theirs are taken out.
    private struct Kind<Value: Sendable>: Sendable {
        let get: @Sendable (Device) -> Value?
        let make: @Sendable (Value) -> Device

        typealias Member<Part> = WritableKeyPath<Value, Part> & Sendable

        func when(
            _ part: String, for guests: [GuestType] = GuestType.every, _ isSaid: @escaping @Sendable (Value) -> Bool,
            _ change: @escaping @Sendable (inout Value) -> Void
        ) -> DeviceProbe {
            DeviceProbe(
                part: part, guests: guests, isSaid: { get($0).map(isSaid) ?? false },
                takeOut: { device in
                    guard var value = get(device) else { return }
                    change(&value)
                    device = make(value)
                })
        }

        func always(_ part: String, _ change: @escaping @Sendable (inout Value) -> Void) -> DeviceProbe {
            when(part, { _ in true }, change)
        }

        func optional<Part>(
            _ part: String, _ member: any Member<Part?>, for guests: [GuestType] = GuestType.every
        ) -> DeviceProbe {
            when(part, for: guests, { $0[keyPath: member] != nil }) { $0[keyPath: member] = nil }
        }

        func list<Part>(_ part: String, _ member: any Member<[Part]>) -> DeviceProbe {
            when(part, { !$0[keyPath: member].isEmpty }) { $0[keyPath: member] = [] }
        }

        func flag(_ part: String, _ member: any Member<Bool>) -> DeviceProbe {
            when(part, { $0[keyPath: member] }) { $0[keyPath: member] = false }
        }
    }
}

extension HostDevice {
    fileprivate var pci: HostPCIDevice? {
        get { if case .pci(let device) = source { device } else { nil } }
        set { if let newValue { source = .pci(newValue) } }
    }

    fileprivate var usb: HostUSBDevice? {
        get { if case .usb(let device) = source { device } else { nil } }
        set { if let newValue { source = .usb(newValue) } }
    }
}

extension CharacterDevice {
    fileprivate var channelName: String? {
        if case .channel(let name) = kind { name } else { nil }
    }
}

extension PCIAddress {
    /// Some other place.
    fileprivate var another: PCIAddress {
        PCIAddress(domain: domain ^ 1, bus: bus ^ 1, slot: slot ^ 1, function: function ^ 1) ?? self
    }
}
