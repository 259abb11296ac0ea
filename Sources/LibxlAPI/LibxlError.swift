/// What libxl answered when an operation failed. Source: libxl's `ERROR_*` codes and its log.
public struct LibxlError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which error.
    public let code: Code
    /// The libxl function that failed: `libxl_device_nic_add`.
    public let call: String
    /// What libxl logged at error level during the call, one line each; empty if it logged nothing.
    public let log: String

    /// The error `code` of `call`, with what was logged.
    public init(_ code: Code, in call: String, log: String = "") {
        self.code = code
        self.call = call
        self.log = log
    }

    public var description: String {
        "\(call) failed: \(code)" + (log.isEmpty ? "" : " (\(log.split(separator: "\n").joined(separator: "; ")))")
    }

    /// A negative number of libxl's, open to those that a later libxl adds. Source: `libxl_error`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// `ERROR_NONSPECIFIC`
        public static let nonspecific = Code(rawValue: -1)
        /// `ERROR_VERSION`
        public static let version = Code(rawValue: -2)
        /// `ERROR_FAIL`
        public static let failed = Code(rawValue: -3)
        /// `ERROR_NI`
        public static let notImplemented = Code(rawValue: -4)
        /// `ERROR_NOMEM`
        public static let noMemory = Code(rawValue: -5)
        /// `ERROR_INVAL`
        public static let invalid = Code(rawValue: -6)
        /// `ERROR_BADFAIL`
        public static let badFail = Code(rawValue: -7)
        /// `ERROR_GUEST_TIMEDOUT`
        public static let guestTimedOut = Code(rawValue: -8)
        /// `ERROR_TIMEDOUT`
        public static let timedOut = Code(rawValue: -9)
        /// `ERROR_NOPARAVIRT`: the guest has no Xen drivers that could answer.
        public static let noParavirt = Code(rawValue: -10)
        /// `ERROR_NOT_READY`
        public static let notReady = Code(rawValue: -11)
        /// `ERROR_LOCK_FAIL`
        public static let lockFailed = Code(rawValue: -15)
        /// `ERROR_DEVICE_EXISTS`
        public static let deviceExists = Code(rawValue: -17)
        /// `ERROR_DOMAIN_NOTFOUND`
        public static let domainNotFound = Code(rawValue: -21)
        /// `ERROR_ABORTED`: the deadline passed, or the caller gave up.
        public static let aborted = Code(rawValue: -22)
        /// `ERROR_NOTFOUND`
        public static let notFound = Code(rawValue: -23)

        /// The C name, or the number where this list has none.
        public var description: String {
            Self.names[rawValue] ?? "libxl error \(rawValue)"
        }

        private static let names: [Int32: String] = [
            -1: "ERROR_NONSPECIFIC", -2: "ERROR_VERSION", -3: "ERROR_FAIL", -4: "ERROR_NI", -5: "ERROR_NOMEM",
            -6: "ERROR_INVAL", -7: "ERROR_BADFAIL", -8: "ERROR_GUEST_TIMEDOUT", -9: "ERROR_TIMEDOUT",
            -10: "ERROR_NOPARAVIRT", -11: "ERROR_NOT_READY", -12: "ERROR_OSEVENT_REG_FAIL",
            -13: "ERROR_BUFFERFULL", -14: "ERROR_UNKNOWN_CHILD", -15: "ERROR_LOCK_FAIL",
            -16: "ERROR_JSON_CONFIG_EMPTY", -17: "ERROR_DEVICE_EXISTS",
            -18: "ERROR_CHECKPOINT_DEVOPS_DOES_NOT_MATCH", -19: "ERROR_CHECKPOINT_DEVICE_NOT_SUPPORTED",
            -20: "ERROR_VNUMA_CONFIG_INVALID", -21: "ERROR_DOMAIN_NOTFOUND", -22: "ERROR_ABORTED",
            -23: "ERROR_NOTFOUND", -24: "ERROR_DOMAIN_DESTROYED", -25: "ERROR_FEATURE_REMOVED",
        ]
    }
}
