import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainCreateInfo {
    /// What libxl makes the empty domain from.
    init(_ definition: DomainDefinition) {
        let guestType = definition.operatingSystem.guestType
        self.init(type: guestType, name: definition.name.text, uuid: definition.uuid)
        hap = definition.features.hap
        passthrough = definition.features.passthrough
        ssidLabel = definition.xen.initialLabel ?? definition.staticLabel
        poolName = definition.xen.pool
        driverDomain = definition.xen.driverDomain
    }
}

extension DomainDefinition {
    /// The label that the domain runs with; libvirt's rule: the first one, if it is static.
    var staticLabel: String? {
        guard let first = securityLabels.first, first.type == "static" else { return nil }
        return first.label
    }
}
