#define _GNU_SOURCE

#include "FakeLibxlShim.h"
#include "FakeStore.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DEVICES = 16, MOST_DOMAINS = 16, ERROR_LEVEL = 8 };
// libxl's.
enum { FAIL = -3, NI = -4, NOT_READY = -11, DOMAIN_NOTFOUND = -21, ABORTED = -22, NOTFOUND = -23 };

/// A watch over a domain.
typedef struct watch {
    struct watch *next;
    uint32_t domid;
    bool shutdown_reported, death_reported;
} watch;

struct cxen_ctx {
    cxen_disaster_fn on_disaster;
    void *user;
    bool is_connected, is_under_way, is_aborted, is_done;
    char *log;
    bool forced;
    /// In the list of all contexts.
    struct cxen_ctx *next;
    watch *watches;
    /// Readable when something has happened to domains; made with the first watch.
    int news[2];
};

struct cxen_value {
    char *type, *json;
};

/// A device that was added, as JSON.
typedef struct {
    char kind[16];
    char *json;
} added;

/// A domain as it stands; `reason` is negative while its guest runs.
typedef struct {
    uint32_t domid;
    int reason;
} domain;

static const char *const reasons[] = {"poweroff", "reboot", "suspend", "crash", "watchdog", "soft_reset"};
static const domain first_domains[] = {{9, 3}, {0, -1}, {7, -1}};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static fxl_plan plan;
static char *plan_log, *plan_disaster, *plan_refused, *plan_dropped;
static int ctx_code;
static bool released;
static fxl_counts counts;
static char *calls;
static added devices[MOST_DEVICES];
static int device_count;
static cxen_ctx *contexts;
static domain domains[MOST_DOMAINS];
static int domain_count;

/// With the lock held. NULL if there is none.
static domain *find_domain(uint32_t domid) {
    for (int i = 0; i < domain_count; i++) {
        if (domains[i].domid == domid) return &domains[i];
    }
    return NULL;
}

static char *copy(const char *text) { return text ? strdup(text) : NULL; }

/// Puts text behind another one; both may be NULL, `*text` is replaced.
static void append(char **text, const char *more) {
    char *longer;
    if (asprintf(&longer, "%s%s", *text ? *text : "", more) < 0) abort();
    free(*text);
    *text = longer;
}

// Telling

static void begin(void) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < device_count; i++) free(devices[i].json);
    device_count = 0;
    free(plan_log), free(plan_disaster), free(plan_refused), free(plan_dropped), free(calls);
    plan_log = plan_disaster = plan_refused = plan_dropped = calls = NULL;
    plan = (fxl_plan){0};
    ctx_code = 0;
    released = false;
    counts = (fxl_counts){0};
    domain_count = sizeof first_domains / sizeof *first_domains;
    memcpy(domains, first_domains, sizeof first_domains);
    pthread_mutex_unlock(&lock);
}

/// With the lock held.
static void tell_contexts(void) {
    for (cxen_ctx *c = contexts; c; c = c->next) {
        if (c->watches && write(c->news[1], "", 1) != 1) abort();
    }
}

static void add_domain(uint32_t domid) {
    pthread_mutex_lock(&lock);
    if (domain_count == MOST_DOMAINS) abort();
    domains[domain_count++] = (domain){domid, -1};
    pthread_mutex_unlock(&lock);
}

static void end_guest(uint32_t domid, int reason) {
    pthread_mutex_lock(&lock);
    domain *d = find_domain(domid);
    if (d) d->reason = reason;
    tell_contexts();
    pthread_mutex_unlock(&lock);
}

static void remove_domain(uint32_t domid) {
    pthread_mutex_lock(&lock);
    domain *d = find_domain(domid);
    if (d) *d = domains[--domain_count];
    tell_contexts();
    pthread_mutex_unlock(&lock);
}

static void set_plan(const fxl_plan *next) {
    pthread_mutex_lock(&lock);
    free(plan_log), free(plan_disaster), free(plan_refused), free(plan_dropped);
    plan = *next;
    plan_log = copy(next->log);
    plan_disaster = copy(next->disaster);
    plan_refused = copy(next->refused);
    plan_dropped = copy(next->dropped);
    pthread_mutex_unlock(&lock);
}

static void set_ctx_code(int code) {
    pthread_mutex_lock(&lock);
    ctx_code = code;
    pthread_mutex_unlock(&lock);
}

