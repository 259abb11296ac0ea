#ifndef CXENINTERFACE_H
#define CXENINTERFACE_H

/* What a shim is asked for: libxl's calls, and libxenstore's, without any type of theirs.
 *
 * A shim is a library that is made for one release of Xen and loaded at run time. It exports `cxen_shim_functions`, and
 * whoever uses it sees this file alone, so that one program runs on every Xen.
 *
 * Conventions. An int is 0 or one of libxl's negative ERROR_ codes. A value goes in and comes out as the JSON that libxl
 * itself reads and prints. Texts are NUL-terminated; one that is returned is the caller's, who frees it with free(), and its
 * bytes need not be UTF-8. One that is handed in is not kept. */

#include <stdbool.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

/// Counts the forms of `cxen_shim`; one of another form cannot be used.
#define CXEN_INTERFACE 4u

/// A libxl context with its own log. Any thread may use it, one call at a time; `ctx_abort` alone may run beside a call.
typedef struct cxen_ctx cxen_ctx;

/// A structure of libxl's that was filled from JSON.
typedef struct cxen_value cxen_value;

/// A connection to xenstore. One thread at a time.
typedef struct cxen_store cxen_store;

/// Called when libxl can no longer tell that an operation has ended, from within a libxl call, on any thread, at any time
/// before the context is closed. `message` lives until the function returns.
typedef void (*cxen_disaster_fn)(void *_Nullable user, const char *message);

/// What became of a domain.
typedef struct {
    uint32_t domid;
    /// Whether the domain is gone, or on its way; else its guest has ended.
    bool is_death;
    /// libxl's word for how the guest ended; NULL for a death, and for a reason without one. It is there for ever.
    const char *_Nullable shutdown_reason;
} cxen_domain_event;

