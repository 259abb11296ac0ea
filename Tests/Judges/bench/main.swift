import DomainXML
import FoundationEssentials
import Glibc
import LibxlAPI
import LibxlTranslation
import XenModel

// What Scripts/bench runs:
//
// bench document HYPERVISOR COUNT      prints a document of COUNT disks and COUNT NICs
// bench round FILE                     parses, prints and translates it; nanoseconds for each, the median of a hundred
// bench repeat STEP FILE TIMES         does one STEP (none, parse, format, json) so often, to have its instructions counted
// bench find FILE                      an index and finding every device in it by alias, MAC address or target:
//                                      nanoseconds for a device found
// bench scale FILE                     text to libxl's JSON once: nanoseconds of a processor, and bytes at the peak

let options = ReaderOptions(features: [.userAliases], form: .inactive)

func read(_ text: [UInt8]) throws -> DomainDefinition { try DomainDefinition.parse(text, options: options).value }

/// The text, the definition of the same guest for Xen, and what libxl is given for it.
func translate(_ text: [UInt8]) throws -> Data {
    var definition = try read(text)
    definition.hypervisor = DomainDefinition.xen
    return try JSONEncoder().encode(LibxlDomainConfig(definition, context: .documentAlone))
}

func file(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: path))) }

/// The nanoseconds that `body` takes.
func nanoseconds(_ body: () throws -> Void) rethrows -> Int64 {
    let duration = try ContinuousClock().measure(body)
    return duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
}

/// What the process had of a processor until now, in nanoseconds: a step of seconds shares it with others.
func processorTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The middle of a hundred, after twenty to warm up.
func median(_ body: () throws -> Void) rethrows -> Int64 {
    for _ in 0..<20 { try body() }
    return try (0..<100).map { _ in try nanoseconds(body) }.sorted()[50]
}

/// The most memory that the process ever had, in bytes.
func peakMemory() -> Int {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

/// Takes a value from the optimizer, which could else leave out what made it.
@inline(never) func use<Value>(_ value: Value) {}

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.count) {
case ("document", 3):
    print(document(hypervisor: arguments[2], each: Int(arguments[3]) ?? 8), terminator: "")
case ("round", 2):
    let text = try file(arguments[2])
    let definition = try read(text)
    print(
        try median { use(try read(text)) }, median { use(definition.xml()) }, try median { use(try translate(text)) })
case ("repeat", 4):
    let text = try file(arguments[3])
    let definition = try read(text)
    for _ in 0..<(Int(arguments[4]) ?? 1) {
        switch arguments[2] {
        case "parse": use(try read(text))
        case "format": use(definition.xml())
        case "json": use(try translate(text))
        default: break
        }
    }
case ("find", 2):
    let devices = try read(try file(arguments[2])).devices
    let index = DeviceIndex(devices)
    let requests = devices.flatMap { device -> [DeviceCriteria] in
        var mac = DeviceCriteria()
        var target = DeviceCriteria()
        switch device {
        case .disk(let disk): target.target = disk.target
        case .interface(let interface): mac.mac = interface.mac
        default: break
        }
        return [mac, target, device.alias.map(DeviceCriteria.init) ?? DeviceCriteria()].filter { !$0.isEmpty }
    }
    let times = (0..<9).map { _ in
        nanoseconds {
            for request in requests {
                precondition(index.positions(of: request)?.count == 1, "the index has lost a device")
            }
        } / Int64(requests.count)
    }
    print(times.sorted()[4])
case ("scale", 2):
    // What is loaded at first use is not the devices'.
    use(try translate(Array(document(hypervisor: "xen", each: 1).utf8)))
    let text = try file(arguments[2])
    let before = peakMemory()
    let begun = processorTime()
    use(try translate(text))
    print(processorTime() - begun, peakMemory() - before)
default:
    print("usage: bench document HYPERVISOR COUNT|round FILE|repeat STEP FILE TIMES|find FILE|scale FILE")
    exit(2)
}
