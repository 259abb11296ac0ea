import Foundation
import Testing
import XenUnits

/// A xenstored that libxenstore connects to in place of the real one, with as much of the protocol as is read with.
///
/// Source: xen/io/xs_wire.h, docs/misc/xenstore.txt.
final class ScriptedXenstored: Sendable {
    /// What becomes of a request.
    enum Manner: Sendable {
        case answers
        case refuses
        case isSilent
        case hangsUp
    }

    private struct State {
        var tree: [String: String]
        var manner = Manner.answers
        var connections: [Int32] = []
        var opened = 0
        var watches: [(connection: Int32, path: String, token: String)] = []
    }
    private let state: Locked<State>
    private let listener: Int32

    /// libxenstore looks here once the process has set it, which it does once.
    private static let path: String = {
        let path = NSTemporaryDirectory() + "xk-xenstored-\(getpid())"
        setenv("XENSTORED_PATH", path, 1)
        return path
    }()

    /// Makes libxenstore find nobody until the next value is made.
    static func leave() {
        unlink(path)
    }

    init(_ tree: [String: String]) throws {
        state = Locked(State(tree: tree))
        unlink(Self.path)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Self.path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        try #require(bound == 0 && listen(listener, 16) == 0)
        self.listener = listener
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                self.state.withLock {
                    $0.connections.append(connection)
                    $0.opened += 1
                }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    /// Ends the server and all its connections.
    func stop() {
        Self.leave()
        shutdown(listener, Int32(SHUT_RDWR))
        // Within the lock: the thread sanitizer does not see how Swift counts who shares an array.
        state.withLock { state in
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    /// How many connections there ever were.
    var opened: Int { state.withLock { $0.opened } }

    /// How many there are.
    var open: Int { state.withLock { $0.connections.count } }

    func behave(_ manner: Manner) {
        state.withLock { $0.manner = manner }
    }

    /// Writes a node, and tells who watches it.
    func write(_ path: String, _ value: String) {
        let watches = state.withLock { state in
            state.tree[path] = value
            return state.watches.filter { path == $0.path || path.hasPrefix($0.path + "/") }
        }
        for watch in watches { send(watch.connection, type: 15, request: 0, "\(path)\0\(watch.token)\0") }
    }

    private func serve(_ connection: Int32) {
        defer {
            state.withLock { state in
                state.connections.removeAll { $0 == connection }
                state.watches.removeAll { $0.connection == connection }
            }
            close(connection)
        }
        while let header = receive(connection, 16) {
            let words = header.withUnsafeBytes { bytes in
                (0..<4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
            }
            guard let payload = receive(connection, Int(words[3])) else { return }
            let texts = payload.split(separator: 0, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            // Within the lock: the thread sanitizer does not see how Swift counts who shares a dictionary.
            let (manner, value, names) = state.withLock { state in
                (state.manner, state.tree[texts[0]], Self.names(below: texts[0], in: state.tree))
            }
            func reply(_ text: String?) {
                if let text {
                    send(connection, type: words[0], request: words[1], text)
                } else {
                    send(connection, type: 16, request: words[1], "ENOENT\0")
                }
            }
            switch (manner, words[0]) {
            case (.isSilent, _): continue
            case (.hangsUp, _): return
            case (.refuses, _): send(connection, type: 16, request: words[1], "EACCES\0")
            case (_, 1):
                reply(names.isEmpty && value == nil ? nil : names.map { $0 + "\0" }.joined())
            case (_, 2): reply(value)
            case (_, 4):
                state.withLock { $0.watches.append((connection, texts[0], texts[1])) }
                reply("OK\0")
                send(connection, type: 15, request: 0, "\(texts[0])\0\(texts[1])\0")
            default: reply("OK\0")
            }
        }
    }

    /// The names of a node's children. Backwards, so that whoever wants an order has to make it.
    private static func names(below path: String, in tree: [String: String]) -> [String] {
        let parts = tree.keys.filter { $0.hasPrefix(path + "/") }
            .compactMap { $0.dropFirst(path.count + 1).split(separator: "/").first }
        return Set(parts.map(String.init)).sorted(by: >)
    }

    private func receive(_ connection: Int32, _ count: Int) -> Data? {
        var data = Data()
        while data.count < count {
            var buffer = [UInt8](repeating: 0, count: count - data.count)
            let got = recv(connection, &buffer, buffer.count, 0)
            guard got > 0 else { return nil }
            data.append(contentsOf: buffer.prefix(got))
        }
        return data
    }

    private func send(_ connection: Int32, type: UInt32, request: UInt32, _ text: String) {
        var message = Data()
        for word in [type, request, 0, UInt32(text.utf8.count)] {
            withUnsafeBytes(of: word) { message.append(contentsOf: $0) }
        }
        message.append(contentsOf: text.utf8)
        _ = message.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
