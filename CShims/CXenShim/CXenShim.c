// The shim for one release of Xen: libxl and libxenstore as CXenInterface has them. Built by Scripts/shim.

// For strerrordesc_np, pipe2 and memmem.
#define _GNU_SOURCE

#include "../CXenInterface/CXenInterface.h"

// The libxl that this project is written for: a later libxl keeps its promises of then. libxl's headers refuse numbers that
// they do not list.
#define LIBXL_API_VERSION 0x041300

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xenstore.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef CXEN_RELEASE
#error "CXEN_RELEASE must name the release of Xen that the headers are of, as \"4.17\""
#endif

enum {
    /// The most of a log that is kept, in bytes.
    LOG_LIMIT = 64 * 1024,
    /// The most of a line that is kept, in bytes. Not above PIPE_BUF: a forked process writes a line at one blow.
    LINE_LIMIT = 1024,
};

struct cxen_ctx {
    /// First, because libxl hands the callback a pointer to it.
    xentoollog_logger logger;
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

static char *ctx_take_log(cxen_ctx *ctx) {
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

static bool ctx_take_forced(cxen_ctx *ctx) {
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

static cxen_ctx *ctx_new(cxen_disaster_fn on_disaster, void *user) {
    cxen_ctx *ctx = calloc(1, sizeof *ctx);
    if (!ctx) return NULL;
    if (pipe2(ctx->child_log, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(ctx);
        return NULL;
    }
    ctx->logger.vmessage = on_message;
    ctx->opener = getpid();
    ctx->on_disaster = on_disaster;
    ctx->user = user;
    pthread_mutex_init(&ctx->lock, NULL);
    return ctx;
}

static int ctx_connect(cxen_ctx *ctx) {
    int code = libxl_ctx_alloc(&ctx->ctx, LIBXL_VERSION, 0, &ctx->logger);
    if (code != 0) {
        ctx->ctx = NULL;
        return code;
    }
    libxl_childproc_setmode(ctx->ctx, &childproc_hooks, NULL);
    libxl_event_register_callbacks(ctx->ctx, &event_hooks, ctx);
    return 0;
}

static void ctx_close(cxen_ctx *ctx) {
    if (ctx->ctx) libxl_ctx_free(ctx->ctx);
    close(ctx->child_log[0]);
    close(ctx->child_log[1]);
    pthread_mutex_destroy(&ctx->lock);
    free(ctx->text);
    free(ctx);
}

static int ctx_abort(cxen_ctx *ctx) { return libxl_ao_abort(ctx->ctx, NULL); }

// Values

/// A structure of libxl's that is read from JSON and printed as JSON.
typedef struct {
    const char *name;
    size_t size;
    void (*init)(void *structure);
    void (*dispose)(void *structure);
    int (*from_json)(libxl_ctx *ctx, void *structure, const char *json);
    char *(*to_json)(libxl_ctx *ctx, void *structure);
} type;

#define STRUCTURE(name) \
    static void name##_init(void *s) { libxl_##name##_init(s); } \
    static void name##_dispose(void *s) { libxl_##name##_dispose(s); } \
    static int name##_from_json(libxl_ctx *ctx, void *s, const char *json) { return libxl_##name##_from_json(ctx, s, json); } \
    static char *name##_to_json(libxl_ctx *ctx, void *s) { return libxl_##name##_to_json(ctx, s); }

#define TYPE(name) {#name, sizeof(libxl_##name), name##_init, name##_dispose, name##_from_json, name##_to_json}

STRUCTURE(domain_config)
STRUCTURE(dominfo)
STRUCTURE(physinfo)
STRUCTURE(device_nic)
STRUCTURE(device_disk)
STRUCTURE(device_pci)
STRUCTURE(device_usbctrl)
STRUCTURE(device_usbdev)
STRUCTURE(device_p9)
STRUCTURE(device_vtpm)
STRUCTURE(device_vdispl)
STRUCTURE(device_vsnd)
STRUCTURE(device_vkb)
STRUCTURE(device_vfb)

static const type types[] = {
    TYPE(domain_config), TYPE(dominfo), TYPE(physinfo), TYPE(device_nic), TYPE(device_disk), TYPE(device_pci),
    TYPE(device_usbctrl), TYPE(device_usbdev), TYPE(device_p9), TYPE(device_vtpm), TYPE(device_vdispl),
    TYPE(device_vsnd), TYPE(device_vkb), TYPE(device_vfb),
};

struct cxen_value {
    const type *type;
    /// libxl's structure.
    void *structure;
};

static const type *find_type(const char *name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) return &types[i];
    }
    return NULL;
}

static void value_free(cxen_value *value) {
    value->type->dispose(value->structure);
    free(value->structure);
    free(value);
}

/// Gives a map room for a multiple of 64 numbers, if it has any: of NUMA nodes libxl reads room for as many as the hypervisor
/// can have, whatever the map's size. False without memory.
static bool widen(libxl_bitmap *map, uint32_t least) {
    uint32_t size = (map->size + 7) / 8 * 8;
    if (size < (least + 7) / 8) size = (least + 7) / 8;
    if (map->size == 0 || size == map->size) return true;
    uint8_t *wider = realloc(map->map, size);
    if (!wider) return false;
    memset(wider + map->size, 0, size - map->size);
    map->map = wider;
    map->size = size;
    return true;
}

static bool widen_maps(libxl_domain_build_info *info) {
    bool is_done = widen(&info->avail_vcpus, (uint32_t)info->max_vcpus) && widen(&info->cpumap, 0) && widen(&info->nodemap, 0);
    for (int i = 0; i < info->num_vcpu_hard_affinity; i++) is_done = is_done && widen(&info->vcpu_hard_affinity[i], 0);
    for (int i = 0; i < info->num_vcpu_soft_affinity; i++) is_done = is_done && widen(&info->vcpu_soft_affinity[i], 0);
    return is_done;
}

static int value_read(cxen_ctx *ctx, const char *name, const char *json, cxen_value **value) {
    *value = NULL;
    const type *type = find_type(name);
    if (!type) return ERROR_NI;
    cxen_value *made = calloc(1, sizeof *made);
    void *structure = calloc(1, type->size);
    if (!made || !structure) {
        free(made);
        free(structure);
        return ERROR_NOMEM;
    }
    *made = (cxen_value){.type = type, .structure = structure};
    type->init(structure);
    int code = type->from_json(ctx->ctx, structure, json);
    if (code == 0 && type == find_type("domain_config")) {
        libxl_domain_config *config = structure;
        if (!widen_maps(&config->b_info)) code = ERROR_NOMEM;
    }
    if (code != 0) {
        value_free(made);
        return code;
    }
    *value = made;
    return 0;
}

static char *value_print(cxen_ctx *ctx, cxen_value *value) { return value->type->to_json(ctx->ctx, value->structure); }

/// The structure that `value` is, if it is of the type `name`.
static void *structure(cxen_value *value, const char *name) {
    return value->type == find_type(name) ? value->structure : NULL;
}

/// An array of `count` structures as JSON; NULL if one of them cannot be printed, or there is no memory.
static char *print_list(cxen_ctx *ctx, const char *name, void *list, int count) {
    const type *type = find_type(name);
    size_t length = 1;
    char *text = malloc(3);
    if (!text) return NULL;
    text[0] = '[';
    for (int i = 0; i < count; i++) {
        char *one = type->to_json(ctx->ctx, (char *)list + type->size * (size_t)i);
        size_t more = one ? strlen(one) : 0;
        char *longer = one ? realloc(text, length + more + 3) : NULL;
        if (longer) {
            text = longer;
            if (i > 0) text[length++] = ',';
            memcpy(text + length, one, more);
            length += more;
        }
        free(one);
        if (!longer) {
            free(text);
            return NULL;
        }
    }
    text[length++] = ']';
    text[length] = '\0';
    return text;
}

// Operations: a NULL "how" makes libxl return when the operation has ended

static int list_domain(cxen_ctx *ctx, char **json) {
    int count = 0;
    *json = NULL;
    libxl_dominfo *list = libxl_list_domain(ctx->ctx, &count);
    if (!list) return ERROR_FAIL;
    *json = print_list(ctx, "dominfo", list, count);
    libxl_dominfo_list_free(list, count);
    return *json ? 0 : ERROR_NOMEM;
}

static int domain_info(cxen_ctx *ctx, uint32_t domid, char **json) {
    libxl_dominfo info;
    *json = NULL;
    libxl_dominfo_init(&info);
    int code = libxl_domain_info(ctx->ctx, &info, domid);
    if (code == 0 && !(*json = libxl_dominfo_to_json(ctx->ctx, &info))) code = ERROR_NOMEM;
    libxl_dominfo_dispose(&info);
    return code;
}

static char *domid_to_name(cxen_ctx *ctx, uint32_t domid) { return libxl_domid_to_name(ctx->ctx, domid); }

static int get_physinfo(cxen_ctx *ctx, char **json) {
    libxl_physinfo info;
    *json = NULL;
    libxl_physinfo_init(&info);
    int code = libxl_get_physinfo(ctx->ctx, &info);
    if (code == 0 && !(*json = libxl_physinfo_to_json(ctx->ctx, &info))) code = ERROR_NOMEM;
    libxl_physinfo_dispose(&info);
    return code;
}

static int domain_need_memory(cxen_ctx *ctx, cxen_value *config, uint64_t *kib) {
    void *s = structure(config, "domain_config");
    // The number is for libxl's log alone: there is no domain yet.
    return s ? libxl_domain_need_memory(ctx->ctx, s, (uint32_t)INVALID_DOMID, kib) : ERROR_INVAL;
}

static int domain_create_new(cxen_ctx *ctx, cxen_value *config, uint32_t *domid) {
    *domid = (uint32_t)INVALID_DOMID;
    void *s = structure(config, "domain_config");
    return s ? libxl_domain_create_new(ctx->ctx, s, domid, NULL, NULL) : ERROR_INVAL;
}

static int domain_soft_reset(cxen_ctx *ctx, cxen_value *config, uint32_t domid) {
    void *s = structure(config, "domain_config");
    return s ? libxl_domain_soft_reset(ctx->ctx, s, domid, NULL, NULL) : ERROR_INVAL;
}

static int domain_unpause(cxen_ctx *ctx, uint32_t domid) { return libxl_domain_unpause(ctx->ctx, domid, NULL); }

static int domain_pause(cxen_ctx *ctx, uint32_t domid) { return libxl_domain_pause(ctx->ctx, domid, NULL); }

static int domain_shutdown(cxen_ctx *ctx, uint32_t domid) { return libxl_domain_shutdown(ctx->ctx, domid, NULL); }

static int domain_reboot(cxen_ctx *ctx, uint32_t domid) { return libxl_domain_reboot(ctx->ctx, domid, NULL); }

static int send_trigger(cxen_ctx *ctx, uint32_t domid, const char *word) {
    libxl_trigger trigger;
    if (libxl_trigger_from_string(word, &trigger) != 0) return ERROR_INVAL;
    // Which vCPU matters to none of the triggers that a person could pull.
    return libxl_send_trigger(ctx->ctx, domid, trigger, 0, NULL);
}

static int domain_destroy(cxen_ctx *ctx, uint32_t domid) { return libxl_domain_destroy(ctx->ctx, domid, NULL); }

static int domain_core_dump(cxen_ctx *ctx, uint32_t domid, const char *path) {
    return libxl_domain_core_dump(ctx->ctx, domid, path, NULL);
}

static int domain_preserve(
    cxen_ctx *ctx, uint32_t domid, const char *name, const char *suffix, const uint8_t *uuid) {
    // libxl looks at the name alone.
    libxl_domain_create_info info;
    libxl_uuid new_uuid;
    libxl_domain_create_info_init(&info);
    memcpy(new_uuid.uuid, uuid, sizeof new_uuid.uuid);
    info.name = strdup(name);
    int code = info.name ? libxl_domain_preserve(ctx->ctx, domid, &info, suffix, new_uuid) : ERROR_NOMEM;
    libxl_domain_create_info_dispose(&info);
    return code;
}

static int cdrom_insert(cxen_ctx *ctx, uint32_t domid, cxen_value *disk) {
    void *s = structure(disk, "device_disk");
    return s ? libxl_cdrom_insert(ctx->ctx, domid, s, NULL) : ERROR_INVAL;
}

// Devices

/// What libxl does with a device.
typedef struct {
    const char *type, *verb;
    int (*call)(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how);
} operation;

/// How libxl lists the devices of a kind.
typedef struct {
    const char *type;
    void *(*list)(libxl_ctx *ctx, uint32_t domid, int *count);
    void (*free)(void *list, int count);
} lister;

#define OPERATION(kind, verb) \
    static int kind##_##verb(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how) { \
        return libxl_device_##kind##_##verb(ctx, domid, device, how); \
    }

#define LIST(kind) \
    static void *kind##_list(libxl_ctx *ctx, uint32_t domid, int *count) { \
        return libxl_device_##kind##_list(ctx, domid, count); \
    } \
    static void kind##_list_free(void *list, int count) { libxl_device_##kind##_list_free(list, count); }

