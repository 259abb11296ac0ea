import LibxlFake

/// A Xen host that a suite can be run on.
public enum Backend: String, CaseIterable, Sendable {
    /// The built-in fake, in memory.
    case fake

    /// The backends that are there on this machine.
    public static var available: [Backend] { allCases }

    /// Opens a host; on the fake a new one each time, so that tests do not meet.
    public func open() -> TestHost {
        switch self {
        case .fake: TestHost(fake: FakeXenHost(configuration: Self.fakeConfiguration))
        }
    }

    /// Limits short enough for tests, and one thing of each kind that is not there.
    private static var fakeConfiguration: FakeXenConfiguration {
        var configuration = FakeXenConfiguration()
        configuration.missing = [TestHost.missingBridge, TestHost.missingFile]
        configuration.frontendTimeout = .milliseconds(100)
        configuration.controlTimeout = .milliseconds(100)
        return configuration
    }
}
