import Glibc

/// The process's three standard descriptors and the signal that belongs to them.
enum StandardDescriptors {
    /// Makes them safe to write to for the process's life.
    ///
    /// A descriptor that the caller closed would be given to the first file that is opened, and a message meant for
    /// the user would end in a domain's definition. So each closed one is occupied, in the mode in which its use fails
    /// as on a closed one. And a reader who went away must not kill a change halfway: SIGPIPE is caught, not ignored,
    /// since programs that are run inherit ignoring.
    static func secure() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            let opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
            guard opened == descriptor else { _exit(1) }
        }
        signal(SIGPIPE) { _ in }
    }
}