// Every call that libxl has, each once: OPERATIONS(X) is X(kind, verb) for each.
#define OPERATIONS(X) \
    X(nic, add) X(nic, remove) X(nic, destroy) \
    X(disk, add) X(disk, safe_remove) X(disk, destroy) \
    X(pci, add) X(pci, remove) X(pci, destroy) \
    X(usbctrl, add) X(usbctrl, remove) X(usbctrl, destroy) \
    X(usbdev, add) X(usbdev, remove) \
    X(p9, remove) X(p9, destroy) \
    X(vtpm, add) X(vtpm, remove) X(vtpm, destroy) \
    X(vdispl, add) X(vdispl, remove) X(vdispl, destroy) \
    X(vsnd, add) X(vsnd, remove) X(vsnd, destroy) \
    X(vkb, add) X(vkb, remove) X(vkb, destroy) \
    X(vfb, add) X(vfb, remove) X(vfb, destroy)
#define LISTS(X) X(nic) X(disk) X(pci) X(usbctrl) X(usbdev) X(vtpm) X(vdispl) X(vsnd) X(vkb)

OPERATIONS(OPERATION)
LISTS(LIST)

#define OPERATION_ROW(kind, verb) {"device_" #kind, #verb, kind##_##verb},
#define LIST_ROW(kind) {"device_" #kind, kind##_list, kind##_list_free},
static const operation operations[] = {OPERATIONS(OPERATION_ROW)};
static const lister listers[] = {LISTS(LIST_ROW)};

