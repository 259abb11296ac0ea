public import LibxlAPI
import XenUnits

extension FakeXenHost: Xenstore {
    public func read(_ path: XenstorePath) async throws(XenstoreError) -> String? {
        try await reading(.readNode, PathArguments(path: path.text)) { code, log in
            XenstoreError(path: path, reason: "\(log) (\(code))")
        } _: {
            $0.read(path.text)
        }
    }

    public func list(_ path: XenstorePath) async throws(XenstoreError) -> [String]? {
        try await reading(.listNode, PathArguments(path: path.text)) { code, log in
            XenstoreError(path: path, reason: "\(log) (\(code))")
        } _: { state in
            guard path.text == "/" || state.read(path.text) != nil else { return nil }
            return state.children(of: path.text)
        }
    }

    public func watch(_ path: XenstorePath) -> AsyncStream<XenstorePath> {
        AsyncStream { continuation in
            let task = Task(executorPreference: FileThreads.shared) {
                await self.follow(path, telling: continuation)
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Tells of changes until the task is cancelled or the host cannot be read any more.
    private func follow(_ path: XenstorePath, telling continuation: AsyncStream<XenstorePath>.Continuation) async {
        do throws(XenstoreError) {
            try await reading(.watchNode, PathArguments(path: path.text)) { code, log in
                XenstoreError(path: path, reason: "\(log) (\(code))")
            } _: { _ in
            }
        } catch {
            return
        }
        var seen: [String: String]?
        await followState { state in
            state.tree(path.text)
        } _: { nodes in
            guard let last = seen.take() else {
                seen = nodes
                continuation.yield(path)
                return
            }
            seen = nodes
            guard nodes != last else { return }
            let changed = Set(nodes.keys).union(last.keys).filter { nodes[$0] != last[$0] }
            for node in changed.sorted() { continuation.yield(XenstorePath(node)) }
        }
    }
}
