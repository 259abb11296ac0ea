import ArgumentParser
import XenDriver

/// The domain and the NIC that a verb changes, as `domif-setlink` takes them.
struct InterfaceOperands: ParsableArguments {
    @OptionGroup var operand: DomainOperand

    @Argument(
        help: ArgumentHelp(
            "The interface: the name of its host end (vif1.0) or its MAC address; left out with --alias or --identity.",
            valueName: "interface"), completion: .known)
    var interfaceWord: String?

    @Option(
        name: .customLong("interface"), help: ArgumentHelp("The interface, by name.", valueName: "interface"),
        completion: .known)
    var namedInterface: String?

    @Option(
        name: .customLong("alias"), help: ArgumentHelp("The alias of the interface.", valueName: "alias"),
        completion: .known)
    var alias: String?

    @OptionGroup var identity: IdentityOption

    /// The domain, the NIC and the value of the slot `value` that follows them; an alias or an identity takes the
    /// interface's slot away.
    func resolved(_ value: String, word: String?, named: String?) throws
        -> (domain: DomainReference, device: DeviceSelector, value: String)
    {
        for (isGiven, name) in [(alias != nil, "alias"), (identity.identity != nil, "identity")]
        where isGiven && namedInterface != nil {
            throw ValidationError("Options --interface and --\(name) are mutually exclusive")
        }
        let selectors = (alias.map { [DeviceSelector.alias($0)] } ?? []) + identity.selectors
        var slots = [operand.slot]
        if selectors.isEmpty { slots.append(Operands.Slot(name: "interface", named: namedInterface)) }
        slots.append(Operands.Slot(name: value, named: named))
        let operands = try Operands(slots, words: [operand.word, interfaceWord, word])
        let text = try operands.required(value)
        let device: DeviceSelector =
            selectors.isEmpty ? .interface(try operands.required("interface")) : .all(selectors)
        return (try operands.domain(), device, text)
    }
}
