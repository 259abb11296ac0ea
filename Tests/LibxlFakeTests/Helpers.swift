import Foundation
import LibxlAPI
import LibxlFake
import SystemPackage
import XenUnits

/// A directory that goes with the value's last owner.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("\(NSTemporaryDirectory())/xenkeeper-fake-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path.appending(name).string, atomically: true, encoding: .utf8)
    }

    func text(of name: String) throws -> String {
        try String(contentsOfFile: path.appending(name).string, encoding: .utf8)
    }
}

extension ContinuousClock.Instant {
    /// A deadline that no healthy operation reaches, however busy the machine is.
    static var far: Self { .now + .seconds(3600) }
}

/// A configuration whose limits pass quickly.
func quick(_ change: (inout FakeXenConfiguration) -> Void = { _ in }) -> FakeXenConfiguration {
    var configuration = FakeXenConfiguration()
    configuration.frontendTimeout = .milliseconds(50)
    configuration.scriptTimeout = .milliseconds(80)
    configuration.controlTimeout = .milliseconds(50)
    change(&configuration)
    return configuration
}

func guest(_ name: String = "inn", type: GuestType = .pv) -> LibxlDomainConfig {
    var config = LibxlDomainConfig(
        createInfo: LibxlDomainCreateInfo(type: type, name: name, uuid: .random()),
        buildInfo: LibxlDomainBuildInfo(
            maxVCPUs: 2, availableVCPUs: [0], maxMemory: Kibibytes(131_072), targetMemory: Kibibytes(65_536)))
    // libxl ends the process that makes a pvh guest without one.
    if type == .pvh { config.buildInfo.kernel = "/boot/vmlinuz" }
    return config
}

func nic(_ devid: Int32 = 0) -> LibxlDeviceNIC {
    var nic = LibxlDeviceNIC(devid: DeviceID(rawValue: devid), mac: .random(), nictype: .vif)
    nic.bridge = "xenbr0"
    return nic
}

func disk(_ vdev: String = "xvda", backend: DiskBackend = .phy) -> LibxlDeviceDisk {
    var disk = LibxlDeviceDisk(vdev: vdev, pdevPath: "/images/\(vdev)", format: .raw)
    disk.backend = backend
    return disk
}

extension DeviceIdentity {
    static let nic0 = DeviceIdentity.nic(devid: DeviceID(rawValue: 0))
    static let xvda = DeviceIdentity.disk(vdev: BlockDeviceNumber(rawValue: 51712))
}

extension FakeXenHost {
    /// A domain that runs.
    func start(_ config: LibxlDomainConfig = guest()) async throws -> DomainID {
        let domid = try await createDomain(config, deadline: .far)
        try await unpauseDomain(domid, deadline: .far)
        return domid
    }

    /// A node's value in the snapshot.
    func node(_ path: String) -> String? {
        snapshot().xenstore[path]
    }

    /// Whether `condition` comes true in reasonable time.
    func eventually(_ condition: (FakeXenState) -> Bool) async throws -> Bool {
        for _ in 1...3000 {
            if condition(snapshot()) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

/// What an operation failed with; nil if it did not.
func failure(_ body: () async throws -> Void) async -> LibxlError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? LibxlError
    }
}
