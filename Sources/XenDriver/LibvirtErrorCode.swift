/// libvirt's kinds of error, named as in `virErrorNumber` of virterror.h without the prefix `VIR_ERR_`.
public enum LibvirtErrorCode: Int, Hashable, Sendable, CaseIterable {
    case internalError = 1
    case invalidArg = 8
    case operationFailed = 9
    case xmlError = 27
    case operationDenied = 29
    case confSyntax = 33
    case systemError = 38
    case noDomain = 42
    case noNetwork = 43
    case operationInvalid = 55
    case noSecret = 66
    case configUnsupported = 67
    case operationTimeout = 68
    case operationAborted = 78
    case operationUnsupported = 84
    case deviceMissing = 99

    /// What libvirt says before the sentence of such an error; nil where that sentence stands alone.
    var prefix: String? {
        switch self {
        case .internalError: "internal error"
        case .invalidArg: "invalid argument"
        case .operationFailed: "operation failed"
        case .xmlError: "XML error"
        case .operationDenied: "operation forbidden"
        case .confSyntax: "configuration file syntax error"
        case .noDomain: "Domain not found"
        case .noNetwork: "Network not found"
        case .operationInvalid: "Requested operation is not valid"
        case .configUnsupported: "unsupported configuration"
        case .operationTimeout: "Timed out during operation"
        case .operationAborted: "operation aborted"
        case .operationUnsupported: "Operation not supported"
        case .deviceMissing: "device not found"
        case .systemError, .noSecret: nil
        }
    }
}
