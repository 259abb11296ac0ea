#ifdef CXEN_HAVE_LIBXL

// For strerrordesc_np and pipe2.
#define _GNU_SOURCE

#include "CXenShim.h"
#include "CXenTable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    /// The most of a log that is kept, in bytes.
    LOG_LIMIT = 64 * 1024,
    /// The most of a line that is kept, in bytes. Not above PIPE_BUF: a forked process writes a line at one blow.
    LINE_LIMIT = 1024,
};

struct cxen_ctx {
    /// First, because libxl hands the callback a pointer to it.
    xentoollog_logger logger;
    const cxen_libxl *libxl;
    libxl_ctx *ctx;
    pid_t opener;
    cxen_disaster_fn on_disaster;
    void *user;
    /// Where forked processes write what they log; both ends non-blocking and close-on-exec.
    int child_log[2];
    /// Guards what is below. Never taken in a forked process, which may have been forked while it was held.
    pthread_mutex_t lock;
    char *text;
    size_t length;
    bool forced;
};

// Devices

#define STRUCTURE(kind) \
    static void kind##_init(void *device) { libxl_device_##kind##_init(device); } \
    static void kind##_dispose(void *device) { libxl_device_##kind##_dispose(device); } \
    static char *kind##_to_json(libxl_ctx *ctx, void *device) { return libxl_device_##kind##_to_json(ctx, device); }

#define OPERATION(kind, verb) \
    static int kind##_##verb(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how) { \
        return libxl_device_##kind##_##verb(ctx, domid, device, how); \
    }

#define LIST(kind) \
    static void *kind##_list(libxl_ctx *ctx, uint32_t domid, int *count) { \
        return libxl_device_##kind##_list(ctx, domid, count); \
    } \
    static void kind##_list_free(void *list, int count) { libxl_device_##kind##_list_free(list, count); }

STRUCTURE(nic)
OPERATION(nic, add)
OPERATION(nic, remove)
OPERATION(nic, destroy)
LIST(nic)
STRUCTURE(disk)
OPERATION(disk, add)
OPERATION(disk, safe_remove)
OPERATION(disk, destroy)
LIST(disk)
STRUCTURE(pci)
OPERATION(pci, add)
OPERATION(pci, remove)
OPERATION(pci, destroy)
LIST(pci)
STRUCTURE(usbctrl)
OPERATION(usbctrl, add)
OPERATION(usbctrl, remove)
OPERATION(usbctrl, destroy)
LIST(usbctrl)
STRUCTURE(usbdev)
OPERATION(usbdev, add)
OPERATION(usbdev, remove)
LIST(usbdev)
STRUCTURE(p9)
OPERATION(p9, remove)
OPERATION(p9, destroy)
STRUCTURE(vtpm)
OPERATION(vtpm, add)
OPERATION(vtpm, remove)
OPERATION(vtpm, destroy)
LIST(vtpm)
STRUCTURE(vdispl)
OPERATION(vdispl, add)
OPERATION(vdispl, remove)
OPERATION(vdispl, destroy)
LIST(vdispl)
STRUCTURE(vsnd)
OPERATION(vsnd, add)
OPERATION(vsnd, remove)
OPERATION(vsnd, destroy)
LIST(vsnd)
STRUCTURE(vkb)
OPERATION(vkb, add)
OPERATION(vkb, remove)
OPERATION(vkb, destroy)
LIST(vkb)
STRUCTURE(vfb)
OPERATION(vfb, add)
OPERATION(vfb, remove)
OPERATION(vfb, destroy)

