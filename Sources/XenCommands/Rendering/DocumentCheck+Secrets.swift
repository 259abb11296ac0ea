import XenDriver
import XenUnits

extension DocumentCheck {
    /// The check without the values that only they may see who ask for them.
    var withoutSecrets: DocumentCheck {
        var check = self
        check.elements = elements.map { element in
            guard case .fields(let fields) = element.outcome else { return element }
            var element = element
            element.outcome = .fields(fields.map(\.withoutSecret))
            return element
        }
        check.defaults = defaults.map(\.withoutSecret)
        return check
    }
}

extension DocumentCheck.Field {
    fileprivate var withoutSecret: DocumentCheck.Field {
        guard let value else { return self }
        var field = self
        let isSecret = member.hasSuffix(".passwd") && value != "null"
        field.value = isSecret ? "\"\(Secrets.mask)\"" : Secrets.masked(value)
        return field
    }
}
