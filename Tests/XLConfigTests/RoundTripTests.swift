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
            let text = generator.text()
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
}
