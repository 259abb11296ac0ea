import Glibc
import XenUnits

/// Carries bytes between a user and a console, both ways, on a thread of its own, which waits for whichever has something.
///
/// The console may come and go: without one, what the user types goes nowhere, but for the key that leaves.
final class ConsoleRelay: Sendable {
    /// What happens to it.
    enum Event: Hashable, Sendable {
        /// The user has typed the key that leaves.
        case left
        /// The input has ended, and the guest has been silent since for a while.
        case inputEnded
        /// The console is gone; what it had said before was passed on.
        case hungUp
        /// Nobody reads the output any more.
        case outputClosed
    }

    /// `^]`. Source: virsh's `--escape`.
    static let escape: UInt8 = 0x1d

    private struct State {
        /// The console, which is this object's to close; negative for none.
        var line: CInt = -1
        var isStopped = false
    }
    private let state = Locked(State())
    private let input: CInt
    private let output: CInt
    /// Has the thread look at the state.
    private let waker: WakeSocket
    private let tell: @Sendable (Event) -> Void

    /// A relay that has not begun; nil if the process has no descriptors left. `tell` is called on its thread.
    init?(input: CInt, output: CInt, _ tell: @escaping @Sendable (Event) -> Void) {
        guard let waker = WakeSocket() else { return nil }
        self.waker = waker
        (self.input, self.output, self.tell) = (input, output, tell)
    }

    /// Begins; false if there is no thread for it. It goes on until `stop`.
    func begin() -> Bool { OwnThread.start { self.work() } }

    /// Goes on with another console, a descriptor that does not block and is this object's from now on.
    func connect(_ line: CInt) {
        let former = state.withLock { state in
            let former = state.line
            state.line = line
            return former
        }
        // The thread may be waiting for it: closed, it would be waited for under a number that is another file's.
        if former >= 0 { shut(former) }
        waker.wake()
    }

    /// Ends it. What is on its way is lost.
    func stop() {
        state.withLock { $0.isStopped = true }
        waker.wake()
    }

    /// Descriptors that the thread is to close.
    private let closing = Locked<[CInt]>([])

    private func shut(_ descriptor: CInt) { closing.withLock { $0.append(descriptor) } }

    // MARK: The thread

    private static let chunk = 4096
    /// How much of what the guest says is kept for a slow reader before the guest has to wait.
    private static let most = 1 << 16
    /// How long a guest is silent, in milliseconds, before the end of the input is the end.
    private static let silence: CInt = 1000

    /// What is on its way.
    private struct Buffers {
        var toGuest: [UInt8] = []
        var toUser: [UInt8] = []
        var isInputOpen = true
    }

    private func work() {
        var buffers = Buffers()
        while true {
            for descriptor in closing.withLock({ descriptors in
                defer { descriptors = [] }
                return descriptors
            }) { close(descriptor) }
            let (line, isStopped) = state.withLock { ($0.line, $0.isStopped) }
            guard !isStopped else {
                if line >= 0 { close(line) }
                return
            }
            var places = [
                pollfd(fd: waker.reader, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: buffers.isInputOpen && buffers.toGuest.count < Self.chunk ? input : -1, events: Int16(POLLIN),
                    revents: 0),
                pollfd(
                    fd: line,
                    events: Int16(buffers.toUser.count < Self.most ? POLLIN : 0)
                        | Int16(buffers.toGuest.isEmpty ? 0 : POLLOUT), revents: 0),
                // Asked for nothing, it tells of a reader who is gone.
                pollfd(fd: output, events: Int16(buffers.toUser.isEmpty ? 0 : POLLOUT), revents: 0),
            ]
            let isAtEnd = !buffers.isInputOpen && buffers.toGuest.isEmpty && buffers.toUser.isEmpty && line >= 0
            let count = poll(&places, nfds_t(places.count), isAtEnd ? Self.silence : -1)
            if count == 0 { tell(.inputEnded) }
            guard count > 0 else { continue }
            if places[0].revents != 0 { waker.sleep() }
            if places[3].revents != 0 { writeToUser(&buffers, places[3].revents) }
            if places[2].revents != 0 { exchange(with: line, places[2].revents, &buffers) }
            if places[1].revents != 0 { readInput(&buffers, line) }
        }
    }

