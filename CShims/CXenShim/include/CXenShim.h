#ifndef CXENSHIM_H
#define CXENSHIM_H

// What of libxl Swift cannot do by itself: callbacks that take a va_list, and the hooks that must be in place before a
// context is of use. Everything goes through a table of libxl's functions, so that tests can stand in for libxl.
//
// Conventions: an int is 0 or one of libxl's negative ERROR_ codes. A `void *` names libxl's structure of the parameter's
// name, in memory that the caller owns; no call keeps a pointer to it, or to anything in it, after it has returned.
// Nothing here is declared only under some condition: whoever reads this header need not have libxl's.

#include <stdbool.h>
#include <stdint.h>

/// The functions of a libxl; see CXenTable.h. Lives as long as the process.
typedef struct cxen_libxl cxen_libxl;

/// The libxl that is linked.
const cxen_libxl *_Nonnull cxen_real_libxl(void);

/// Initialises a structure to libxl's defaults. Each must be met by the matching dispose, once.
void cxen_domain_config_init(const cxen_libxl *_Nonnull libxl, void *_Nonnull domain_config);
void cxen_dominfo_init(const cxen_libxl *_Nonnull libxl, void *_Nonnull dominfo);

/// Frees what an initialised structure points to, which must come from malloc; not the structure itself.
void cxen_domain_config_dispose(const cxen_libxl *_Nonnull libxl, void *_Nonnull domain_config);
void cxen_dominfo_dispose(const cxen_libxl *_Nonnull libxl, void *_Nonnull dominfo);

/// A libxl context with its own log. Any thread may use it, one call at a time; cxen_ctx_abort alone may run beside a
/// call.
typedef struct cxen_ctx cxen_ctx;

/// Called when libxl can no longer tell that an operation has ended, from within a libxl call, on any thread, at any time
/// before the context is closed. `message` is NUL-terminated and lives until the function returns.
typedef void (*cxen_disaster_fn)(void *_Nullable user, const char *_Nonnull message);

/// Makes a context that is not connected yet; cxen_ctx_close ends it. NULL if the process is out of memory or files.
///
/// `user` is only handed to `on_disaster`, and must stay good until the context is closed. The log callback needs
/// nothing of the caller's: in a process that libxl forked it does no more than write(2).
cxen_ctx *_Nullable cxen_ctx_new(
    const cxen_libxl *_Nonnull libxl, cxen_disaster_fn _Nonnull on_disaster, void *_Nullable user);

/// Connects a new context to the host. Once only; after a failure the context is good for its log alone.
int cxen_ctx_connect(cxen_ctx *_Nonnull ctx);

/// Closes and frees a context. No call may be under way on it: libxl ends the process over that.
void cxen_ctx_close(cxen_ctx *_Nonnull ctx);

/// What was logged at error level since the last call of this, a line each; the caller frees it with free(). Includes
/// what processes said that libxl forked. NULL if that is nothing. What is past 64 KiB is lost.
char *_Nullable cxen_ctx_take_log(cxen_ctx *_Nonnull ctx);

/// Whether libxl logged that it took a device away by force, since the last call of this.
bool cxen_ctx_take_forced(cxen_ctx *_Nonnull ctx);

/// Asks the call under way on the context to end early with ERROR_ABORTED. It may end otherwise, or much later.
///
/// ERROR_NOTFOUND if libxl knows of no such call (yet); ERROR_ABORTED if it was asked before. May block for as long as
/// libxl holds the context's lock, through most of a domain's build.
int cxen_ctx_abort(cxen_ctx *_Nonnull ctx);

// From here on libxl's own operations: each blocks until it has ended. `ctx` is connected.

