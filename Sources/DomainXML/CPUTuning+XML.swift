import LibXML
import XenModel
import XenUnits

// `/domain/cputune`.
extension CPUTuning {
    /// Reads the element of a domain of at most `vcpus` processors.
    static func read(_ reader: ElementReader, vcpus: UInt32) throws(DomainXMLError) -> CPUTuning {
        var tuning = CPUTuning()
        tuning.shares =
            try reader.child("shares") { reader throws(DomainXMLError) -> UInt32? in
                guard !reader.text().trimmed.isEmpty else { return nil }
                return try reader.number(reader.text(), in: 0...UInt32.max)
            } ?? nil
        tuning.pins = try VCPUPin.readAll("vcpupin", in: reader, vcpus: vcpus)
        return tuning
    }

    /// Nil when nothing is said.
    var element: XMLElement? {
        guard self != CPUTuning() else { return nil }
        var element = XMLElement("cputune")
        element.add("shares", text: shares?.description)
        for pin in pins { element.add(pin.element(XMLElement("vcpupin"))) }
        return element
    }
}

// `/domain/cputune/vcpupin`, and `softPin` of our namespace.
extension VCPUPin {
    /// Reads each child `name`; no processor may have two. One that a domain of at most `vcpus` does not have is left out
    /// with a notice: libvirt keeps none either, so that a domain that lost processors is still one.
    static func readAll(
        _ name: String, in parent: ElementReader, vcpus: UInt32
    ) throws(DomainXMLError) -> [VCPUPin] {
        var pinned = FirstPlaces<UInt32>()
        return try parent.children(name) { reader throws(DomainXMLError) -> VCPUPin? in
            let vcpu = try reader.requiredNumber("vcpu", in: 0...UInt32.max)
            guard vcpu < vcpus else {
                reader.leaveOut(.noSuchProcessor(vcpu, maximum: vcpus))
                return nil
            }
            try pinned.take(vcpu, at: "@vcpu", in: reader)
            guard let cpuSet = try reader.cpuSet("cpuset") else { throw reader.missing("cpuset") }
            return VCPUPin(vcpu: vcpu, cpuSet: cpuSet)
        }.compactMap(\.self)
    }

    /// `element` with the attributes of the pin.
    func element(_ element: XMLElement) -> XMLElement {
        var element = element
        element.set("vcpu", "\(vcpu)")
        element.set("cpuset", cpuSet.description)
        return element
    }
}
