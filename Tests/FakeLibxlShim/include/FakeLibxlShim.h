#ifndef FAKELIBXLSHIM_H
#define FAKELIBXLSHIM_H

// A libxl that answers as scripted, for whoever is above the shim: without a Xen host, and without libxl. One for the
// process; whoever uses it runs one test at a time.
//
// Two have these controls. This library's shim does all by itself, and needs nothing of Xen's. Tests/FakeLibxl stands in for
// libxl below the real shim.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../CShims/CXenInterface/CXenInterface.h"

/// When an operation that changes something returns.
typedef enum {
    FXL_AT_ONCE,
    /// After a moment.
    FXL_LATE,
    /// After a moment, on the word of another thread.
    FXL_BY_ANOTHER_THREAD,
    /// When it is aborted.
    FXL_WHEN_ABORTED,
    /// Not before `release`, aborted or not.
    FXL_WHEN_RELEASED,
} fxl_ending;

/// What every operation from now on does; no pointer is kept.
typedef struct {
    fxl_ending ending;
    /// What it returns: 0 or a negative number.
    int code;
    /// What it logs first, at this level of xentoollog's and with this errno (-1 for none); NULL for nothing. The
    /// reading of one domain logs it too.
    const char *_Nullable log;
    int log_level;
    int log_errno;
    /// How many processes it forks that log "child N" at error level, while another thread logs as fast as it can.
    int children;
    /// How many aborts come before libxl knows of an operation.
    int early_aborts;
    /// Breaks down with this message; NULL if it does not.
    const char *_Nullable disaster;
    /// Cannot read a value that has this text in it; NULL for any that it can. Of this library's shim alone.
    const char *_Nullable refused;
    /// Has no place for this text of a value, and another one in its stead: none, or what is behind the first '|'. Of this
    /// library's shim alone.
    const char *_Nullable dropped;
} fxl_plan;

typedef struct {
    int contexts_opened;
    int contexts_closed;
    /// Structures, events, and watches over domains.
    int initialised;
    int disposed;
    int lists_given;
    int lists_freed;
    /// Aborts that found an operation.
    int aborts;
    /// Operations that have not returned.
    int under_way;
    /// Domains that are watched over now.
    int watched;
    /// How often one has begun to be.
    int watches_begun;
    /// Things that libxl forbids: two operations on a context, hooks not set before use, a "how" where none is due, a
    /// thread that blocks signals which the programs that libxl starts must heed.
    int misuses;
} fxl_counts;

/// How a libxl learns what to do.
typedef struct {
    /// Forgets all that was, and plans that operations return 0 at once.
    void (*_Nonnull begin)(void);
    void (*_Nonnull set_plan)(const fxl_plan *_Nonnull plan);
    /// Makes every context that is asked for from now on fail with `code`; 0 for none.
    void (*_Nonnull set_ctx_code)(int code);
    /// Has a domain made, beside those that are there from the beginning.
    void (*_Nonnull add_domain)(uint32_t domid);
    /// Has the guest of a domain end for this reason, one of libxl_shutdown_reason.
    void (*_Nonnull end_guest)(uint32_t domid, int reason);
    /// Has a domain die: it is in no list any more.
    void (*_Nonnull remove_domain)(uint32_t domid);
    /// Lets the operations end that wait for it.
    void (*_Nonnull release)(void);
    void (*_Nonnull get_counts)(fxl_counts *_Nonnull counts);
    /// The operations so far, a line each: libxl's function, the domid, and the structure as libxl prints it on one line.
    /// The caller frees it with free().
    char *_Nonnull (*_Nonnull get_calls)(void);
} fxl_controls;

/// The controls of this library's shim, and that shim. Both live as long as the process.
const fxl_controls *_Nonnull fxl_fake(void);
const cxen_shim *_Nonnull fxl_shim(void);

/// How many bytes of the process's memory are in use, whichever thread asked for them. Source: glibc's `mallinfo2`.
size_t fxl_bytes_in_use(void);

/// Gives the calling thread a network namespace of its own, with nothing in it but `lo`, down; false without the right
/// to. The thread must do nothing else any more.
bool fxl_own_network(void);

#endif
