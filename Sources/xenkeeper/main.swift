import FoundationEssentials
import Glibc
import XenCommands

StandardDescriptors.secure()
let environment = ProcessInfo.processInfo.environment
let session = Session(
    console: Console(), environment: environment, isRootOnXenHost: XenControlDomain.isRootInOne
) { connection, settings, logger throws(ConnectionError) in
    try HostOpener(environment: environment).driver(on: connection, settings: settings, logger: logger)
}
exit(await XenkeeperCommandLine.run(Array(CommandLine.arguments.dropFirst()), in: session))
