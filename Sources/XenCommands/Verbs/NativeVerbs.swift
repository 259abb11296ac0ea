import ArgumentParser
import XenDriver

/// `domxml-from-native FORMAT FILE`.
struct DomxmlFromNative: Verb {
    static let configuration = VerbName.domxmlFromNative.configuration(
        abstract: "Print the domain document that says what another toolstack's file does.",
        usage: "<format> <config> [--strict]",
        discussion: """
            The format is xen-xl: a file as xl reads it. What a document has no place for is left out with a warning \
            each. No such file has aliases; if a domain of the same name is defined, its aliases go to the devices that \
            are its devices' counterparts (same target, MAC address or place on the host), and its UUID is used if the \
            file has none.
            """)

    @Argument(help: ArgumentHelp("The format: xen-xl.", valueName: "format"))
    var formatWord: String?

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "config"))
    var configWord: String?

    @Option(name: .customLong("format"), help: ArgumentHelp("The format, by name.", valueName: "format"))
    var format: String?

    @Option(name: .customLong("config"), help: ArgumentHelp("The file, by name.", valueName: "config"))
    var config: String?

    @OptionGroup var strict: StrictOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func operands() throws -> Operands {
        try Operands(
            [Operands.Slot(name: "format", named: format), Operands.Slot(name: "config", named: config)],
            words: [formatWord, configWord])
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let operands = try operands()
        let format = try operands.required("format")
        try await attempting { () throws(DriverError) in _ = try NativeFormat(format, isOutput: false) }
        let text = try DocumentFile(path: try operands.required("config")).read()
        let driver = try context.driver()
        return Reply(
            try await attempting { () throws(DriverError) in
                try await driver.document(fromNative: text, isStrict: strict.isStrict)
            })
    }
}

/// `domxml-to-native FORMAT (FILE | --domain DOMAIN)`.
struct DomxmlToNative: Verb {
    static let configuration = VerbName.domxmlToNative.configuration(
        abstract: "Print a domain as another toolstack's file.",
        usage: "<format> (<xml> | --domain <domain>) [--strict]",
        discussion: """
            The formats are xen-xl, a file that xl reads, and xen-json, what libxl is passed to build the domain, as \
            libxl itself prints it, with the passwords of displays in both. What the format cannot express is left out \
            with a warning each; no alias is in either. Of a domain its persistent definition is printed, or what it runs \
            as if it has none; its JSON is what a start on this host passes to libxl, without the keys of secrets. A \
            document in a file needs no host; what it refers to (networks, secrets, USB devices by vendor and product) \
            stands for itself.
            """)

    @Argument(help: ArgumentHelp("The format: xen-xl or xen-json.", valueName: "format"))
    var formatWord: String?

    @Argument(help: ArgumentHelp("The file with the domain's XML; - is standard input.", valueName: "xml"))
    var xmlWord: String?

    @Option(name: .customLong("format"), help: ArgumentHelp("The format, by name.", valueName: "format"))
    var format: String?

    @Option(name: .customLong("xml"), help: ArgumentHelp("The file, by name.", valueName: "xml"))
    var xml: String?

    @Option(
        help: ArgumentHelp("Print this domain, by id, UUID or name, instead of a file.", valueName: "domain"),
        completion: .known)
    var domain: String?

    @OptionGroup var strict: StrictOption
    @OptionGroup(title: "Global options") var global: GlobalOptions

    private func operands() throws -> Operands {
        let operands = try Operands(
            [
                Operands.Slot(name: "format", named: format),
                Operands.Slot(name: "xml", named: xml, isOptional: domain != nil),
            ], words: [formatWord, xmlWord])
        guard domain == nil || operands["xml"] == nil else {
            throw ValidationError("Options --domain and --xml are mutually exclusive")
        }
        return operands
    }

    func reply(in context: CommandContext) async throws -> Reply {
        let operands = try operands()
        let word = try operands.required("format")
        let format = try await attempting { () throws(DriverError) in try NativeFormat(word, isOutput: true) }
        if let domain {
            let reference = DomainReference(domain)
            let driver = try context.driver()
            return Reply(
                try await attempting(on: reference) { () throws(DriverError) in
                    try await driver.native(of: reference, format: format, isStrict: strict.isStrict)
                })
        }
        let document = try DocumentFile(path: try operands.required("xml")).read()
        return Reply(
            try await attempting { () throws(DriverError) in
                try Driver.native(document, format: format, isStrict: strict.isStrict)
            })
    }
}

extension Reply {
    /// A domain that was written down in another way.
    fileprivate init(_ conversion: Conversion) {
        self.init(.document(conversion.text))
        warnings = conversion.warnings.map(\.message)
        notes = conversion.notes.map(\.message)
    }
}