/// Whether `type` is "device_KIND".
static bool is_kind(const char *type, const char *kind) { return strcmp(type + strlen("device_"), kind) == 0; }

static int device(cxen_ctx *ctx, const char *kind, const char *verb, uint32_t domid, cxen_value *device) {
    if (strncmp(device->type->name, "device_", strlen("device_")) != 0 || !is_kind(device->type->name, kind)) return ERROR_INVAL;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (!is_kind(operations[i].type, kind) || strcmp(operations[i].verb, verb) != 0) continue;
        return operations[i].call(ctx->ctx, domid, device->structure, NULL);
    }
    return ERROR_NI;
}

static int device_list(cxen_ctx *ctx, const char *kind, uint32_t domid, char **json) {
    *json = NULL;
    for (size_t i = 0; i < sizeof listers / sizeof *listers; i++) {
        if (!is_kind(listers[i].type, kind)) continue;
        int count = 0;
        // NULL where there are none.
        void *list = listers[i].list(ctx->ctx, domid, &count);
        *json = print_list(ctx, listers[i].type, list, list ? count : 0);
        if (list) listers[i].free(list, count);
        return *json ? 0 : ERROR_NOMEM;
    }
    return ERROR_NI;
}

static int device_pci_assignable_list(cxen_ctx *ctx, char **json) {
    int count = 0;
    libxl_device_pci *list = libxl_device_pci_assignable_list(ctx->ctx, &count);
    *json = print_list(ctx, "device_pci", list, list ? count : 0);
    if (list) libxl_device_pci_assignable_list_free(list, count);
    return *json ? 0 : ERROR_NOMEM;
}

