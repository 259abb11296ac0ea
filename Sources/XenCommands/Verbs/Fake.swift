import ArgumentParser
import XenDriver
import XenUnits

/// `fake DOMAIN DEED`, `fake --host DEED`.
struct Fake: Verb {
    static let configuration = VerbName.fake.configuration(
        abstract: "Have a guest of a fake host, or somebody on that host, do something.",
        usage: """
            <domain> {crash | reboot | poweroff | watchdog | release | refuse | cooperate | balloon <KiB> | \
            device-model-death}, or \
            --host {reboot | destroy <domain> | attach-interface <domain> <mac> [<bridge>] | \
            detach-interface <domain> <mac>}
            """,
        discussion: """
            The domain's guest crashes, ends to be rebooted, powers off or is ended by its watchdog; lets go of the devices \
            that it was asked for; lets go of no device and heeds no request any more, or does so again; gives memory back; \
            loses its QEMU. With --host it is another toolstack that destroys a domain or plugs a NIC, or somebody who \
            pulls the host's plug. It is for trials of what goes on without a command, and refused on a real host.
            """)

    @Argument(help: ArgumentHelp("The domain and what its guest does, or what is done.", valueName: "word"))
    var words: [String] = []

    @Flag(name: .customLong("host"), help: "Somebody on the host does it, and no guest.")
    var isHosts = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let deed = try deed()
        let controls = try context.fakeControls()
        var domid: DomainID?
        if case .domain(let domain, _) = deed {
            let driver = try context.driver()
            domid = try await attempting(on: domain) { () throws(DriverError) in try await driver.domain(domain) }.domid
            guard domid != nil else { throw CommandFailure("domain '\(domain)' does not run") }
        }
        do throws(ConnectionError) {
            switch deed {
            case .rebootHost: try controls.rebootHost()
            case .domain(_, let deed): if let domid { try await controls.perform(deed, domid) }
            }
        } catch {
            throw CommandFailure("the fake host has not done it", error.description)
        }
        return Reply(.nothing)
    }

    private enum Request {
        case rebootHost
        case domain(DomainReference, FakeControls.Deed)
    }

    private func deed() throws -> Request {
        var rest = words[...]
        func word(_ name: String) throws -> String {
            guard let word = rest.popFirst() else { throw UsageError.missing(["<\(name)>"]) }
            return word
        }
        func mac() throws -> MACAddress {
            let text = try word("mac")
            guard let mac = MACAddress(text) else { throw ValidationError("'\(text)' is no MAC address") }
            return mac
        }
        let request: Request
        if isHosts {
            let name = try word("deed")
            switch name {
            case "reboot": request = .rebootHost
            case "destroy": request = .domain(DomainReference(try word("domain")), .destroy)
            case "attach-interface":
                let domain = DomainReference(try word("domain"))
                request = .domain(domain, .attachInterface(try mac(), bridge: rest.popFirst()))
            case "detach-interface":
                let domain = DomainReference(try word("domain"))
                request = .domain(domain, .detachInterface(try mac()))
            default:
                throw ValidationError(
                    "nobody on a host does '\(name)'; expected reboot, destroy, attach-interface or detach-interface")
            }
        } else {
            let domain = DomainReference(try word("domain"))
            let name = try word("deed")
            switch name {
            case "crash", "reboot", "poweroff", "watchdog": request = .domain(domain, .end(name))
            case "release": request = .domain(domain, .release)
            case "refuse": request = .domain(domain, .refuse(true))
            case "device-model-death": request = .domain(domain, .endDeviceModel)
            case "cooperate": request = .domain(domain, .refuse(false))
            case "balloon":
                let text = try word("KiB")
                guard let count = UInt64(text), count > 0 else {
                    throw ValidationError("'\(text)' is no number of KiB")
                }
                request = .domain(domain, .memory(Kibibytes(count)))
            default:
                throw ValidationError(
                    "no guest does '\(name)'; expected crash, reboot, poweroff, watchdog, release, refuse, cooperate,"
                        + " balloon or device-model-death")
            }
        }
        guard rest.isEmpty else { throw ValidationError("unexpected data '\(rest.joined(separator: " "))'") }
        return request
    }
}