/// The functions of a shim. Lives as long as the process.
typedef struct {
    /// CXEN_INTERFACE of the header that the shim was made with. First in every form.
    uint32_t interface;
    /// The release of Xen that the shim is for: "4.17".
    const char *release;

    // Contexts

    /// Makes a context that is not connected yet; `ctx_close` ends it. NULL if the process is out of memory or files.
    /// `user` is only handed to `on_disaster`, and must stay good until the context is closed.
    cxen_ctx *_Nullable (*_Nonnull ctx_new)(cxen_disaster_fn on_disaster, void *_Nullable user);
    /// Connects a new context to the host. Once only; after a failure the context is good for its log alone.
    int (*_Nonnull ctx_connect)(cxen_ctx *ctx);
    /// Closes and frees a context. No call may be under way on it: libxl ends the process over that.
    void (*_Nonnull ctx_close)(cxen_ctx *ctx);
    /// What was logged at error level since the last call of this, a line each, with what processes said that libxl forked.
    /// NULL if that is nothing. What is past 64 KiB is lost.
    char *_Nullable (*_Nonnull ctx_take_log)(cxen_ctx *ctx);
    /// Whether libxl logged that it took a device away by force, since the last call of this.
    bool (*_Nonnull ctx_take_forced)(cxen_ctx *ctx);
    /// Asks the call under way to end early with ERROR_ABORTED. It may end otherwise, or much later. ERROR_NOTFOUND if
    /// libxl knows of no such call (yet); ERROR_ABORTED if it was asked before. May block for as long as libxl holds the
    /// context's lock, through most of a domain's build.
    int (*_Nonnull ctx_abort)(cxen_ctx *ctx);

    // Values

    /// Makes a structure with libxl's defaults and reads `json` into it. `type` is libxl's name for the structure without
    /// its prefix: "device_nic", "domain_config". `*value` is freed by `value_free`; it is NULL on failure.
    int (*_Nonnull value_read)(cxen_ctx *ctx, const char *type, const char *json, cxen_value *_Nullable *_Nonnull value);
    /// The structure as libxl prints it; NULL if it cannot.
    char *_Nullable (*_Nonnull value_print)(cxen_ctx *ctx, cxen_value *value);
    void (*_Nonnull value_free)(cxen_value *value);

    // Operations: each blocks until it has ended. `ctx` is connected.

    /// An array of every domain's libxl_dominfo.
    int (*_Nonnull list_domain)(cxen_ctx *ctx, char *_Nullable *_Nonnull json);
    /// The libxl_dominfo of a domain.
    int (*_Nonnull domain_info)(cxen_ctx *ctx, uint32_t domid, char *_Nullable *_Nonnull json);
    /// The name of a domain; NULL if there is none.
    char *_Nullable (*_Nonnull domid_to_name)(cxen_ctx *ctx, uint32_t domid);
    /// The machine's libxl_physinfo.
    int (*_Nonnull get_physinfo)(cxen_ctx *ctx, char *_Nullable *_Nonnull json);
    /// How much memory libxl takes a domain of a "domain_config" to need, in KiB.
    int (*_Nonnull domain_need_memory)(cxen_ctx *ctx, cxen_value *config, uint64_t *kib);
    /// Builds a domain of a "domain_config"; `*domid` is UINT32_MAX if none was made.
    int (*_Nonnull domain_create_new)(cxen_ctx *ctx, cxen_value *config, uint32_t *domid);
    /// Builds a domain whose guest asks for that anew in its place, of a "domain_config"; its memory stays.
    int (*_Nonnull domain_soft_reset)(cxen_ctx *ctx, cxen_value *config, uint32_t domid);
    int (*_Nonnull domain_unpause)(cxen_ctx *ctx, uint32_t domid);
    int (*_Nonnull domain_pause)(cxen_ctx *ctx, uint32_t domid);
    int (*_Nonnull domain_shutdown)(cxen_ctx *ctx, uint32_t domid);
    int (*_Nonnull domain_reboot)(cxen_ctx *ctx, uint32_t domid);
    /// `trigger` is libxl's word for one of libxl_trigger. ERROR_INVAL for any other.
    int (*_Nonnull send_trigger)(cxen_ctx *ctx, uint32_t domid, const char *trigger);
    int (*_Nonnull domain_destroy)(cxen_ctx *ctx, uint32_t domid);
    /// Writes a guest's memory to a file. Cannot be aborted.
    int (*_Nonnull domain_core_dump)(cxen_ctx *ctx, uint32_t domid, const char *path);
    /// Gives a domain of this name the suffix behind it, and in xenstore the 16 bytes of another UUID.
    int (*_Nonnull domain_preserve)(
        cxen_ctx *ctx, uint32_t domid, const char *name, const char *suffix, const uint8_t *uuid);
    /// Puts a medium, a "device_disk", into a drive.
    int (*_Nonnull cdrom_insert)(cxen_ctx *ctx, uint32_t domid, cxen_value *disk);

    // Devices. `kind` is the word in libxl's functions: "nic" in libxl_device_nic_add. ERROR_NI where libxl has no such
    // call, or no such kind.

    /// Adds a "device_KIND", removes or destroys it, as `verb` says: "add", "remove", "safe_remove", "destroy".
    int (*_Nonnull device)(cxen_ctx *ctx, const char *kind, const char *verb, uint32_t domid, cxen_value *device);
    /// An array of the devices of a kind that a domain has.
    int (*_Nonnull device_list)(cxen_ctx *ctx, const char *kind, uint32_t domid, char *_Nullable *_Nonnull json);
    /// An array of the PCI devices that may be given to a domain.
    int (*_Nonnull device_pci_assignable_list)(cxen_ctx *ctx, char *_Nullable *_Nonnull json);

    // Events. A context that has them is used for nothing but these and reading.

    /// Has the context tell of a domain. `*evgen` is libxl's, for `evdisable_domain_death` or until the context is closed;
    /// NULL on failure. What happened before may not be reported.
    int (*_Nonnull evenable_domain_death)(cxen_ctx *ctx, uint32_t domid, void *_Nullable *_Nonnull evgen);
    /// Ends that. What happened before may still be reported.
    void (*_Nonnull evdisable_domain_death)(cxen_ctx *ctx, void *evgen);
    /// Waits for the next event and fills `*event`. ERROR_NOT_READY if there is none and the file descriptor `wake` is
    /// readable, or closed at its other end.
    int (*_Nonnull wait_domain_event)(cxen_ctx *ctx, int wake, cxen_domain_event *event);

    // Xenstore: libxenstore's functions of these names. NULL and false leave the reason in errno.

    cxen_store *_Nullable (*_Nonnull store_open)(void);
    void (*_Nonnull store_close)(cxen_store *store);
    /// The value of a node, `*length` bytes; the caller frees it with free().
    void *_Nullable (*_Nonnull store_read)(cxen_store *store, const char *path, unsigned *length);
    /// The names of a node's children, `*count` texts; the caller frees it with free(), as one piece.
    char *_Nonnull *_Nullable (*_Nonnull store_directory)(cxen_store *store, const char *path, unsigned *count);
    bool (*_Nonnull store_watch)(cxen_store *store, const char *path, const char *token);
    /// Readable when a watch has something to tell.
    int (*_Nonnull store_fileno)(cxen_store *store);
    /// Takes what a watch has to tell: the path of what changed, and the watch's token; NULL if there is nothing. The caller
    /// frees it with free(), as one piece.
    char *_Nonnull *_Nullable (*_Nonnull store_check_watch)(cxen_store *store);
} cxen_shim;

/// What a shim exports.
typedef const cxen_shim *_Nonnull (*cxen_shim_functions_fn)(void);
#define CXEN_SHIM_FUNCTIONS "cxen_shim_functions"

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