// Events

static int evenable_domain_death(cxen_ctx *ctx, uint32_t domid, void **evgen) {
    libxl_evgen_domain_death *made = NULL;
    int code = libxl_evenable_domain_death(ctx->ctx, domid, 0, &made);
    *evgen = code == 0 ? made : NULL;
    return code;
}

static void evdisable_domain_death(cxen_ctx *ctx, void *evgen) { libxl_evdisable_domain_death(ctx->ctx, evgen); }

/// Takes the next event of a domain that has happened; ERROR_NOT_READY if there is none.
static int take_event(cxen_ctx *ctx, cxen_domain_event *event) {
    const uint64_t mask = (uint64_t)1 << LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN | (uint64_t)1 << LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    libxl_event *found = NULL;
    int code = libxl_event_check(ctx->ctx, &found, mask, NULL, NULL);
    if (code != 0) return code;
    event->domid = found->domid;
    event->is_death = found->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    event->shutdown_reason =
        event->is_death ? NULL : libxl_shutdown_reason_to_string(found->u.domain_shutdown.shutdown_reason);
    libxl_event_free(ctx->ctx, found);
    return 0;
}

static int wait_domain_event(cxen_ctx *ctx, int wake, cxen_domain_event *event) {
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
            code = libxl_osevent_beforepoll(ctx->ctx, &count, polled + 1, &timeout, now);
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
        libxl_osevent_afterpoll(ctx->ctx, count, polled + 1, now);
        if (polled[0].revents != 0) {
            code = take_event(ctx, event);
            break;
        }
    }
    free(polled);
    return code;
}

