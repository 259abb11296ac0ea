#ifndef CXENTABLE_H
#define CXENTABLE_H

// The seam between the shim and libxl, for the shim and for whoever stands in for libxl in a test. Needs libxl's headers,
// so it is not among those that Swift sees.

#include <clibxl.h>

#include "CXenShim.h"

/// libxl's calls for one kind of device, by pointers to its structure; NULL where libxl has none.
typedef struct {
    size_t size;
    void (*init)(void *device);
    void (*dispose)(void *device);
    char *(*to_json)(libxl_ctx *ctx, void *device);
    int (*add)(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how);
    int (*remove)(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how);
    int (*destroy)(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how);
    void *(*list)(libxl_ctx *ctx, uint32_t domid, int *count);
    void (*list_free)(void *list, int count);
} cxen_device_calls;

/// libxl's functions, each with its own signature and promises.
struct cxen_libxl {
    int (*ctx_alloc)(libxl_ctx **ctx, int version, unsigned flags, xentoollog_logger *logger);
    int (*ctx_free)(libxl_ctx *ctx);
    void (*childproc_setmode)(libxl_ctx *ctx, const libxl_childproc_hooks *hooks, void *user);
    void (*event_register_callbacks)(libxl_ctx *ctx, const libxl_event_hooks *hooks, void *user);
    int (*ao_abort)(libxl_ctx *ctx, const libxl_asyncop_how *how);

    void (*domain_config_init)(libxl_domain_config *config);
    void (*domain_config_dispose)(libxl_domain_config *config);
    void (*dominfo_init)(libxl_dominfo *info);
    void (*dominfo_dispose)(libxl_dominfo *info);

    libxl_dominfo *(*list_domain)(libxl_ctx *ctx, int *count);
    void (*dominfo_list_free)(libxl_dominfo *list, int count);
    int (*domain_info)(libxl_ctx *ctx, libxl_dominfo *info, uint32_t domid);
    char *(*domid_to_name)(libxl_ctx *ctx, uint32_t domid);
    int (*get_physinfo)(libxl_ctx *ctx, libxl_physinfo *info);
    int (*domain_create_new)(
        libxl_ctx *ctx, libxl_domain_config *config, uint32_t *domid, const libxl_asyncop_how *how,
        const libxl_asyncprogress_how *console_how);
    int (*domain_unpause)(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how);
    int (*domain_pause)(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how);
    int (*domain_shutdown)(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how);
    int (*domain_reboot)(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how);
    int (*send_trigger)(
        libxl_ctx *ctx, uint32_t domid, libxl_trigger trigger, uint32_t vcpuid, const libxl_asyncop_how *how);
    int (*domain_destroy)(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how);

    int (*evenable_domain_death)(
        libxl_ctx *ctx, uint32_t domid, libxl_ev_user user, libxl_evgen_domain_death **evgen);
    void (*evdisable_domain_death)(libxl_ctx *ctx, libxl_evgen_domain_death *evgen);
    int (*osevent_beforepoll)(
        libxl_ctx *ctx, int *count, struct pollfd *descriptors, int *timeout, struct timeval now);
    void (*osevent_afterpoll)(libxl_ctx *ctx, int count, const struct pollfd *descriptors, struct timeval now);
    int (*event_check)(
        libxl_ctx *ctx, libxl_event **event, uint64_t mask, libxl_event_predicate *predicate, void *user);
    void (*event_free)(libxl_ctx *ctx, libxl_event *event);

    int (*cdrom_insert)(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk, const libxl_asyncop_how *how);

    cxen_device_calls devices[CXEN_KINDS];
    libxl_device_pci *(*device_pci_assignable_list)(libxl_ctx *ctx, int *count);
    void (*device_pci_assignable_list_free)(libxl_device_pci *list, int count);
};

#endif
