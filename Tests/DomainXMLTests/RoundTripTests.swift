import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("Printing and reading")
struct RoundTripTests {
    @Test("give back any definition of the model", arguments: 0..<300 as Range<UInt64>, DocumentForm.allCases)
    func definitions(seed: UInt64, form: DocumentForm) throws {
        var generator = DefinitionGenerator(seed: seed, isLive: form == .live)
        let definition = try generator.definition()
        let options = ReaderOptions(features: allFeatures, form: form, isStrict: true)
        let printed = definition.xml(domid: form == .live ? DomainID(rawValue: 3) : nil)
        let parsed = try parseDomain(printed, options)
        #expect(parsed.value == definition)
        #expect(parsed.notices == [])
        // Swift takes texts for equal that differ in bytes; the prints show that the bytes are the same.
        let again = parsed.value.xml(domid: form == .live ? DomainID(rawValue: 3) : nil)
        #expect(Array(again.utf8) == Array(printed.utf8))
        for device in definition.devices {
            #expect(try parseDevice(device.xml(), options).value == device)
            let criteria = try parseRequest(device.xml(), options).value.criteria
            #expect(criteria.alias == device.alias)
            #expect(criteria.deviceClass == device.deviceClass)
        }
    }

    @Test(
        "of a live definition as a user's gives it back without the names of that run",
        arguments: 0..<50 as Range<UInt64>)
    func redefined(seed: UInt64) throws {
        var generator = DefinitionGenerator(seed: seed, isLive: true)
        let definition = try generator.definition()
        var expected = definition
        for index in expected.interfaces.indices where expected.interfaces[index].target?.hasPrefix("vif") == true {
            expected.interfaces[index].target = nil
        }
        var chosen = 0
        expected.devices = expected.devices.map { device in
            var device = device
            if device.alias?.user == nil { device.alias = nil }
            switch device {
            case .character(var port):
                guard case .pty(_?) = port.backend else { return device }
                port.backend = .pty(path: nil)
                chosen += 1
                return .character(port)
            case .graphics(var display) where display.autoport:
                chosen += (display.port == nil ? 0 : 1) + (display.spice.tlsPort == nil ? 0 : 1)
                display.port = nil
                display.spice.tlsPort = nil
                return .graphics(display)
            default: return device
            }
        }
        let parsed = try parseDomain(definition.xml())
        #expect(parsed.value == expected)
        let dropped =
            definition.devices.count { $0.alias != nil && $0.alias?.user == nil }
            + definition.interfaces.count { $0.target?.hasPrefix("vif") == true } + chosen
        #expect(parsed.notices.count == dropped)
    }
}
