/* What a process shares with the children that it forks, and what signals do to it: where Swift may not run. */
#ifndef CPROCESS_H
#define CPROCESS_H

#pragma clang assume_nonnull begin

/// Keeps every thread from forking until `cproc_end_open`, for descriptors that no child may have.
///
/// fork(2) is meant, through the C library; a child that runs another program is kept from them by O_CLOEXEC.
void cproc_begin_open(void);

/// Lets threads fork again. `descriptor`, unless negative, is closed in every child from now on, by close(2) alone: what
/// flock(2) has locked through it stays locked for this process.
///
/// Returns 0; else an errno value, and `descriptor` is left to children as well.
int cproc_end_open(int descriptor);

/// Closes a descriptor of `cproc_end_open`, as one step to children.
void cproc_close(int descriptor);

/// Catches SIGINT, SIGTERM and SIGHUP, but for those that the process ignores. The first that comes is a byte with its
/// number in a pipe; a second one ends the process at once, with the exit code 128 + its number. Children that are forked
/// are ended by them as if nothing caught them.
///
/// Returns the pipe's end to read from, the caller's from now on; a negated errno value on failure. To be called once.
int cproc_catch_endings(void);

/// A descriptor that is readable once the process has ended, and that no child has; a negated errno value on failure.
int cproc_follow(int process);

/// Has the terminal `descriptor` pass on every byte as it comes, both ways, and remembers how it was. Returns 0, or an errno
/// value, such as that of what is no terminal. A signal that ends this process at once by `cproc_catch_endings` restores it.
int cproc_make_raw(int descriptor);

/// Makes the terminal of `cproc_make_raw` what it was; nothing if there is none.
void cproc_restore_terminal(void);

#pragma clang assume_nonnull end

#endif
