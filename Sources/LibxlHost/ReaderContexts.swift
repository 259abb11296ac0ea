import LibxlAPI
import XenUnits

/// Contexts for reading, kept for the next reader: to open one costs more than most things that are read with it.
final class ReaderContexts: Sendable {
    private let shim: Shim
    private let idle = Locked<[LibxlContext]>([])
    /// More at once than this are opened and closed again.
    private static let most = 4

    init(_ shim: Shim) {
        self.shim = shim
    }

    /// A context that nobody else uses.
    func take() throws(LibxlError) -> LibxlContext {
        if let context = idle.withLock({ $0.popLast() }) { return context }
        return try LibxlContext(shim)
    }

    /// Takes a context back. Not one that failed: what it holds of a host that was restarted is of no use.
    func put(_ context: LibxlContext) {
        context.forgetLog()
        idle.withLock { idle in
            if idle.count < Self.most { idle.append(context) }
        }
    }
}
