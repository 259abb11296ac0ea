import XLConfig
import XenModel
import XenUnits

/// The draws of every test: always the same.
let draws = XLDraws(
    uuid: { DomainUUID(high: 1, low: 2) }, mac: { MACAddress(bits: 0x0016_3e00_0001) })

/// A domain of `type` with 64 MiB that says `text` besides.
func read(_ text: String, type: GuestType = .hvm) throws -> XLReading {
    let head = "name='guest'\nuuid='c7a5fdb2-cdaf-9455-926a-d65c16db1809'\nmemory=64\ntype='\(type.rawValue)'\n"
    let configuration = try XLConfiguration.parse(Array((head + text).utf8))
    return try DomainDefinition.read(configuration, draws: draws)
}

/// The line of the first key behind the ones that every domain of `read` has.
let firstLine = 5
