import ArgumentParser

/// The program: global options, and a verb.
struct Xenkeeper: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xenkeeper",
        abstract: "Keep the guests of a Xen host, and plug their devices by alias.",
        discussion: """
            Domains are described by libvirt's domain XML; verbs, flags and tables are virsh's. A device is known by \
            the alias that its document gives it, such as <alias name='ua-lan'/>.

            Exit codes: 0 for success, 1 for a failure, 2 for a command line that makes no sense. Standard output has \
            nothing but the result.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Domain",
                subcommands: [
                    Define.self, Undefine.self, Start.self, Create.self, Suspend.self, Resume.self,
                    Shutdown.self, Reboot.self, Destroy.self, List.self, Dominfo.self, Domstate.self, Domid.self,
                    Domuuid.self, Dumpxml.self,
                ]),
            CommandGroup(
                name: "Device",
                subcommands: [
                    AttachDevice.self, AttachDisk.self, AttachInterface.self, DetachDevice.self,
                    DetachDeviceAlias.self, DetachDisk.self, DetachInterface.self, UpdateDevice.self,
                    Adopt.self, DomifSetlink.self, DeviceList.self, Domiflist.self, Domblklist.self,
                ]),
        ])

    /// What `--version` prints.
    static let version = "0.1.0"

    @OptionGroup(title: "Global options") var global: GlobalOptions
}