static void release(void) {
    pthread_mutex_lock(&lock);
    released = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void get_counts(fxl_counts *now) {
    pthread_mutex_lock(&lock);
    *now = counts;
    pthread_mutex_unlock(&lock);
}

static char *get_calls(void) {
    pthread_mutex_lock(&lock);
    char *text = strdup(calls ? calls : "");
    pthread_mutex_unlock(&lock);
    return text;
}

static const fxl_controls controls = {
    .begin = begin,
    .set_plan = set_plan,
    .set_ctx_code = set_ctx_code,
    .add_domain = add_domain,
    .end_guest = end_guest,
    .remove_domain = remove_domain,
    .release = release,
    .get_counts = get_counts,
    .get_calls = get_calls,
};

size_t fxl_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

const fxl_controls *fxl_fake(void) { return &controls; }

static void count(int *counter) {
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_mutex_unlock(&lock);
}

// Contexts

/// Logs as the shim does: what is below error level is looked at alone. With the lock held.
static void log_line(cxen_ctx *ctx, int level, int errnoval, const char *text) {
    if (strstr(text, "initiating forced remove")) ctx->forced = true;
    if (level < ERROR_LEVEL) return;
    char *line;
    const char *reason = errnoval > 0 ? strerrordesc_np(errnoval) : NULL;
    // What libxl begins a line with is the shim's to take away.
    const char *end = strstr(text, ".c:");
    if (end) end = strchr(end + 3, ':');
    if (end) end = strstr(end + 1, ": ");
    if (asprintf(&line, "%s%s%s\n", end ? end + 2 : text, reason ? ": " : "", reason ? reason : "") < 0) abort();
    append(&ctx->log, line);
    free(line);
}

static cxen_ctx *ctx_new(cxen_disaster_fn on_disaster, void *user) {
    cxen_ctx *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->on_disaster = on_disaster;
    made->user = user;
    return made;
}

static int ctx_connect(cxen_ctx *ctx) {
    pthread_mutex_lock(&lock);
    int code = ctx_code;
    if (code != 0) {
        log_line(ctx, ERROR_LEVEL, 2, "libxl.c:1:libxl_ctx_alloc: cannot open the host");
    } else {
        counts.contexts_opened++;
        ctx->is_connected = true;
        ctx->next = contexts;
        contexts = ctx;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

/// With the lock held.
static void disable(cxen_ctx *ctx, watch *w) {
    watch **place = &ctx->watches;
    while (*place != w) place = &(*place)->next;
    *place = w->next;
    counts.disposed++;
    counts.watched--;
    free(w);
    if (!ctx->watches) close(ctx->news[0]), close(ctx->news[1]);
}

static void ctx_close(cxen_ctx *ctx) {
    pthread_mutex_lock(&lock);
    // As libxl does.
    if (ctx->is_under_way) abort();
    while (ctx->watches) disable(ctx, ctx->watches);
    if (ctx->is_connected) {
        counts.contexts_closed++;
        cxen_ctx **place = &contexts;
        while (*place != ctx) place = &(*place)->next;
        *place = ctx->next;
    }
    pthread_mutex_unlock(&lock);
    free(ctx->log);
    free(ctx);
}

static char *ctx_take_log(cxen_ctx *ctx) {
    pthread_mutex_lock(&lock);
    char *log = ctx->log;
    ctx->log = NULL;
    pthread_mutex_unlock(&lock);
    return log;
}

static bool ctx_take_forced(cxen_ctx *ctx) {
    pthread_mutex_lock(&lock);
    bool forced = ctx->forced;
    ctx->forced = false;
    pthread_mutex_unlock(&lock);
    return forced;
}

static int ctx_abort(cxen_ctx *ctx) {
    pthread_mutex_lock(&lock);
    bool is_early = plan.early_aborts > 0;
    if (is_early) plan.early_aborts--;
    int code = is_early || !ctx->is_under_way ? NOTFOUND : ctx->is_aborted ? ABORTED : 0;
    if (code == 0) {
        counts.aborts++;
        ctx->is_aborted = true;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

// Values: the JSON as it was read

static int value_read(cxen_ctx *ctx, const char *type, const char *json, cxen_value **value) {
    *value = NULL;
    pthread_mutex_lock(&lock);
    bool is_refused = plan_refused && strstr(json, plan_refused);
    if (is_refused) log_line(ctx, ERROR_LEVEL, -1, "libxl_json.c:1:parse: not what it should be");
    if (!is_refused) counts.initialised++;
    pthread_mutex_unlock(&lock);
    if (is_refused) return FAIL;
    cxen_value *made = calloc(1, sizeof *made);
    if (!made) abort();
    made->type = strdup(type);
    made->json = strdup(json);
    *value = made;
    return 0;
}

static char *value_print(cxen_ctx *ctx, cxen_value *value) {
    (void)ctx;
    pthread_mutex_lock(&lock);
    char *dropped = copy(plan_dropped);
    pthread_mutex_unlock(&lock);
    char *other = dropped ? strchr(dropped, '|') : NULL;
    if (other) *other++ = '\0';
    char *found = dropped ? strstr(value->json, dropped) : NULL, *text;
    if (found) {
        int before = (int)(found - value->json);
        if (asprintf(&text, "%.*s%s%s", before, value->json, other ? other : "", found + strlen(dropped)) < 0) abort();
    } else {
        text = strdup(value->json);
    }
    free(dropped);
    return text;
}

static void value_free(cxen_value *value) {
    free(value->type);
    free(value->json);
    free(value);
    count(&counts.disposed);
}

// Operations

static void *end_soon(void *argument) {
    cxen_ctx *ctx = argument;
    usleep(20000);
    pthread_mutex_lock(&lock);
    ctx->is_done = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int operate(cxen_ctx *ctx, const char *call, uint32_t domid, const char *json) {
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    bool is_deaf = sigismember(&blocked, SIGCHLD) || sigismember(&blocked, SIGTERM) || sigismember(&blocked, SIGHUP);
    char *line;
    if (asprintf(&line, "%s %u%s%s\n", call, domid, json ? " " : "", json ? json : "") < 0) abort();
    pthread_mutex_lock(&lock);
    append(&calls, line);
    free(line);
    if (is_deaf || ctx->is_under_way || !ctx->is_connected) counts.misuses++;
    ctx->is_under_way = true;
    ctx->is_done = ctx->is_aborted = false;
    counts.under_way++;
    fxl_plan mine = plan;
    char *disaster = copy(plan_disaster);
    if (plan_log) log_line(ctx, mine.log_level, mine.log_errno, plan_log);
    for (int i = 0; i < mine.children; i++) {
        char text[32];
        snprintf(text, sizeof text, "child %d", i);
        log_line(ctx, ERROR_LEVEL, -1, text);
    }
    pthread_mutex_unlock(&lock);

    if (disaster) {
        char text[256];
        snprintf(text, sizeof text, "%s: %s", disaster, strerrordesc_np(5));
        ctx->on_disaster(ctx->user, text);
        free(disaster);
    }
    if (mine.ending == FXL_LATE) usleep(20000);
    pthread_t other;
    bool has_other = mine.ending == FXL_BY_ANOTHER_THREAD;
    if (has_other && pthread_create(&other, NULL, end_soon, ctx) != 0) abort();

    pthread_mutex_lock(&lock);
    while (has_other && !ctx->is_done) pthread_cond_wait(&changed, &lock);
    while (mine.ending == FXL_WHEN_ABORTED && !ctx->is_aborted) pthread_cond_wait(&changed, &lock);
    while (mine.ending == FXL_WHEN_RELEASED && !released) pthread_cond_wait(&changed, &lock);
    ctx->is_under_way = false;
    counts.under_way--;
    pthread_mutex_unlock(&lock);
    if (has_other) pthread_join(other, NULL);
    return mine.code;
}

static int domain_create_new(cxen_ctx *ctx, cxen_value *config, uint32_t *domid) {
    *domid = UINT32_MAX;
    int code = operate(ctx, "libxl_domain_create_new", *domid, config->json);
    if (code == 0) *domid = 7;
    return code;
}

static int domain_soft_reset(cxen_ctx *ctx, cxen_value *config, uint32_t domid) {
    return operate(ctx, "libxl_domain_soft_reset", domid, config->json);
}

static int domain_unpause(cxen_ctx *ctx, uint32_t domid) { return operate(ctx, "libxl_domain_unpause", domid, NULL); }

static int domain_pause(cxen_ctx *ctx, uint32_t domid) { return operate(ctx, "libxl_domain_pause", domid, NULL); }

static int domain_shutdown(cxen_ctx *ctx, uint32_t domid) { return operate(ctx, "libxl_domain_shutdown", domid, NULL); }

static int domain_reboot(cxen_ctx *ctx, uint32_t domid) { return operate(ctx, "libxl_domain_reboot", domid, NULL); }

static int send_trigger(cxen_ctx *ctx, uint32_t domid, const char *trigger) {
    if (strcmp(trigger, "power") != 0) count(&counts.misuses);
    return operate(ctx, "libxl_send_trigger", domid, NULL);
}

static int domain_destroy(cxen_ctx *ctx, uint32_t domid) { return operate(ctx, "libxl_domain_destroy", domid, NULL); }

static int domain_core_dump(cxen_ctx *ctx, uint32_t domid, const char *path) {
    return operate(ctx, "libxl_domain_core_dump", domid, path);
}

static int domain_preserve(
    cxen_ctx *ctx, uint32_t domid, const char *name, const char *suffix, const uint8_t *uuid) {
    char text[256];
    snprintf(text, sizeof text, "%s %s %02x%02x", name, suffix, uuid[0], uuid[15]);
    return operate(ctx, "libxl_domain_preserve", domid, text);
}

static int domain_need_memory(cxen_ctx *ctx, cxen_value *config, uint64_t *kib) {
    (void)ctx;
    // Of the structure that was read: a byte of it for each KiB is as good as any number.
    *kib = strlen(config->json);
    return 0;
}

static int cdrom_insert(cxen_ctx *ctx, uint32_t domid, cxen_value *disk) {
    return operate(ctx, "libxl_cdrom_insert", domid, disk->json);
}

// Devices. Those that were added are listed, the last one first.

static int device(cxen_ctx *ctx, const char *kind, const char *verb, uint32_t domid, cxen_value *value) {
    if (strcmp(verb, "add") == 0) {
        pthread_mutex_lock(&lock);
        if (device_count == MOST_DEVICES) abort();
        added *place = &devices[device_count++];
        snprintf(place->kind, sizeof place->kind, "%s", kind);
        place->json = strdup(value->json);
        pthread_mutex_unlock(&lock);
    }
    char call[64];
    snprintf(call, sizeof call, "libxl_device_%s_%s", kind, verb);
    return operate(ctx, call, domid, value->json);
}

static int device_list(cxen_ctx *ctx, const char *kind, uint32_t domid, char **json) {
    (void)ctx, (void)domid;
    *json = strdup("[");
    pthread_mutex_lock(&lock);
    for (int i = device_count - 1, n = 0; i >= 0; i--) {
        if (strcmp(devices[i].kind, kind) != 0) continue;
        if (n++ > 0) append(json, ",");
        append(json, devices[i].json);
    }
    pthread_mutex_unlock(&lock);
    append(json, "]");
    return 0;
}

static int device_pci_assignable_list(cxen_ctx *ctx, char **json) {
    (void)ctx;
    *json = strdup("[{\"bus\": 3, \"dev\": 1}, {\"bus\": 2, \"dev\": 4, \"func\": 1}]");
    return 0;
}

// Reading: the domains

/// The domain as libxl prints it; the caller's.
static char *describe(domain d) {
    char *text, shutdown[64] = "false";
    if (d.reason >= 0) snprintf(shutdown, sizeof shutdown, "true, \"shutdown_reason\": \"%s\"", reasons[d.reason]);
    uint32_t n = d.domid;
    int length = asprintf(
        &text,
        "{\"uuid\": \"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\", \"domid\": %u, "
        "\"running\": %s, \"blocked\": false, \"paused\": false, \"dying\": false, \"shutdown\": %s, "
        "\"current_memkb\": %u, \"max_memkb\": %u, \"cpu_time\": %u, \"vcpu_max_id\": %u, \"vcpu_online\": %u, "
        "\"domain_type\": \"%s\"}",
        n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15,
        n, n == 0 ? "true" : "false", shutdown, 1000 + n, 2000 + n, 3000 + n, n == 9 ? UINT32_MAX : 3, n == 9 ? 0 : 2,
        n == 0 ? "pv" : n == 7 ? "pvh" : "invalid");
    if (length < 0) abort();
    return text;
}

static int list_domain(cxen_ctx *ctx, char **json) {
    (void)ctx;
    *json = strdup("[");
    pthread_mutex_lock(&lock);
    for (int i = 0; i < domain_count; i++) {
        char *one = describe(domains[i]);
        if (i > 0) append(json, ",");
        append(json, one);
        free(one);
    }
    pthread_mutex_unlock(&lock);
    append(json, "]");
    return 0;
}

static int domain_info(cxen_ctx *ctx, uint32_t domid, char **json) {
    pthread_mutex_lock(&lock);
    if (plan_log) log_line(ctx, plan.log_level, -1, plan_log);
    domain *d = find_domain(domid);
    *json = d ? describe(*d) : NULL;
    pthread_mutex_unlock(&lock);
    return *json ? 0 : DOMAIN_NOTFOUND;
}

static int get_physinfo(cxen_ctx *ctx, char **json) {
    (void)ctx;
    *json = strdup("{\"max_cpu_id\": 11, \"nr_cpus\": 10, \"nr_nodes\": 2, \"free_pages\": 5000, \"scrub_pages\": 70, "
                   "\"outstanding_pages\": 9}");
    return 0;
}

static char *domid_to_name(cxen_ctx *ctx, uint32_t domid) {
    (void)ctx;
    return domid == 7 ? strdup("inn") : NULL;
}

// Events: reported as libxl reports them, from what has become of the domains by the time that somebody asks

static int evenable_domain_death(cxen_ctx *ctx, uint32_t domid, void **evgen) {
    pthread_mutex_lock(&lock);
    watch *made = calloc(1, sizeof *made);
    if (!made || (!ctx->watches && pipe(ctx->news) != 0)) abort();
    // Only the first watch makes libxl look at once.
    if (!ctx->watches && write(ctx->news[1], "", 1) != 1) abort();
    *made = (watch){.next = ctx->watches, .domid = domid};
    ctx->watches = made;
    counts.initialised++;
    counts.watched++;
    counts.watches_begun++;
    pthread_mutex_unlock(&lock);
    *evgen = made;
    return 0;
}

static void evdisable_domain_death(cxen_ctx *ctx, void *evgen) {
    pthread_mutex_lock(&lock);
    disable(ctx, evgen);
    pthread_mutex_unlock(&lock);
}

static bool take_event(cxen_ctx *ctx, cxen_domain_event *event) {
    bool is_found = false;
    pthread_mutex_lock(&lock);
    for (watch *w = ctx->watches; w && !is_found; w = w->next) {
        domain *d = find_domain(w->domid);
        bool is_death = !d && !w->death_reported, is_shutdown = d && d->reason >= 0 && !w->shutdown_reported;
        if (!is_death && !is_shutdown) continue;
        is_found = true;
        *event = (cxen_domain_event){w->domid, is_death, is_shutdown ? reasons[d->reason] : NULL};
        w->death_reported = w->death_reported || is_death;
        w->shutdown_reported = w->shutdown_reported || is_shutdown;
    }
    pthread_mutex_unlock(&lock);
    return is_found;
}

static int wait_domain_event(cxen_ctx *ctx, int wake, cxen_domain_event *event) {
    while (!take_event(ctx, event)) {
        pthread_mutex_lock(&lock);
        struct pollfd polled[2] = {{.fd = wake, .events = POLLIN}, {.fd = ctx->watches ? ctx->news[0] : -1, .events = POLLIN}};
        if (ctx->is_under_way) counts.misuses++;
        pthread_mutex_unlock(&lock);
        if (poll(polled, 2, -1) < 0) continue;
        char byte;
        if (polled[1].revents != 0 && read(polled[1].fd, &byte, 1) != 1) abort();
        if (polled[0].revents != 0) return take_event(ctx, event) ? 0 : NOT_READY;
    }
    return 0;
}

static const cxen_shim shim = {
    .interface = CXEN_INTERFACE,
    .release = "4.17",
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
    .store_open = fake_store_open,
    .store_close = fake_store_close,
    .store_read = fake_store_read,
    .store_directory = fake_store_directory,
    .store_watch = fake_store_watch,
    .store_fileno = fake_store_fileno,
    .store_check_watch = fake_store_check_watch,
};

const cxen_shim *fxl_shim(void) { return &shim; }

bool fxl_own_network(void) { return unshare(CLONE_NEWNET) == 0; }
