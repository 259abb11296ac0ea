import Glibc
import XenCommands

#if Xen
import LibxlHost
#endif

StandardDescriptors.secure()
let environment = Environment.ofThisProcess()
let session = Session(
    console: Console(), environment: environment, isRootOnXenHost: XenControlDomain.isRootInOne
) { connection, settings, logger throws(ConnectionError) in
    try HostOpener(environment: environment).driver(on: connection, settings: settings, logger: logger)
}
let status = await XenkeeperCommandLine.run(Array(CommandLine.arguments.dropFirst()), in: session)
#if Xen
// What exit tears down is still in use by an operation that libxl would not end.
if HostLibxl.hasAbandonedOperations { _exit(status) }
#endif
exit(status)
