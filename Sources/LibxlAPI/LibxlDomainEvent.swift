public import XenUnits

/// What became of a domain. A hint: more may have happened to it since. Source: `libxl_event`.
public enum LibxlDomainEvent: Hashable, Sendable {
    /// Its guest ended, and the domain is still there. `LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN`.
    case shutdown(DomainID, LibxlShutdownReason)
    /// It was destroyed; without a shutdown before if its guest was. `LIBXL_EVENT_TYPE_DOMAIN_DEATH`.
    case death(DomainID)
}

/// Something that a person could do to a machine. Source: `libxl_trigger`.
public enum LibxlTrigger: String, Hashable, Sendable, Codable, CaseIterable {
    /// Press the power button.
    case power
}
