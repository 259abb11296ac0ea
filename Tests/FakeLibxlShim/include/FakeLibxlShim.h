#ifndef FAKELIBXLSHIM_H
#define FAKELIBXLSHIM_H

// A libxl that answers as it is told, to be put in the shim's table: the shim and what is above it then run without a
// Xen host. One for the process; whoever uses it runs one test at a time.

#include <stdbool.h>
#include <stdint.h>

struct cxen_libxl;

/// The table to give to the shim. Lives as long as the process.
const struct cxen_libxl *_Nonnull fxl_libxl(void);

/// When an operation that changes something returns.
typedef enum {
    FXL_AT_ONCE,
    /// After a moment.
    FXL_LATE,
    /// After a moment, on the word of another thread.
    FXL_BY_ANOTHER_THREAD,
    /// When it is aborted.
    FXL_WHEN_ABORTED,
    /// Not before fxl_release, aborted or not.
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
} fxl_plan;

/// Forgets all that was, and plans that operations return 0 at once.
void fxl_begin(void);
void fxl_set_plan(fxl_plan plan);
/// Makes every context that is asked for from now on fail with `code`; 0 for none.
void fxl_set_ctx_code(int code);
/// Has a domain made, beside those that are there from the beginning.
void fxl_add_domain(uint32_t domid);
/// Has the guest of a domain end for this reason, one of libxl_shutdown_reason.
void fxl_end_guest(uint32_t domid, int reason);
/// Has a domain die: it is in no list any more.
void fxl_remove_domain(uint32_t domid);
/// Lets the operations end that wait for it.
void fxl_release(void);

typedef struct {
    int contexts_opened;
    int contexts_closed;
    /// Structures, those in configurations included, arrays of them, events, and watches over domains.
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
    /// Things that libxl forbids: two operations on a context, hooks not set before use, a "how" where none is due, a
    /// thread that blocks signals which the programs that libxl starts must heed.
    int misuses;
} fxl_counts;

fxl_counts fxl_get_counts(void);

/// The operations so far, a line each: libxl's function, the domid, and the structure as libxl prints it on one line.
/// The caller frees it with free().
char *_Nonnull fxl_get_calls(void);

/// Gives the calling thread a network namespace of its own, with nothing in it but `lo`, down; false without the right
/// to. The thread must do nothing else any more.
bool fxl_own_network(void);

#endif
