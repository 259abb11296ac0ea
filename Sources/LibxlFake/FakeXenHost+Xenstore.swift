public import LibxlAPI

extension FakeXenHost: Xenstore {
    public func read(_ path: XenstorePath) async throws(XenstoreError) -> String? {
        try await reading(.readNode, PathArguments(path: path.text)) { code, log in
            XenstoreError(path: path, reason: "\(log) (\(code))")
        }.read(path.text)
    }

    public func list(_ path: XenstorePath) async throws(XenstoreError) -> [String]? {
        let state = try await reading(.listNode, PathArguments(path: path.text)) { code, log in
            XenstoreError(path: path, reason: "\(log) (\(code))")
        }
        guard path.text == "/" || state.read(path.text) != nil else { return nil }
        return state.children(of: path.text)
    }

    public func watch(_ path: XenstorePath) -> AsyncStream<Void> {
        // One that nobody has asked for yet stands for all that follow.
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                await follow(path, telling: continuation)
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Tells of changes until the task is cancelled or the host cannot be read any more.
    private func follow(_ path: XenstorePath, telling continuation: AsyncStream<Void>.Continuation) async {
        do throws(XenstoreError) {
            _ = try await reading(.watchNode, PathArguments(path: path.text)) { code, log in
                XenstoreError(path: path, reason: "\(log) (\(code))")
            }
        } catch {
            return
        }
        let below = path.text == "/" ? "/" : path.text + "/"
        var seen: [String: String]?
        await followState { state in
            let nodes = state.xen.xenstore.filter { $0.key == path.text || $0.key.hasPrefix(below) }
            guard nodes != seen else { return }
            seen = nodes
            continuation.yield()
        }
    }
}