/// An array of libxl_dominfo and how many; NULL on failure. cxen_dominfo_list_free frees it.
void *_Nullable cxen_list_domain(cxen_ctx *_Nonnull ctx, int *_Nonnull count);
void cxen_dominfo_list_free(cxen_ctx *_Nonnull ctx, void *_Nonnull list, int count);
int cxen_domain_info(cxen_ctx *_Nonnull ctx, void *_Nonnull dominfo, uint32_t domid);
/// The name, which the caller frees with free(); NULL if there is none.
char *_Nullable cxen_domid_to_name(cxen_ctx *_Nonnull ctx, uint32_t domid);
/// Of the machine the highest number of a processor and how many NUMA nodes it has; both are set if the result is 0.
int cxen_get_physinfo(cxen_ctx *_Nonnull ctx, uint32_t *_Nonnull max_cpu_id, uint32_t *_Nonnull nodes);
/// Fills in `domain_config` what libxl chose; `*domid` is UINT32_MAX if no domain was made.
int cxen_domain_create_new(cxen_ctx *_Nonnull ctx, void *_Nonnull domain_config, uint32_t *_Nonnull domid);
int cxen_domain_unpause(cxen_ctx *_Nonnull ctx, uint32_t domid);
int cxen_domain_pause(cxen_ctx *_Nonnull ctx, uint32_t domid);
int cxen_domain_shutdown(cxen_ctx *_Nonnull ctx, uint32_t domid);
int cxen_domain_reboot(cxen_ctx *_Nonnull ctx, uint32_t domid);
/// `trigger` is one of libxl_trigger.
int cxen_send_trigger(cxen_ctx *_Nonnull ctx, uint32_t domid, int trigger);
int cxen_domain_destroy(cxen_ctx *_Nonnull ctx, uint32_t domid);

int cxen_cdrom_insert(cxen_ctx *_Nonnull ctx, uint32_t domid, void *_Nonnull device_disk);

/// The kinds of device.
typedef enum {
    CXEN_NIC,
    CXEN_DISK,
    CXEN_PCI,
    CXEN_USBCTRL,
    CXEN_USBDEV,
    CXEN_P9,
    CXEN_VTPM,
    CXEN_VDISPL,
    CXEN_VSND,
    CXEN_VKB,
    CXEN_VFB,
    CXEN_KINDS
} cxen_kind;

/// `device` is the kind's libxl_device_ structure; ERROR_NI where libxl has no such call. A disk is removed by
/// libxl_device_disk_safe_remove.
void cxen_device_init(const cxen_libxl *_Nonnull libxl, cxen_kind kind, void *_Nonnull device);
void cxen_device_dispose(const cxen_libxl *_Nonnull libxl, cxen_kind kind, void *_Nonnull device);
int cxen_device_add(cxen_ctx *_Nonnull ctx, cxen_kind kind, uint32_t domid, void *_Nonnull device);
int cxen_device_remove(cxen_ctx *_Nonnull ctx, cxen_kind kind, uint32_t domid, void *_Nonnull device);
int cxen_device_destroy(cxen_ctx *_Nonnull ctx, cxen_kind kind, uint32_t domid, void *_Nonnull device);
/// An array of the kind's structure and how many; NULL if there are none. cxen_device_list_free frees it.
void *_Nullable cxen_device_list(cxen_ctx *_Nonnull ctx, cxen_kind kind, uint32_t domid, int *_Nonnull count);
void cxen_device_list_free(cxen_ctx *_Nonnull ctx, cxen_kind kind, void *_Nonnull list, int count);
/// The PCI devices that may be given to a domain; cxen_device_pci_assignable_list_free frees them.
void *_Nullable cxen_device_pci_assignable_list(cxen_ctx *_Nonnull ctx, int *_Nonnull count);
void cxen_device_pci_assignable_list_free(cxen_ctx *_Nonnull ctx, void *_Nonnull list, int count);
/// An element of a list as libxl's JSON, which the caller frees with free(); NULL if libxl cannot.
char *_Nullable cxen_device_json(cxen_ctx *_Nonnull ctx, cxen_kind kind, void *_Nonnull list, int index);

// Events. A context that has them is used for nothing but these and reading.

/// What became of a domain.
typedef struct {
    uint32_t domid;
    /// Whether the domain is gone, or on its way; else its guest has ended.
    bool is_death;
    /// One of libxl_shutdown_reason, for a guest that has ended.
    int shutdown_reason;
} cxen_domain_event;

/// Has the context tell of domain `domid`. `*evgen` is libxl's, for cxen_evdisable_domain_death or until the context is
/// closed; NULL on failure. What happened before may not be told.
int cxen_evenable_domain_death(cxen_ctx *_Nonnull ctx, uint32_t domid, void *_Nullable *_Nonnull evgen);
/// Ends that. What happened before may still be told.
void cxen_evdisable_domain_death(cxen_ctx *_Nonnull ctx, void *_Nonnull evgen);
/// Waits for the next event and fills `*event`. ERROR_NOT_READY if there is none and the file descriptor `wake` is
/// readable, or closed at its other end.
int cxen_wait_domain_event(cxen_ctx *_Nonnull ctx, int wake, cxen_domain_event *_Nonnull event);

#endif
