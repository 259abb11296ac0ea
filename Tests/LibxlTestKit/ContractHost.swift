import Glibc
package import LibxlAPI
import LibxlFake
import LibxlHost
package import XenUnits

/// A host under test, and what a test needs to know of it. Only domains that were made here are ever touched.
package struct ContractHost: Sendable {
    package let libxl: any Libxl
    package let xenstore: any Xenstore
    package let network: any HostNetwork
    /// A bridge that the host has.
    package let bridge: String
    /// Raw images that the host has, each of which one device at a time may have.
    package let images: [String]
    /// A time after which a guest that does not answer is still waited for.
    package let shortPatience: Duration
    /// The script of NICs with which nothing is to be shown of the stock one; nil is the stock one.
    private let quickScript: String?
    /// Makes the guest of a configuration one of this kind: by its kernel on a real host.
    private let prepare: @Sendable (GuestKind, inout LibxlDomainConfig) -> Void
    /// Where tests share their guests; nil where each has its own.
    private let lend: (@Sendable (GuestKind, @Sendable () async throws -> DomainID) async throws -> DomainID)?

    /// A bridge that no host has.
    package static let missingBridge = "xk-nobridge"
    /// A file that no host has.
    package static let missingFile = "/nonexistent/xenkeeper/image.raw"

    /// The two guests that every backend can offer.
    package enum GuestKind: String, CaseIterable, Sendable {
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
        shortPatience = .milliseconds(30)
        quickScript = nil
        lend = nil
        prepare = { kind, config in
            config.buildInfo.kernel = "/boot/vmlinuz"
            switch kind {
            case .coOperating: fake.setGuest(.coOperating, for: config.createInfo.name)
            case .neverConnects: fake.setGuest(.dead, for: config.createInfo.name)
            }
        }
    }

    /// The Xen of this machine, with the files of the directory `lab`.
    init(lab: String, guests: SharedGuests) throws {
        let shim = try ShimLibrary(besideProgramIn: lab).load(getenv(ShimLibrary.variable).map { String(cString: $0) })
        libxl = try HostLibxl(shim, clock: SystemClock())
        xenstore = HostXenstore(shim, clock: SystemClock())
        network = KernelNetwork()
        bridge = "xenbr0"
        images = ["a.raw", "b.raw", "c.raw"].map { "\(lab)/\($0)" }
        shortPatience = .seconds(5)
        quickScript = "\(lab)/vif-plain"
        lend = { kind, make in try await guests.guest(kind, make: make) }
        prepare = { kind, config in
            config.buildInfo.kernel = "\(lab)/vmlinuz"
            config.buildInfo.cmdline = "console=hvc0 loglevel=3"
            switch kind {
            case .coOperating: config.buildInfo.ramdisk = "\(lab)/guest.gz"
            case .neverConnects: config.buildInfo.ramdisk = "\(lab)/mute.gz"
            }
        }
    }

    /// A deadline that no operation of a healthy host reaches, however busy the machine is.
    package var deadline: ContinuousClock.Instant { .now + .seconds(3600) }

    /// A small paravirtual guest without devices, with a name and a uuid of its own.
    package func config(_ kind: GuestKind = .coOperating) -> LibxlDomainConfig {
        let uuid = DomainUUID.random()
        var config = LibxlDomainConfig(
            createInfo: LibxlDomainCreateInfo(type: .pv, name: "xk-test-\(uuid)", uuid: uuid),
            buildInfo: LibxlDomainBuildInfo(
                maxVCPUs: 1, availableVCPUs: [0], maxMemory: Kibibytes(131_072), targetMemory: Kibibytes(131_072)))
        prepare(kind, &config)
        return config
    }

    /// Runs `body` with a new domain that is still paused, and destroys the domain whatever comes of it.
    package func withNewDomain<Value>(
        _ config: LibxlDomainConfig, _ body: (DomainID) async throws -> Value
    ) async throws -> Value {
        let domid = try await libxl.createDomain(config, deadline: deadline)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(domid))
        } catch {
            result = .failure(error)
        }
        do throws(LibxlError) {
            try await libxl.destroyDomain(domid, deadline: deadline)
        } catch {
            // Gone already is as good.
            if error.code != .domainNotFound { throw error }
        }
        return try result.get()
    }

    /// Runs `body` with a guest of this kind that nobody else has, so that it may end; destroys it whatever comes of it.
    package func withOwnGuest<Value>(
        _ kind: GuestKind = .coOperating, _ body: (DomainID) async throws -> Value
    ) async throws -> Value {
        try await withNewDomain(config(kind)) { domid in
            try await libxl.unpauseDomain(domid, deadline: deadline)
            return try await body(domid)
        }
    }

    /// Runs `body` with a guest of this kind that runs and has no devices. Where building one is slow it is not
    /// destroyed but kept for the next test, without the devices that this one leaves behind.
    ///
    /// Nothing is to be shown there of what its drivers do. These are taken by surprise when a device is destroyed and
    /// another comes under its number at once: a slow guest's may then wait for the old one for ever.
    package func withGuest<Value>(
        _ kind: GuestKind = .coOperating, _ body: (DomainID) async throws -> Value
    ) async throws -> Value {
        guard let lend else {
            return try await withOwnGuest(kind, body)
        }
        let domid = try await lend(kind) {
            let domid = try await libxl.createDomain(config(kind), deadline: deadline)
            try await libxl.unpauseDomain(domid, deadline: deadline)
            return domid
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(domid))
        } catch {
            result = .failure(error)
        }
        for nic in try await libxl.listDevices(.nic, of: domid).compactMap(\.nic) {
            try await libxl.destroyDevice(.nic(nic), of: domid, deadline: deadline)
        }
        for disk in try await libxl.listDevices(.disk, of: domid).compactMap(\.disk) {
            try await libxl.destroyDevice(.disk(disk), of: domid, deadline: deadline)
        }
        return try result.get()
    }

    /// A NIC on the host's bridge.
    package func nic(_ devid: Int32, mac: MACAddress = .random()) -> LibxlDeviceNIC {
        var nic = stockNIC(devid, mac: mac)
        nic.script = quickScript
        return nic
    }

    /// A NIC on the host's bridge whose script is libxl's own, which is slow on a real host.
    package func stockNIC(_ devid: Int32, mac: MACAddress = .random()) -> LibxlDeviceNIC {
        var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: devid), mac: mac, nictype: .vif)
        nic.bridge = bridge
        return nic
    }

    /// A raw disk of the host's images.
    package func disk(_ vdev: String, image: Int = 0) -> LibxlDeviceDisk {
        LibxlDeviceDisk(vdev: vdev, pdevPath: images[image], format: .raw)
    }

    /// The backend of a device by libxl's own record; nil if libxl has none.
    package func backend(of identity: DeviceIdentity, in domid: DomainID) async throws -> XenstoreBackendPath? {
        try await xenstore.read(.libxlDevice(identity, of: domid).appending("backend"))
            .flatMap(XenstoreBackendPath.init)
    }

    /// Whether the guest comes to use a device.
    package func connects(_ identity: DeviceIdentity, in domid: DomainID) async throws -> Bool {
        let state = XenstorePath.frontend(identity, of: domid).appending("state")
        return try await eventually { try await xenstore.read(state) == "\(XenbusState.connected.rawValue)" }
    }

    /// Whether `condition` comes true before a healthy host would have given up.
    package func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await condition()
    }
}