// Xenstore

struct cxen_store;

static struct xs_handle *handle(cxen_store *store) { return (struct xs_handle *)store; }

static cxen_store *store_open(void) { return (cxen_store *)xs_open(0); }

static void store_close(cxen_store *store) { xs_close(handle(store)); }

static void *store_read(cxen_store *store, const char *path, unsigned *length) {
    return xs_read(handle(store), XBT_NULL, path, length);
}

static char **store_directory(cxen_store *store, const char *path, unsigned *count) {
    return xs_directory(handle(store), XBT_NULL, path, count);
}

static bool store_watch(cxen_store *store, const char *path, const char *token) {
    return xs_watch(handle(store), path, token);
}

static int store_fileno(cxen_store *store) { return xs_fileno(handle(store)); }

static char **store_check_watch(cxen_store *store) {
    // In the order of XS_WATCH_PATH and XS_WATCH_TOKEN.
    return xs_check_watch(handle(store));
}

static const cxen_shim shim = {
    .interface = CXEN_INTERFACE,
    .release = CXEN_RELEASE,
    .ctx_new = ctx_new,
    .ctx_connect = ctx_connect,
    .ctx_close = ctx_close,
    .ctx_take_log = ctx_take_log,
    .ctx_take_forced = ctx_take_forced,
    .ctx_abort = ctx_abort,
    .value_read = value_read,
    .value_print = value_print,
    .value_free = value_free,
    .list_domain = list_domain,
    .domain_info = domain_info,
    .domid_to_name = domid_to_name,
    .get_physinfo = get_physinfo,
    .domain_need_memory = domain_need_memory,
    .domain_create_new = domain_create_new,
    .domain_soft_reset = domain_soft_reset,
    .domain_unpause = domain_unpause,
    .domain_pause = domain_pause,
    .domain_shutdown = domain_shutdown,
    .domain_reboot = domain_reboot,
    .send_trigger = send_trigger,
    .domain_destroy = domain_destroy,
    .domain_core_dump = domain_core_dump,
    .domain_preserve = domain_preserve,
    .cdrom_insert = cdrom_insert,
    .device = device,
    .device_list = device_list,
    .device_pci_assignable_list = device_pci_assignable_list,
    .evenable_domain_death = evenable_domain_death,
    .evdisable_domain_death = evdisable_domain_death,
    .wait_domain_event = wait_domain_event,
    .store_open = store_open,
    .store_close = store_close,
    .store_read = store_read,
    .store_directory = store_directory,
    .store_watch = store_watch,
    .store_fileno = store_fileno,
    .store_check_watch = store_check_watch,
};

/// What whoever loads this library asks for first.
__attribute__((visibility("default"))) const cxen_shim *cxen_shim_functions(void) { return &shim; }
