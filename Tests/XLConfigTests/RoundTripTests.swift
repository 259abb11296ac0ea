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
        let definition = try DomainDefinition.read(source, draws: draws).definition
        let writing = try definition.xlConfiguration()
        #expect(writing.notices.isEmpty, "\(text)\n\(writing.notices)")
        let configuration = try XLConfiguration.parse(Array(writing.configuration.text.utf8))
        #expect(configuration == writing.configuration)
        let again = try DomainDefinition.read(configuration, draws: draws)
        #expect(again.definition == definition, "\(text)\n--\n\(writing.configuration.text)")
        #expect(again.notices.isEmpty, "\(text)\n--\n\(writing.configuration.text)\n\(again.notices)")
    }
}
