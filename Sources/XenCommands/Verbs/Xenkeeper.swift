import ArgumentParser

/// The program: global options, and a verb.
struct Xenkeeper: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Keep the guests of a Xen host, and plug their devices by alias.",
        discussion: """
            Domains are described by libvirt's domain XML; verbs, flags and tables are virsh's. A device is known by \
            the alias that its document gives it, such as <alias name='ua-lan'/>.

            Exit codes: 0 for success, 1 for a failure, of which a command line that makes no sense is one. Standard \
            output has nothing but the result.
            """,
        version: version,
        groupedSubcommands: VerbName.Group.allCases.map { group in
            CommandGroup(
                name: group.rawValue, subcommands: VerbName.allCases.filter { $0.group == group }.map { $0.verb })
        })

    /// What the program is called.
    static let name = "xenkeeper"

    /// What `--version` prints.
    static let version = "0.1.0"

    @OptionGroup(title: "Global options") var global: GlobalOptions
}