    private func readInput(_ buffers: inout Buffers, _ line: CInt) {
        guard let bytes = Self.read(input) else { return }
        guard !bytes.isEmpty else {
            buffers.isInputOpen = false
            return
        }
        let typed = bytes.prefix { $0 != Self.escape }
        if line >= 0 { buffers.toGuest += typed }
        guard typed.count < bytes.count else { return }
        buffers.isInputOpen = false
        // What was typed before it may have come with it; a guest that takes nothing holds up nobody.
        if line >= 0 { writeToGuest(&buffers, line) }
        tell(.left)
    }

    private func exchange(with line: CInt, _ events: Int16, _ buffers: inout Buffers) {
        if events & Int16(POLLOUT) != 0 { writeToGuest(&buffers, line) }
        guard events & ~Int16(POLLOUT) != 0, let bytes = Self.read(line) else { return }
        guard bytes.isEmpty else {
            buffers.toUser += bytes
            return
        }
        buffers.toGuest = []
        let isStillIt = state.withLock { state in
            guard state.line == line else { return false }
            state.line = -1
            return true
        }
        guard isStillIt else { return }
        close(line)
        tell(.hungUp)
    }

    private func writeToGuest(_ buffers: inout Buffers, _ line: CInt) {
        guard !buffers.toGuest.isEmpty else { return }
        let count = buffers.toGuest.withUnsafeBytes { write(line, $0.baseAddress, $0.count) }
        if count > 0 { buffers.toGuest.removeFirst(count) }
    }

    private func writeToUser(_ buffers: inout Buffers, _ events: Int16) {
        guard events & Int16(POLLOUT) != 0, !buffers.toUser.isEmpty else {
            if events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { closeOutput(&buffers) }
            return
        }
        // A pipe that is ready takes so much at once, and does not hold up the thread.
        let count = buffers.toUser.withUnsafeBytes { write(output, $0.baseAddress, min($0.count, Self.chunk)) }
        if count > 0 {
            buffers.toUser.removeFirst(count)
        } else if errno != EINTR, errno != EAGAIN {
            closeOutput(&buffers)
        }
    }

    private func closeOutput(_ buffers: inout Buffers) {
        buffers.toUser = []
        tell(.outputClosed)
        // Nothing can be done but stop, which whoever hears of it does.
        state.withLock { $0.isStopped = true }
    }

    /// What a descriptor has; empty at its end, nil if it has nothing now.
    private static func read(_ descriptor: CInt) -> ArraySlice<UInt8>? {
        var bytes = [UInt8](repeating: 0, count: chunk)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count < 0 else { return bytes[..<count] }
        return errno == EINTR || errno == EAGAIN ? nil : []
    }
}

/// The host's end of a console, opened.
enum ConsoleDescriptor {
    /// Opens the terminal at `path` to read and write without waiting, with no byte of it changed on its way.
    static func open(_ path: String) -> Result<CInt, ConsoleDescriptorError> {
        // What xenstore names may be anything.
        let descriptor = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return .failure(ConsoleDescriptorError(path: path, reason: text(of: errno))) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            close(descriptor)
            return .failure(ConsoleDescriptorError(path: path, reason: "it is no terminal"))
        }
        cfmakeraw(&settings)
        tcsetattr(descriptor, TCSANOW, &settings)
        return .success(descriptor)
    }

    private static func text(of code: CInt) -> String { String(cString: strerror(code)) }
}

/// Why the terminal of a console cannot be used.
struct ConsoleDescriptorError: Error, Hashable, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "the console's terminal '\(path)' cannot be used: \(reason)" }
}
