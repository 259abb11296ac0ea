import LibXML
import XenModel

// `/domain/vcpu`.
extension VirtualCPUs {
    /// More than any Xen gives a guest, so that a typing error does not get as far as an allocation.
    private static let most: UInt32 = 4096

    static func read(in domain: ElementReader) throws(DomainXMLError) -> VirtualCPUs? {
        try domain.child("vcpu") { reader throws(DomainXMLError) in
            let maximum = try reader.number(reader.text(), in: 1...most)
            let current = try reader.number(attribute: "current", in: 1...most) ?? maximum
            guard current <= maximum else {
                let problem = DomainXMLProblem.currentProcessorsAboveMaximum(current: current, maximum: maximum)
                throw reader.error(problem, at: "@current")
            }
            // What virsh prints for a guest without automatic placement: it says nothing.
            if reader.element.attribute("placement") == "static" { _ = reader.attribute("placement") }
            return VirtualCPUs(maximum: maximum, current: current)
        }
    }

    var element: XMLElement {
        var element = XMLElement("vcpu", content: [.text("\(maximum)")])
        element.set("placement", "static")
        if current != maximum { element.set("current", "\(current)") }
        return element
    }
}
