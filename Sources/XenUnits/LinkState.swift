/// Whether a NIC's cable is in. Source: `/domain/devices/interface/link/@state`.
public enum LinkState: String, Hashable, Sendable, Codable, CaseIterable {
    case up
    case down
}
