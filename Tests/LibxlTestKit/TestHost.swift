public import LibxlAPI
import LibxlFake
public import XenUnits

/// A host under test, and what a test needs to know of it. Only domains that were made here are ever touched.
public struct TestHost: Sendable {
    public let libxl: any Libxl
    public let xenstore: any Xenstore
    public let network: any HostNetwork
    /// A bridge that the host has.
    public let bridge: String
    /// Raw images that the host has, each of which a test may plug once.
    public let images: [String]
    /// Makes the guest of a configuration one of this kind: by its kernel on a real host.
    private let prepare: @Sendable (GuestKind, inout LibxlDomainConfig) -> Void

    /// A bridge that no host has.
    public static let missingBridge = "xk-nobridge"
    /// A file that no host has.
    public static let missingFile = "/nonexistent/xenkeeper/image.raw"

    /// The two guests that every backend can offer.
    public enum GuestKind: String, CaseIterable, Sendable {
        /// Has drivers, and answers when devices come and go.
        case coOperating
        /// Has no drivers: never connects and never lets go.
        case neverConnects
    }

    init(fake: FakeXenHost) {
        libxl = fake
        xenstore = fake
        network = fake
        bridge = "xenbr0"
        images = ["/var/lib/xen/images/a.raw", "/var/lib/xen/images/b.raw", "/var/lib/xen/images/c.raw"]
        prepare = { kind, config in
            config.buildInfo.kernel = "/boot/vmlinuz"
            switch kind {
            case .coOperating: fake.setGuest(.coOperating, for: config.createInfo.name)
            case .neverConnects: fake.setGuest(.dead, for: config.createInfo.name)
            }
        }
    }

    /// A deadline that no operation of a healthy host reaches, however busy the machine is.
    public var deadline: ContinuousClock.Instant { .now + .seconds(3600) }

    /// A small paravirtual guest without devices, with a name and a uuid of its own.
    public func config(_ kind: GuestKind = .coOperating) -> LibxlDomainConfig {
        let uuid = DomainUUID.random()
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(type: .pv, name: "xk-test-\(uuid)", uuid: uuid),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(65_536), targetMemory: Kibibytes(65_536)))
        prepare(kind, &config)
        return config
    }

    /// Runs `body` with a domain that runs, and destroys the domain whatever comes of it.
    public func withDomain<Value>(
        _ kind: GuestKind = .coOperating, configure: (inout LibxlDomainConfig) -> Void = { _ in },
        _ body: (DomainID) async throws -> Value
    ) async throws -> Value {
        var config = config(kind)
        configure(&config)
        let domid = try await libxl.createDomain(config, deadline: deadline)
        let result: Result<Value, any Error>
        do {
            try await libxl.unpauseDomain(domid, deadline: deadline)
            result = .success(try await body(domid))
        } catch {
            result = .failure(error)
        }
        // Gone already is as good.
        try? await libxl.destroyDomain(domid, deadline: deadline)
        return try result.get()
    }

    /// A NIC on the host's bridge.
    public func nic(_ devid: Int32, mac: MACAddress = .random()) -> LibxlDeviceNIC {
        var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: devid), mac: mac, nictype: .vif)
        nic.bridge = bridge
        return nic
    }

    /// A raw disk of the host's images.
    public func disk(_ vdev: String, image: Int = 0) -> LibxlDeviceDisk {
        LibxlDeviceDisk(vdev: vdev, pdevPath: images[image], format: .raw)
    }

    /// The backend of a device by libxl's own record; nil if libxl has none.
    public func backend(of identity: DeviceIdentity, in domid: DomainID) async throws -> XenstoreBackendPath? {
        try await xenstore.read(.libxlDevice(identity, of: domid).appending("backend"))
            .flatMap(XenstoreBackendPath.init)
    }

    /// Whether `condition` comes true before a healthy host would have given up.
    public func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(600)
        while ContinuousClock.now < end {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await condition()
    }
}
