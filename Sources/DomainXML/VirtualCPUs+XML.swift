import LibXML
import XenModel
import XenUnits

// `/domain/vcpu` and `/domain/vcpus`.
extension VirtualCPUs {
    static func read(in domain: ElementReader) throws(DomainXMLError) -> VirtualCPUs {
        var said: (current: UInt32, reader: ElementReader)?
        let written = try domain.child("vcpu") { reader throws(DomainXMLError) in
            let maximum = try reader.number(reader.text(), in: 1...most)
            // As in libvirt, 0 is not said.
            if let current = try reader.number(attribute: "current", in: 0...UInt32.max), current > 0 {
                said = (current, reader)
            }
            // What virsh prints for a guest without automatic placement: it says nothing.
            reader.ignore("placement", "static")
            var vcpus = VirtualCPUs(maximum: maximum, current: maximum)
            vcpus.cpuSet = try reader.cpuSet("cpuset")
            return vcpus
        }
        var vcpus = written ?? VirtualCPUs(maximum: 1, current: 1)
        let list = try domain.child("vcpus") { reader throws(DomainXMLError) in
            try vcpus.readIndividual(reader)
            return reader.path
        }
        guard let (current, reader) = said else { return vcpus }
        if let list, !vcpus.individual.isEmpty {
            if current != vcpus.current { reader.note(.overridden(by: list), at: "@current") }
            return vcpus
        }
        guard current <= vcpus.maximum else {
            let problem = DomainXMLProblem.currentProcessorsAboveMaximum(current: current, maximum: vcpus.maximum)
            throw reader.error(problem, at: "@current")
        }
        vcpus.current = current
        return vcpus
    }

    /// Reads the list, which tells how many are on line if it has any; those that are not in it are off line.
    private mutating func readIndividual(_ reader: ElementReader) throws(DomainXMLError) {
        var ids = FirstPlaces<UInt32>()
        let last = maximum - 1
        individual = try reader.children("vcpu") { reader throws(DomainXMLError) in
            let id = try reader.requiredNumber("id", in: 0...last)
            try ids.take(id, at: "@id", in: reader)
            guard let isEnabled = try reader.yesOrNo("enabled") else { throw reader.missing("enabled") }
            var vcpu = IndividualVCPU(id: id, isEnabled: isEnabled)
            vcpu.isHotPluggable = try reader.yesOrNo("hotpluggable")
            let order = try reader.number(attribute: "order", in: 0...UInt32.max)
            vcpu.order = order == 0 ? nil : order
            return vcpu
        }
        guard !individual.isEmpty else { return }
        let listed = Set(individual.map(\.id))
        for id in 0...last where !listed.contains(id) { individual.append(IndividualVCPU(id: id, isEnabled: false)) }
        let enabled = UInt32(individual.count(where: \.isEnabled))
        guard enabled > 0 else { throw reader.error(.noProcessorEnabled) }
        current = enabled
    }

    var element: XMLElement {
        var element = XMLElement("vcpu", content: [.text("\(maximum)")])
        element.set("placement", "static")
        element.set("cpuset", cpuSet?.description)
        if current != maximum { element.set("current", "\(current)") }
        return element
    }

    /// `/domain/vcpus`; nil where no processor is named.
    var individualElement: XMLElement? {
        guard !individual.isEmpty else { return nil }
        var element = XMLElement("vcpus")
        for vcpu in individual {
            element.add(
                "vcpu",
                [
                    "id": "\(vcpu.id)", "enabled": vcpu.isEnabled.yesOrNo,
                    "hotpluggable": vcpu.isHotPluggable?.yesOrNo, "order": vcpu.order?.description,
                ])
        }
        return element
    }
}
