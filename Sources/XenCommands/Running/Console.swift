package import SystemPackage

/// Where a command's result and its complaints go.
package struct Console: Sendable {
    let input: FileDescriptor
    let output: FileDescriptor
    let errors: FileDescriptor
    /// Whether somebody reads the errors as they come.
    let isTerminal: Bool

    /// A console that reads `input`, and writes results to `output` and everything else to `errors`, which is a terminal or
    /// not.
    package init(
        input: FileDescriptor = .standardInput, output: FileDescriptor = .standardOutput,
        errors: FileDescriptor = .standardError, isTerminal: Bool = false
    ) {
        self.isTerminal = isTerminal
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Writes a result, as it is.
    func write(_ text: String) throws(Errno) {
        guard !text.isEmpty else { return }
        do {
            try output.writeAll(text.utf8)
        } catch let error as Errno {
            throw error
        } catch {
            throw Errno.ioError
        }
    }

    /// Writes a line such as `error: …` on standard error; one sentence is one line whatever names are in it.
    ///
    /// That it fails can be reported to nobody, so it is let go.
    func complain(_ kind: String, _ sentence: String) {
        complainVerbatim("\(kind): \(DisplayText(sentence).text)\n")
    }

    /// Writes a text of our own making, line ends included, on standard error.
    func complainVerbatim(_ text: String) {
        _ = try? errors.writeAll(text.utf8)
    }
}
