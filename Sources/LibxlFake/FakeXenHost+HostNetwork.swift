public import LibxlAPI
public import XenUnits

extension FakeXenHost: HostNetwork {
    public func hasBridge(_ name: String) async throws(HostNetworkError) -> Bool {
        try await reading(.hasBridge, NetworkArguments(device: name)) { code, log in
            HostNetworkError(device: name, reason: "\(log) (\(code))")
        } _: { _ in
        }
        do throws(FakeXenError) {
            return try store.configuration().hasBridge(name)
        } catch {
            throw HostNetworkError(device: name, reason: "\(error)")
        }
    }

    public func linkState(of ifname: String) async throws(HostNetworkError) -> LinkState? {
        try await reading(.linkState, NetworkArguments(device: ifname)) { code, log in
            HostNetworkError(device: ifname, reason: "\(log) (\(code))")
        } _: {
            $0.link(ifname)?.state
        }
    }

    public func setLinkState(of ifname: String, to state: LinkState) async throws(HostNetworkError) {
        let operation: SteppedOperation
        do throws(LibxlError) {
            operation = try await SteppedOperation(
                .setLinkState, NetworkArguments(device: ifname, state: state), on: self,
                deadline: clock.now + .seconds(Self.longWait))
            try await operation.step("set") { (host, _) throws(LibxlError) in
                guard var link = host.link(ifname) else {
                    throw operation.failure(.notFound, "there is no such network device")
                }
                link.state = state
                host.setLink(ifname, link)
            }
        } catch {
            throw HostNetworkError(device: ifname, reason: "\(error.log) (\(error.code))")
        }
    }

    /// In seconds: stands for "no deadline"; a call that stalls here ends when it is cancelled.
    private static let longWait = 1_000_000
}
