import LibxlAPI
package import LibxlFake
import LibxlHost
package import Logging
import SystemPackage
package import XenCommands
package import XenDriver
package import XenUnits

/// A host behind a connection, opened.
package struct OpenedHost: Sendable {
    package let driver: Driver
    /// The host itself, if it is a fake one.
    package let fake: FakeXenHost?
    /// What names the boot of its kernel; nil where that cannot be read.
    package let boot: String?
}

/// Opens the host behind a connection.
package struct HostOpener: Sendable {
    let environment: [String: String]
    let clock: any HostClock

    /// An opener that goes by these variables and this clock.
    package init(environment: [String: String], clock: any HostClock) {
        self.environment = environment
        self.clock = clock
    }

    /// What the hypervisor of `connection` calls its version; nil where the kernel does not say. A fake host does what
    /// Xen 4.17 does. Source: `sysfs-hypervisor-xen` of Linux's ABI.
    package static func hypervisorVersion(of connection: Connection) -> String? {
        guard connection == .xenSystem else { return "4.17.0" }
        func read(_ name: String) -> Substring? {
            guard let bytes = try? RegularFile.read("/sys/hypervisor/version/\(name)", atMost: 4096) else { return nil }
            return String(decoding: bytes, as: UTF8.self).prefix { !$0.isWhitespace }
        }
        guard let major = read("major"), let minor = read("minor"), !major.isEmpty, !minor.isEmpty else { return nil }
        let extra = read("extra") ?? ""
        return "\(major).\(minor)" + (extra.first == "." ? String(extra) : ".0\(extra)")
    }

    /// The host of `connection`, with a driver on it. A fake host lies in `xen` below the connection's directory, beside the
    /// driver's `etc`, `run` and `var`.
    package func open(_ connection: Connection, logger: Logger) throws(ConnectionError) -> OpenedHost {
        var settings = DriverSettings()
        switch connection {
        case .xenSystem:
            let root = try connection.root(environment: environment)
            let host = try realHost(logger: logger)
            return OpenedHost(
                driver: Driver(
                    host: host, root: root, settings: settings, clock: clock, steps: .none, logger: logger),
                fake: nil, boot: Self.bootOfThisMachine)
        case .testDefault, .testDirectory:
            let root = try connection.root(environment: environment)
            let faults: FaultSettings
            let steps: StepHook
            let fake: FakeXenHost
            do throws(FaultSettingError) {
                faults = try FaultSettings(environment: environment)
                steps = try faults.hook()
            } catch {
                throw .host(reason: error.description)
            }
            do throws(FakeXenError) {
                fake = try FakeXenHost(directory: root.appending("xen"), clock: clock, steps: steps)
            } catch {
                throw .host(reason: error.description)
            }
            if let limit = faults.scriptLimit { settings.scriptLimit = limit }
            let host = XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake, processes: fake)
            return OpenedHost(
                driver: Driver(
                    host: host, root: root, settings: settings, clock: clock, steps: steps, logger: logger),
                fake: fake, boot: fake.boot)
        }
    }

    /// Source: random(4).
    private static var bootOfThisMachine: String? {
        do throws(RegularFileError) {
            return try RegularFile.read("/proc/sys/kernel/random/boot_id", atMost: 4096).map {
                String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
            }
        } catch {
            return nil
        }
    }

    /// The Xen of this machine.
    private func realHost(logger: Logger) throws(ConnectionError) -> XenHost {
        func refuse(_ reason: String) -> ConnectionError { .host(reason: "xen:///system: \(reason)") }
        let shim: Shim
        do throws(ShimError) {
            shim = try ShimLibrary(besideProgramIn: Environment.programDirectory)
                .load(environment[ShimLibrary.variable])
        } catch {
            guard case .noXen = error else { throw refuse("\(error)") }
            throw refuse(Self.noHost + " (\(error))")
        }
        do throws(LibxlError) {
            let libxl = try HostLibxl(shim, clock: clock) { call, took in
                logger.debug("\(call) took \(took / .milliseconds(1)) ms")
            }
            return XenHost(
                libxl: libxl, xenstore: HostXenstore(shim, clock: clock), network: KernelNetwork(), usb: KernelUSB(),
                processes: KernelProcesses())
        } catch {
            throw refuse(Self.noHost + " (\(error))")
        }
    }

    private static let noHost =
        "this is not the control domain of a Xen host, or you are not root in it; test:///default is a host that is built in"
}
