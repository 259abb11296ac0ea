import LibxlTranslation
import Testing
import XLConfig
import XenModel
import XenUnits

/// A definition that came from a file goes back to one, and comes again.
@Suite struct RoundTripTests {
    @Test(arguments: 0..<24)
    func whatWasReadIsWrittenAndReadAgain(batch: UInt64) throws {
        for seed in batch * 50..<(batch + 1) * 50 {
            var generator = ConfigurationGenerator(seed: seed)
            try check(generator.text())
        }
    }

    @Test(
        "what mutation has found is written and read again",
        arguments: [
            "memory=128\nvcpus=1\nvnuma=[['size=64','vcpus=0'],['size=64','vdistances=20,10']]"
        ])
    func found(text: String) throws {
        try check("name=\"cellar\"\n\(text)\n")
    }

    private func check(_ text: String) throws {
        let source = try XLConfiguration.parse(Array(text.utf8))
        let read = try DomainDefinition.read(source, draws: draws).definition
        let writing = try read.xlConfiguration()
        // xl sets it for a pv guest with PCI devices, even against the file.
        let omissions = writing.notices.filter { !$0.isDefault && $0.path != "/domain/features/xen/e820_host" }
        #expect(omissions.isEmpty, "\(text)\n\(omissions)")
        let configuration = try XLConfiguration.parse(Array(writing.configuration.text.utf8))
        #expect(configuration == writing.configuration)
        let again = try DomainDefinition.read(configuration, draws: draws)
        // What was written once is written the same way from then on.
        #expect(
            try again.definition.xlConfiguration().configuration == writing.configuration,
            "\(text)\n--\n\(writing.configuration.text)")
        let isDistinguished = again.notices.allSatisfy { if case .onlyInDocument = $0.kind { true } else { false } }
        #expect(isDistinguished, "\(text)\n--\n\(writing.configuration.text)\n\(again.notices)")
        // To libxl both are one guest.
        #expect(
            Translation(again.definition, context: .documentAlone).config
                == Translation(read, context: .documentAlone).config, "\(text)")
    }
}
