import LibxlAPI
import LibxlFake
import LibxlHost
import Logging
import SystemPackage
import XenCommands
import XenDriver
import XenUnits

/// Opens the host behind a connection.
struct HostOpener {
    let environment: [String: String]
    let clock: any HostClock

    /// A driver on the host of `connection`. The fake host lies in `xen` below the connection's directory, beside the
    /// driver's `etc`, `run` and `var`.
    func driver(on connection: Connection, logger: Logger) throws(ConnectionError) -> Driver {
        var settings = DriverSettings()
        switch connection {
        case .xenSystem:
            let root = try connection.root(environment: environment)
            let host = try realHost(logger: logger)
            return Driver(host: host, root: root, settings: settings, clock: clock, steps: .none, logger: logger)
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
            let host = XenHost(libxl: fake, xenstore: fake, network: fake, usb: fake)
            return Driver(host: host, root: root, settings: settings, clock: clock, steps: steps, logger: logger)
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
                libxl: libxl, xenstore: HostXenstore(shim, clock: clock), network: KernelNetwork(), usb: KernelUSB())
        } catch {
            throw refuse(Self.noHost + " (\(error))")
        }
    }

    private static let noHost =
        "this is not the control domain of a Xen host, or you are not root in it; test:///default is a host that is built in"
}
