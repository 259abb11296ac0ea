import LibXML
import XenModel
import XenUnits

// `/domain/vcpu` and `/domain/vcpus`.
extension VirtualCPUs {
    /// More than any Xen gives a guest, so that a typing error does not get as far as an allocation.
    private static let most: UInt32 = 4096

    static func read(in domain: ElementReader) throws(DomainXMLError) -> VirtualCPUs {
        var isCurrentWritten = false
        let written = try domain.child("vcpu") { reader throws(DomainXMLError) in
            let maximum = try reader.number(reader.text(), in: 1...most)
            let current = try reader.number(attribute: "current", in: 1...most)
            isCurrentWritten = current != nil
            if let current, current > maximum {
                let problem = DomainXMLProblem.currentProcessorsAboveMaximum(current: current, maximum: maximum)
                throw reader.error(problem, at: "@current")
            }
            // What virsh prints for a guest without automatic placement: it says nothing.
            reader.ignore("placement", "static")
            var vcpus = VirtualCPUs(maximum: maximum, current: current ?? maximum)
            vcpus.cpuSet = try reader.cpuSet("cpuset")
            return vcpus
        }
        var vcpus = written ?? VirtualCPUs(maximum: 1, current: 1)
        try domain.child("vcpus") { reader throws(DomainXMLError) in
            try vcpus.readIndividual(reader, isCurrentWritten: isCurrentWritten)
        }
        return vcpus
    }

    /// Reads the list, which has every processor if it has any, and which tells how many are on line.
    private mutating func readIndividual(
        _ reader: ElementReader, isCurrentWritten: Bool
    ) throws(DomainXMLError) {
        var ids = FirstPlaces<UInt32>()
        let last = maximum - 1
        individual = try reader.children("vcpu") { reader throws(DomainXMLError) in
            let id = try reader.requiredNumber("id", in: 0...last)
            try ids.take(id, at: "@id", in: reader)
            guard let isEnabled = try reader.yesOrNo("enabled") else { throw reader.error(.missing("@enabled")) }
            var vcpu = IndividualVCPU(id: id, isEnabled: isEnabled)
            vcpu.isHotPluggable = try reader.yesOrNo("hotpluggable")
            vcpu.order = try reader.number(attribute: "order", in: 1...UInt32.max)
            return vcpu
        }
        guard !individual.isEmpty else { return }
        guard individual.count == maximum else {
            throw reader.error(.processorsNotListed(listed: individual.count, maximum: maximum))
        }
        let enabled = UInt32(individual.count(where: \.isEnabled))
        guard enabled > 0 else { throw reader.error(.noProcessorEnabled) }
        guard enabled == current || !isCurrentWritten else {
            throw reader.error(.enabledProcessorsNotCurrent(enabled: enabled, current: current))
        }
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
