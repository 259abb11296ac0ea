import Glibc
import HostOpening
import LibxlHost
import XenCommands
import XenUnits

StandardDescriptors.secure()
let environment = Environment.ofThisProcess()
let clock = SystemClock()
let signals = EndingSignals()
let session = Session(
    console: Console(isTerminal: isatty(STDERR_FILENO) == 1), environment: environment,
    isRootOnXenHost: XenControlDomain.isRootInOne,
    clock: clock, endings: signals.endings, terminal: .ofThisProcess,
    hypervisorVersion: HostOpener.hypervisorVersion(of:),
    openFake: { connection throws(ConnectionError) in
        try HostOpener(environment: environment, clock: clock).fakeControls(of: connection)
    }
) { connection, logger throws(ConnectionError) in
    try HostOpener(environment: environment, clock: clock).open(connection, logger: logger).driver
}
// A command reads files before it asks the driver for anything, and what the fake host does is files alone.
let command = Task(executorPreference: FileThreads.shared) {
    await XenkeeperCommandLine.run(Array(CommandLine.arguments.dropFirst()), in: session)
}
signals.onFirst { command.cancel() }
let status = await command.value
// What exit tears down is still in use by an operation that libxl would not end.
if HostLibxl.hasAbandonedOperations { _exit(status) }
exit(status)
