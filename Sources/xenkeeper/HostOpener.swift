import LibxlFake
import Logging
import SystemPackage
import XenCommands
import XenDriver
import XenUnits

/// Opens the host behind a connection.
struct HostOpener {
    let environment: [String: String]

    /// A driver on the host of `connection`. The fake host lies in `xen` below the connection's folder, beside the
    /// driver's `etc`, `run` and `var`.
    func driver(
        on connection: Connection, settings: DriverSettings, logger: Logger
    ) throws(ConnectionError) -> Driver {
        switch connection {
        case .xenSystem:
            throw .builtWithoutXen
        case .testDefault, .testFolder:
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
                fake = try FakeXenHost(folder: root.appending("xen"), steps: steps)
            } catch {
                throw .host(reason: error.description)
            }
            var settings = settings
            if let limit = faults.scriptLimit { settings.scriptLimit = limit }
            let host = XenHost(libxl: fake, xenstore: fake, network: fake)
            return Driver(host: host, root: root, settings: settings, steps: steps, logger: logger)
        }
    }
}
