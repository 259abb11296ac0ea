import LibXML
import XenModel

// `scheduler`, `softPin`, `pool` and `numaPlacement` in `/domain/xenkeeper:options`.
extension XenOptions {
    mutating func readPlacement(in options: ElementReader, vcpus: UInt32) throws(DomainXMLError) {
        if let scheduler = try options.child("scheduler", SchedulerOptions.read) { self.scheduler = scheduler }
        softPins = try VCPUPin.readAll("softPin", in: options, vcpus: vcpus)
        pool = try options.child("pool") { reader throws(DomainXMLError) in try reader.requiredPlain("name") }
        try options.child("numaPlacement") { reader throws(DomainXMLError) in
            numaPlacement = try reader.yesOrNo("enabled")
        }
    }

    func writePlacement(to options: inout XMLElement) {
        options.add(
            xenkeeper: "scheduler",
            [
                "cap": scheduler.cap?.description, "period": scheduler.period?.description,
                "budget": scheduler.budget?.description, "extratime": scheduler.extratime?.yesOrNo,
            ])
        for pin in softPins { options.add(pin.element(XMLElement(xenkeeper: "softPin"))) }
        options.add(xenkeeper: "pool", ["name": pool])
        options.add(xenkeeper: "numaPlacement", ["enabled": numaPlacement?.yesOrNo])
    }
}

extension SchedulerOptions {
    /// A cap of more than all processors that a guest can have has no meaning; libxl counts times with 31 bits.
    fileprivate static func read(_ reader: ElementReader) throws(DomainXMLError) -> SchedulerOptions {
        var options = SchedulerOptions()
        let microseconds = 1...UInt32(Int32.max)
        options.cap = try reader.number(attribute: "cap", in: 0...409_600)
        options.period = try reader.number(attribute: "period", in: microseconds)
        options.budget = try reader.number(attribute: "budget", in: microseconds)
        options.extratime = try reader.yesOrNo("extratime")
        return options
    }
}