static const cxen_libxl real_libxl = {
    .ctx_alloc = libxl_ctx_alloc,
    .ctx_free = libxl_ctx_free,
    .childproc_setmode = libxl_childproc_setmode,
    .event_register_callbacks = libxl_event_register_callbacks,
    .ao_abort = libxl_ao_abort,
    .domain_config_init = libxl_domain_config_init,
    .domain_config_dispose = libxl_domain_config_dispose,
    .dominfo_init = libxl_dominfo_init,
    .dominfo_dispose = libxl_dominfo_dispose,
    .list_domain = libxl_list_domain,
    .dominfo_list_free = libxl_dominfo_list_free,
    .domain_info = libxl_domain_info,
    .domid_to_name = libxl_domid_to_name,
    .get_physinfo = libxl_get_physinfo,
    .domain_create_new = libxl_domain_create_new,
    .domain_unpause = libxl_domain_unpause,
    .domain_pause = libxl_domain_pause,
    .domain_shutdown = libxl_domain_shutdown,
    .domain_reboot = libxl_domain_reboot,
    .send_trigger = libxl_send_trigger,
    .domain_destroy = libxl_domain_destroy,
    .evenable_domain_death = libxl_evenable_domain_death,
    .evdisable_domain_death = libxl_evdisable_domain_death,
    .osevent_beforepoll = libxl_osevent_beforepoll,
    .osevent_afterpoll = libxl_osevent_afterpoll,
    .event_check = libxl_event_check,
    .event_free = libxl_event_free,
    .cdrom_insert = libxl_cdrom_insert,
    .devices = {
        [CXEN_NIC] = {
            .size = sizeof(libxl_device_nic), .init = nic_init, .dispose = nic_dispose, .to_json = nic_to_json,
            .add = nic_add,
            .remove = nic_remove,
            .destroy = nic_destroy,
            .list = nic_list, .list_free = nic_list_free,
        },
        [CXEN_DISK] = {
            .size = sizeof(libxl_device_disk), .init = disk_init, .dispose = disk_dispose, .to_json = disk_to_json,
            .add = disk_add,
            .remove = disk_safe_remove,
            .destroy = disk_destroy,
            .list = disk_list, .list_free = disk_list_free,
        },
        [CXEN_PCI] = {
            .size = sizeof(libxl_device_pci), .init = pci_init, .dispose = pci_dispose, .to_json = pci_to_json,
            .add = pci_add,
            .remove = pci_remove,
            .destroy = pci_destroy,
            .list = pci_list, .list_free = pci_list_free,
        },
        [CXEN_USBCTRL] = {
            .size = sizeof(libxl_device_usbctrl), .init = usbctrl_init, .dispose = usbctrl_dispose, .to_json = usbctrl_to_json,
            .add = usbctrl_add,
            .remove = usbctrl_remove,
            .destroy = usbctrl_destroy,
            .list = usbctrl_list, .list_free = usbctrl_list_free,
        },
        [CXEN_USBDEV] = {
            .size = sizeof(libxl_device_usbdev), .init = usbdev_init, .dispose = usbdev_dispose, .to_json = usbdev_to_json,
            .add = usbdev_add,
            .remove = usbdev_remove,
            .list = usbdev_list, .list_free = usbdev_list_free,
        },
        [CXEN_P9] = {
            .size = sizeof(libxl_device_p9), .init = p9_init, .dispose = p9_dispose, .to_json = p9_to_json,
            .remove = p9_remove,
            .destroy = p9_destroy,
        },
        [CXEN_VTPM] = {
            .size = sizeof(libxl_device_vtpm), .init = vtpm_init, .dispose = vtpm_dispose, .to_json = vtpm_to_json,
            .add = vtpm_add,
            .remove = vtpm_remove,
            .destroy = vtpm_destroy,
            .list = vtpm_list, .list_free = vtpm_list_free,
        },
        [CXEN_VDISPL] = {
            .size = sizeof(libxl_device_vdispl), .init = vdispl_init, .dispose = vdispl_dispose, .to_json = vdispl_to_json,
            .add = vdispl_add,
            .remove = vdispl_remove,
            .destroy = vdispl_destroy,
            .list = vdispl_list, .list_free = vdispl_list_free,
        },
        [CXEN_VSND] = {
            .size = sizeof(libxl_device_vsnd), .init = vsnd_init, .dispose = vsnd_dispose, .to_json = vsnd_to_json,
            .add = vsnd_add,
            .remove = vsnd_remove,
            .destroy = vsnd_destroy,
            .list = vsnd_list, .list_free = vsnd_list_free,
        },
        [CXEN_VKB] = {
            .size = sizeof(libxl_device_vkb), .init = vkb_init, .dispose = vkb_dispose, .to_json = vkb_to_json,
            .add = vkb_add,
            .remove = vkb_remove,
            .destroy = vkb_destroy,
            .list = vkb_list, .list_free = vkb_list_free,
        },
        [CXEN_VFB] = {
            .size = sizeof(libxl_device_vfb), .init = vfb_init, .dispose = vfb_dispose, .to_json = vfb_to_json,
            .add = vfb_add,
            .remove = vfb_remove,
            .destroy = vfb_destroy,
        },
    },
    .device_pci_assignable_list = libxl_device_pci_assignable_list,
    .device_pci_assignable_list_free = libxl_device_pci_assignable_list_free,
};

const cxen_libxl *cxen_real_libxl(void) { return &real_libxl; }

// Log

