public import XenUnits

/// What only dom0's network has: libxl has no link state, and does not say which bridges exist.
public protocol HostNetwork: Sendable {
    /// Whether the host has a bridge of this name.
    func hasBridge(_ name: String) async throws(HostNetworkError) -> Bool

    /// Whether the host's end of a guest's NIC is up; nil if there is no such network device.
    func linkState(of ifname: String) async throws(HostNetworkError) -> LinkState?

    /// Puts the host's end of a guest's NIC up or down; the guest sees its carrier come and go.
    func setLinkState(of ifname: String, to state: LinkState) async throws(HostNetworkError)
}

/// The host's network refused.
public struct HostNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The network device that was asked for.
    public let device: String
    /// What went wrong, as the system says it.
    public let reason: String

    /// The refusal of `device`.
    public init(device: String, reason: String) {
        self.device = device
        self.reason = reason
    }

    public var description: String { "network device '\(device)': \(reason)" }
}
