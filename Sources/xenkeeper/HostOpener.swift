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
            let steps: StepHook
            let fake: FakeXenHost
            do throws(FaultSettingError) {
                steps = try FaultSettings(environment: environment).hook()
            } catch {
                throw .host(reason: error.description)
            }
            do throws(FakeXenError) {
                fake = try FakeXenHost(folder: root.appending("xen"), steps: steps)
            } catch {
                throw .host(reason: error.description)
            }
            let host = XenHost(libxl: fake, xenstore: fake, network: fake)
            return Driver(host: host, root: root, settings: settings, steps: steps, logger: logger)
        }
    }
}
