import Dispatch
import Glibc

/// What the kernel tells of by a descriptor that becomes readable: an inotify(7) instance, a pidfd.
package enum DescriptorEvents {
    /// Calls `heed` each time that `descriptor` is readable, with what the stream gets its elements by. The descriptor is the
    /// stream's from now on: it is closed when the stream ends, or the task is cancelled that iterates.
    package static func stream<Element: Sendable>(
        of descriptor: CInt, _ heed: @escaping @Sendable (AsyncStream<Element>.Continuation) -> Void
    ) -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self)
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "descriptor \(descriptor)"))
        source.setEventHandler { heed(continuation) }
        source.setCancelHandler { close(descriptor) }
        // The source lives as long as somebody may iterate.
        let reading = Reading(source: source)
        continuation.onTermination = { _ in reading.source.cancel() }
        source.activate()
        return stream
    }

    /// Sendable: libdispatch's objects may be used on any thread, and there is nothing else in it.
    private struct Reading: @unchecked Sendable {
        let source: any DispatchSourceRead
    }
}
