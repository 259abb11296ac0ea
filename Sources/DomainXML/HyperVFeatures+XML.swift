import LibXML
import XenModel

// `/domain/features/hyperv`.
extension HyperVFeatures {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> HyperVFeatures {
        var features = HyperVFeatures(mode: try reader.word("mode") ?? .custom)
        for feature in HyperVFeature.allCases where feature != .stimerDirect {
            try reader.child(feature.rawValue) { reader throws(DomainXMLError) in
                features.states[feature] = try reader.requiredSwitch()
                try features.readDetails(of: feature, reader)
            }
        }
        return features
    }

    private mutating func readDetails(of feature: HyperVFeature, _ reader: ElementReader) throws(DomainXMLError) {
        switch feature {
        case .spinlocks:
            spinlockRetries = try reader.number(attribute: "retries", in: Self.fewestRetries...UInt32.max)
        case .stimer:
            try reader.child(HyperVFeature.stimerDirect.rawValue) { reader throws(DomainXMLError) in
                states[.stimerDirect] = try reader.requiredSwitch()
            }
        case .vendorID:
            vendorID = try reader.plainAttribute("value")
            if let vendorID, vendorID.utf8.count > 12 || vendorID.contains(",") {
                throw reader.error(.badVendorID(vendorID), at: "@value")
            }
        default: break
        }
    }

    /// The specification of Windows' interfaces says that fewer mean no waiting at all.
    private static let fewestRetries: UInt32 = 4095

    var element: XMLElement {
        var element = XMLElement("hyperv")
        element.set("mode", mode.rawValue)
        for feature in HyperVFeature.allCases where feature != .stimerDirect {
            guard let state = states[feature] else { continue }
            var child = XMLElement(feature.rawValue)
            child.set("state", state.onOrOff)
            switch feature {
            case .spinlocks: child.set("retries", spinlockRetries?.description)
            case .stimer:
                child.add(
                    HyperVFeature.stimerDirect.rawValue, only: "state", states[.stimerDirect]?.onOrOff)
            case .vendorID: child.set("value", vendorID)
            default: break
            }
            element.add(child)
        }
        return element
    }
}