/// Behind the "file.c:123:function: " that libxl begins a line with, which says nothing to a user.
static const char *after_origin(const char *line) {
    const char *place = line;
    place += strspn(place, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (strncmp(place, ".c:", 3) != 0) return line;
    place += 3;
    size_t digits = strspn(place, "0123456789");
    if (digits == 0 || place[digits] != ':') return line;
    place += digits + 1;
    size_t name = strcspn(place, ": ");
    if (name == 0 || place[name] != ':') return line;
    place += name + 1;
    return place + strspn(place, " ");
}

/// Writes a line as it is kept, newline included, into `buffer` of LINE_LIMIT bytes; returns its length. Safe in a forked
/// process: takes no lock that the process that forked could have held.
static size_t format_line(char *buffer, int errnoval, const char *format, va_list arguments) {
    char raw[LINE_LIMIT];
    if (vsnprintf(raw, sizeof raw, format, arguments) < 0) raw[0] = '\0';
    const char *reason = errnoval > 0 ? strerrordesc_np(errnoval) : NULL;
    int length = snprintf(
        buffer, LINE_LIMIT - 1, "%s%s%s", after_origin(raw), reason ? ": " : "", reason ? reason : "");
    size_t end = length < 0 ? 0 : (size_t)length;
    if (end > LINE_LIMIT - 2) end = LINE_LIMIT - 2;
    buffer[end++] = '\n';
    return end;
}

/// With the lock held.
static void append(cxen_ctx *ctx, const char *bytes, size_t count) {
    if (count > LOG_LIMIT - ctx->length) count = LOG_LIMIT - ctx->length;
    if (count == 0) return;
    char *text = realloc(ctx->text, ctx->length + count + 1);
    if (!text) return;
    memcpy(text + ctx->length, bytes, count);
    ctx->text = text;
    ctx->length += count;
    text[ctx->length] = '\0';
}

static void on_message(
    xentoollog_logger *logger, xentoollog_level level, int errnoval, const char *context, const char *format,
    va_list arguments) {
    (void)context;
    cxen_ctx *ctx = (cxen_ctx *)logger;
    char line[LINE_LIMIT];
    size_t length = format_line(line, errnoval, format, arguments);
    // libxl logs from the processes that it forks, with its own lock held and whatever else of ours was at the time.
    if (getpid() != ctx->opener) {
        if (level < XTL_ERROR) return;
        int saved = errno;
        // A line that finds the pipe full is lost; there is nobody to tell.
        ssize_t written = write(ctx->child_log[1], line, length);
        (void)written;
        errno = saved;
        return;
    }
    pthread_mutex_lock(&ctx->lock);
    // The only sign that libxl gives: the call itself returns 0 either way.
    if (memmem(line, length, "initiating forced remove", strlen("initiating forced remove"))) ctx->forced = true;
    if (level >= XTL_ERROR) append(ctx, line, length);
    pthread_mutex_unlock(&ctx->lock);
}

char *cxen_ctx_take_log(cxen_ctx *ctx) {
    char buffer[4096];
    ssize_t count;
    pthread_mutex_lock(&ctx->lock);
    while ((count = read(ctx->child_log[0], buffer, sizeof buffer)) > 0) append(ctx, buffer, (size_t)count);
    char *text = ctx->text;
    ctx->text = NULL;
    ctx->length = 0;
    pthread_mutex_unlock(&ctx->lock);
    return text;
}

bool cxen_ctx_take_forced(cxen_ctx *ctx) {
    pthread_mutex_lock(&ctx->lock);
    bool forced = ctx->forced;
    ctx->forced = false;
    pthread_mutex_unlock(&ctx->lock);
    return forced;
}

// Contexts

static void on_disaster(void *user, libxl_event_type type, const char *message, int errnoval) {
    (void)type;
    cxen_ctx *ctx = user;
    if (getpid() != ctx->opener) return;
    char text[LINE_LIMIT];
    const char *reason = errnoval > 0 ? strerrordesc_np(errnoval) : NULL;
    snprintf(text, sizeof text, "%s%s%s", message ? message : "", reason ? ": " : "", reason ? reason : "");
    ctx->on_disaster(ctx->user, text);
}

static const libxl_event_hooks event_hooks = {.disaster = on_disaster};

// Each operation has a context, and other code of the process may have children: libxl reaps its own alone.
static const libxl_childproc_hooks childproc_hooks = {
    .chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

cxen_ctx *cxen_ctx_new(const cxen_libxl *libxl, cxen_disaster_fn on_disaster, void *user) {
    cxen_ctx *ctx = calloc(1, sizeof *ctx);
    if (!ctx) return NULL;
    if (pipe2(ctx->child_log, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(ctx);
        return NULL;
    }
    ctx->logger.vmessage = on_message;
    ctx->libxl = libxl;
    ctx->opener = getpid();
    ctx->on_disaster = on_disaster;
    ctx->user = user;
    pthread_mutex_init(&ctx->lock, NULL);
    return ctx;
}

int cxen_ctx_connect(cxen_ctx *ctx) {
    int code = ctx->libxl->ctx_alloc(&ctx->ctx, LIBXL_VERSION, 0, &ctx->logger);
    if (code != 0) {
        ctx->ctx = NULL;
        return code;
    }
    ctx->libxl->childproc_setmode(ctx->ctx, &childproc_hooks, NULL);
    ctx->libxl->event_register_callbacks(ctx->ctx, &event_hooks, ctx);
    return 0;
}

void cxen_ctx_close(cxen_ctx *ctx) {
    if (ctx->ctx) ctx->libxl->ctx_free(ctx->ctx);
    close(ctx->child_log[0]);
    close(ctx->child_log[1]);
    pthread_mutex_destroy(&ctx->lock);
    free(ctx->text);
    free(ctx);
}

int cxen_ctx_abort(cxen_ctx *ctx) { return ctx->libxl->ao_abort(ctx->ctx, NULL); }

// Structures

void cxen_domain_config_init(const cxen_libxl *libxl, void *config) { libxl->domain_config_init(config); }
void cxen_domain_config_dispose(const cxen_libxl *libxl, void *config) { libxl->domain_config_dispose(config); }
void cxen_dominfo_init(const cxen_libxl *libxl, void *info) { libxl->dominfo_init(info); }
void cxen_dominfo_dispose(const cxen_libxl *libxl, void *info) { libxl->dominfo_dispose(info); }

// Operations: a NULL "how" makes libxl return when the operation has ended

void *cxen_list_domain(cxen_ctx *ctx, int *count) {
    *count = 0;
    return ctx->libxl->list_domain(ctx->ctx, count);
}

void cxen_dominfo_list_free(cxen_ctx *ctx, void *list, int count) { ctx->libxl->dominfo_list_free(list, count); }

int cxen_domain_info(cxen_ctx *ctx, void *info, uint32_t domid) {
    return ctx->libxl->domain_info(ctx->ctx, info, domid);
}

char *cxen_domid_to_name(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domid_to_name(ctx->ctx, domid); }

int cxen_get_physinfo(cxen_ctx *ctx, uint32_t *max_cpu_id, uint32_t *nodes) {
    libxl_physinfo info;
    libxl_physinfo_init(&info);
    int code = ctx->libxl->get_physinfo(ctx->ctx, &info);
    if (code == 0) {
        *max_cpu_id = info.max_cpu_id;
        *nodes = info.nr_nodes;
    }
    libxl_physinfo_dispose(&info);
    return code;
}

int cxen_domain_create_new(cxen_ctx *ctx, void *config, uint32_t *domid) {
    *domid = (uint32_t)INVALID_DOMID;
    return ctx->libxl->domain_create_new(ctx->ctx, config, domid, NULL, NULL);
}

int cxen_domain_unpause(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domain_unpause(ctx->ctx, domid, NULL); }

int cxen_domain_pause(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domain_pause(ctx->ctx, domid, NULL); }

int cxen_domain_shutdown(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domain_shutdown(ctx->ctx, domid, NULL); }

int cxen_domain_reboot(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domain_reboot(ctx->ctx, domid, NULL); }

int cxen_send_trigger(cxen_ctx *ctx, uint32_t domid, int trigger) {
    // Which vCPU matters to none of the triggers that a person could pull.
    return ctx->libxl->send_trigger(ctx->ctx, domid, (libxl_trigger)trigger, 0, NULL);
}

int cxen_domain_destroy(cxen_ctx *ctx, uint32_t domid) { return ctx->libxl->domain_destroy(ctx->ctx, domid, NULL); }

int cxen_cdrom_insert(cxen_ctx *ctx, uint32_t domid, void *disk) {
    return ctx->libxl->cdrom_insert(ctx->ctx, domid, disk, NULL);
}

void cxen_device_init(const cxen_libxl *libxl, cxen_kind kind, void *device) { libxl->devices[kind].init(device); }
void cxen_device_dispose(const cxen_libxl *libxl, cxen_kind kind, void *device) {
    libxl->devices[kind].dispose(device);
}

int cxen_device_add(cxen_ctx *ctx, cxen_kind kind, uint32_t domid, void *device) {
    const cxen_device_calls *calls = &ctx->libxl->devices[kind];
    return calls->add ? calls->add(ctx->ctx, domid, device, NULL) : ERROR_NI;
}

int cxen_device_remove(cxen_ctx *ctx, cxen_kind kind, uint32_t domid, void *device) {
    const cxen_device_calls *calls = &ctx->libxl->devices[kind];
    return calls->remove ? calls->remove(ctx->ctx, domid, device, NULL) : ERROR_NI;
}

int cxen_device_destroy(cxen_ctx *ctx, cxen_kind kind, uint32_t domid, void *device) {
    const cxen_device_calls *calls = &ctx->libxl->devices[kind];
    return calls->destroy ? calls->destroy(ctx->ctx, domid, device, NULL) : ERROR_NI;
}

void *cxen_device_list(cxen_ctx *ctx, cxen_kind kind, uint32_t domid, int *count) {
    *count = 0;
    const cxen_device_calls *calls = &ctx->libxl->devices[kind];
    return calls->list ? calls->list(ctx->ctx, domid, count) : NULL;
}

void cxen_device_list_free(cxen_ctx *ctx, cxen_kind kind, void *list, int count) {
    ctx->libxl->devices[kind].list_free(list, count);
}

void *cxen_device_pci_assignable_list(cxen_ctx *ctx, int *count) {
    *count = 0;
    return ctx->libxl->device_pci_assignable_list ? ctx->libxl->device_pci_assignable_list(ctx->ctx, count) : NULL;
}

void cxen_device_pci_assignable_list_free(cxen_ctx *ctx, void *list, int count) {
    ctx->libxl->device_pci_assignable_list_free(list, count);
}

char *cxen_device_json(cxen_ctx *ctx, cxen_kind kind, void *list, int index) {
    const cxen_device_calls *calls = &ctx->libxl->devices[kind];
    return calls->to_json(ctx->ctx, (char *)list + calls->size * (size_t)index);
}

// Events

int cxen_evenable_domain_death(cxen_ctx *ctx, uint32_t domid, void **evgen) {
    libxl_evgen_domain_death *made = NULL;
    int code = ctx->libxl->evenable_domain_death(ctx->ctx, domid, 0, &made);
    *evgen = code == 0 ? made : NULL;
    return code;
}

void cxen_evdisable_domain_death(cxen_ctx *ctx, void *evgen) { ctx->libxl->evdisable_domain_death(ctx->ctx, evgen); }

/// Takes the next event of a domain that has happened; ERROR_NOT_READY if there is none.
static int take_event(cxen_ctx *ctx, cxen_domain_event *event) {
    const uint64_t mask = (uint64_t)1 << LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN | (uint64_t)1 << LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    libxl_event *found = NULL;
    int code = ctx->libxl->event_check(ctx->ctx, &found, mask, NULL, NULL);
    if (code != 0) return code;
    event->domid = found->domid;
    event->is_death = found->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    event->shutdown_reason = event->is_death ? 0 : found->u.domain_shutdown.shutdown_reason;
    ctx->libxl->event_free(ctx->ctx, found);
    return 0;
}

int cxen_wait_domain_event(cxen_ctx *ctx, int wake, cxen_domain_event *event) {
    // Ours first, then as many of libxl's as it asks for.
    struct pollfd *polled = NULL;
    int room = 0;
    int code;
    while ((code = take_event(ctx, event)) == ERROR_NOT_READY) {
        int count, timeout = -1;
        struct timeval now;
        gettimeofday(&now, NULL);
        do {
            struct pollfd *more = realloc(polled, ((size_t)room + 1) * sizeof *more);
            if (!more) {
                free(polled);
                return ERROR_NOMEM;
            }
            polled = more;
            count = room;
            code = ctx->libxl->osevent_beforepoll(ctx->ctx, &count, polled + 1, &timeout, now);
            if (code == ERROR_BUFFERFULL) room = count;
        } while (code == ERROR_BUFFERFULL);
        if (code != 0) break;
        polled[0] = (struct pollfd){.fd = wake, .events = POLLIN};
        if (poll(polled, (nfds_t)count + 1, timeout) < 0) {
            if (errno == EINTR) continue;
            code = ERROR_FAIL;
            break;
        }
        gettimeofday(&now, NULL);
        ctx->libxl->osevent_afterpoll(ctx->ctx, count, polled + 1, now);
        if (polled[0].revents != 0) {
            code = take_event(ctx, event);
            break;
        }
    }
    free(polled);
    return code;
}

#else

// Without the Xen trait there is nothing to compile, and C wants a declaration in a file.
typedef int cxen_without_libxl;

#endif
