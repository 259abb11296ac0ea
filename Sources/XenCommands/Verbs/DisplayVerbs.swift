import ArgumentParser
import LibXML
import XenDriver

/// `vncdisplay DOMAIN`.
struct Vncdisplay: Verb {
    static let configuration = VerbName.vncdisplay.configuration(
        abstract: "Print where a running domain's VNC display is.",
        usage: "<domain>",
        discussion:
            "As VNC's viewers take it: the address that it listens at, if there is one, and the display's number.")

    @OptionGroup var operand: DomainOperand
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let displays = try await context.displays(of: operand, showsSecrets: false)
        guard let display = displays.first(where: { $0.kind == "vnc" }), let port = display.port else {
            throw CommandFailure("Failed to get VNC port. Is this domain using VNC?")
        }
        return Reply(
            .lines(["\(display.address == "0.0.0.0" ? "" : display.address ?? ""):\(port - Display.firstVNCPort)"]))
    }
}

/// `domdisplay DOMAIN`.
struct Domdisplay: Verb {
    static let configuration = VerbName.domdisplay.configuration(
        abstract: "Print the URI of a running domain's display.",
        usage: "<domain> [--type <type>] [--all] [--include-password]",
        discussion: "The first one, VNC before SPICE, unless --type says otherwise.")

    @OptionGroup var operand: DomainOperand

    @Option(help: ArgumentHelp("The kind of display: vnc or spice.", valueName: "type"))
    var type: String?

    @Flag(name: .customLong("all"), help: "Print every display's URI.")
    var isAll = false

    @Flag(name: .customLong("include-password"), help: "Print the display's password in its URI.")
    var showsPassword = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let displays = try await context.displays(of: operand, showsSecrets: showsPassword)
        let uris = ["vnc", "spice"].filter { type == nil || $0 == type }.flatMap { kind in
            displays.filter { $0.kind == kind }.compactMap(\.uri)
        }
        guard let first = uris.first else {
            throw CommandFailure("No graphical display " + (type.map { "with type '\($0)' " } ?? "") + "found")
        }
        return Reply(isAll ? .lines(uris) : .value(first))
    }
}

/// A display of a domain, as its document has it.
private struct Display {
    let kind: String
    /// The port of the host; nil if there is none.
    let port: Int?
    let tlsPort: Int?
    /// What it listens at; nil where the document does not say.
    let address: String?
    let password: String?

    /// VNC's display 0. Source: RFC 6143.
    static let firstVNCPort = 5900

    /// The display of an element `graphics`.
    init(_ graphics: XMLElement) {
        kind = graphics.attribute("type") ?? ""
        let ports = ["port", "tlsPort"].map { name in
            graphics.attribute(name).flatMap { Int($0) }.flatMap { (1...65_535).contains($0) ? $0 : nil }
        }
        (port, tlsPort) = (ports[0], ports[1])
        let listen = graphics.attribute("listen") ?? ""
        address = listen.isEmpty ? nil : listen
        password = graphics.attribute("passwd")
    }

    /// Its URI, for a viewer on this host; nil without a port. Source: virsh's domdisplay.
    var uri: String? {
        guard port != nil || tlsPort != nil else { return nil }
        let isAny = address == nil || address == "0.0.0.0" || address == "::"
        let name = isAny ? "localhost" : address ?? ""
        let number = port.map { kind == "vnc" ? $0 - Self.firstVNCPort : $0 }
        return "\(kind)://" + (password.map { ":\($0)@" } ?? "") + (name.contains(":") ? "[\(name)]" : name)
            + (number.map { ":\($0)" } ?? "") + (tlsPort.map { "?tls-port=\($0)" } ?? "")
    }
}

/// `desc DOMAIN`.
struct Desc: Verb {
    static let configuration = VerbName.desc.configuration(
        abstract: "Print a domain's description or title.",
        usage: "<domain> [--title] [--config]",
        discussion: "They are set by defining the domain with another document.")

    @OptionGroup var operand: DomainOperand

    @Flag(name: .customLong("title"), help: "Print the title.")
    var isTitle = false

    @Flag(name: .customLong("config"), help: "Print that of the persistent definition even if the domain runs.")
    var isConfig = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func reply(in context: CommandContext) async throws -> Reply {
        let domain = try operand.resolved()
        let driver = try context.driver()
        let document = try await attempting(on: domain) { () throws(DriverError) in
            try await driver.document(of: domain, inactive: isConfig)
        }
        let name = isTitle ? "title" : "description"
        let text = try XMLElement.parse(Array(document.utf8)).children.first { $0.name == name }?.text
        return Reply(.value(text ?? "No \(name) for domain: \(domain)"))
    }
}

extension CommandContext {
    /// The displays of the running domain that `operand` names.
    fileprivate func displays(of operand: DomainOperand, showsSecrets: Bool) async throws -> [Display] {
        let domain = try operand.resolved()
        if showsSecrets, global.isReadOnly {
            throw CommandFailure("operation forbidden: virDomainGetXMLDesc with secure flag")
        }
        let driver = try driver()
        let document = try await attempting(on: domain) { () throws(DriverError) -> String? in
            guard try await driver.domain(domain).domid != nil else { return nil }
            return try await driver.document(of: domain, inactive: false, showsSecrets: showsSecrets)
        }
        guard let document else { throw CommandFailure("Domain is not running") }
        let devices = try XMLElement.parse(Array(document.utf8)).children.filter { $0.name == "devices" }
        return devices.flatMap(\.children).filter { $0.name == "graphics" }.map(Display.init)
    }
}
