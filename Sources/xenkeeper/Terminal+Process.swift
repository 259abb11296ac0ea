import CProcess
import Glibc
import XenCommands

extension Terminal {
    /// The standard input of this process, where that is a terminal.
    static let ofThisProcess = Terminal {
        cproc_make_raw(STDIN_FILENO) == 0
    } restore: {
        cproc_restore_terminal()
    }
}
