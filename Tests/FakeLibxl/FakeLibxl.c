// Stands in for libxl below the real shim: the calls that act are scripted, everything else is libxl's own. Loaded before
// libxl, for the whole process, so that its functions are found first. Built by Scripts/shim --tests.

#define _GNU_SOURCE

#include "../FakeLibxlShim/include/FakeLibxlShim.h"

#define LIBXL_API_VERSION 0x041300

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xenstore.h>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Of xenctrl.h, which is not for everybody.
typedef struct xc_interface_core xc_interface;

enum { MOST_DEVICES = 16, MOST_DOMAINS = 16 };

/// A watch over a domain; the rest of the world sees a libxl_evgen_domain_death.
typedef struct watch {
    struct watch *next;
    uint32_t domid;
    bool shutdown_reported, death_reported;
} watch;

/// What there is to know of a context of libxl's.
typedef struct context {
    libxl_ctx *ctx;
    xentoollog_logger *logger;
    const libxl_event_hooks *hooks;
    void *hooks_user;
    bool reaps_its_own;
    bool is_under_way;
    bool is_aborted;
    bool is_done;
    /// In the list of all contexts.
    struct context *next;
    watch *watches;
    /// Whether what has become of the domains is being reported.
    bool is_looking;
    /// Readable when something has happened to domains; made with the first watch.
    int news[2];
} context;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static fxl_plan plan;
static char *plan_log, *plan_disaster;
static int ctx_code;
static bool released;
static fxl_counts counts;
static char *calls;
static size_t calls_length;
static libxl_device_nic nics[MOST_DEVICES];
static int nic_count;
static libxl_device_disk disks[MOST_DEVICES];
static int disk_count;
static context *contexts;

/// A domain as it stands; `reason` is negative while its guest runs.
typedef struct {
    uint32_t domid;
    int reason;
} domain;

static const domain first_domains[] = {{9, LIBXL_SHUTDOWN_REASON_CRASH}, {0, -1}, {7, -1}};
static domain domains[MOST_DOMAINS];
static int domain_count;

/// With the lock held. NULL if there is none.
static domain *find_domain(uint32_t domid) {
    for (int i = 0; i < domain_count; i++) {
        if (domains[i].domid == domid) return &domains[i];
    }
    return NULL;
}

// Telling

static void begin(void) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < nic_count; i++) libxl_device_nic_dispose(&nics[i]);
    for (int i = 0; i < disk_count; i++) libxl_device_disk_dispose(&disks[i]);
    nic_count = disk_count = 0;
    free(plan_log);
    free(plan_disaster);
    plan_log = plan_disaster = NULL;
    plan = (fxl_plan){0};
    ctx_code = 0;
    released = false;
    counts = (fxl_counts){0};
    free(calls);
    calls = NULL;
    calls_length = 0;
    domain_count = sizeof first_domains / sizeof *first_domains;
    memcpy(domains, first_domains, sizeof first_domains);
    pthread_mutex_unlock(&lock);
}

/// With the lock held.
static void tell_contexts(void) {
    for (context *c = contexts; c; c = c->next) {
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
    free(plan_log);
    free(plan_disaster);
    plan = *next;
    plan_log = next->log ? strdup(next->log) : NULL;
    plan_disaster = next->disaster ? strdup(next->disaster) : NULL;
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

// Recording

static void count(int *counter, int number) {
    pthread_mutex_lock(&lock);
    *counter += number;
    pthread_mutex_unlock(&lock);
}

/// With the lock held. Takes `json`, NULL for none, and keeps it on one line.
static void record(const char *call, uint32_t domid, char *json) {
    char *line;
    for (char *c = json; c && *c; c++) {
        if (*c == '\n') *c = ' ';
    }
    int length = asprintf(&line, "%s %u%s%s\n", call, domid, json ? " " : "", json ? json : "");
    free(json);
    if (length < 0) return;
    char *more = realloc(calls, calls_length + (size_t)length + 1);
    if (more) {
        memcpy(more + calls_length, line, (size_t)length + 1);
        calls = more;
        calls_length += (size_t)length;
    }
    free(line);
}

// Contexts

__attribute__((format(printf, 4, 5))) static void log_line(
    xentoollog_logger *logger, xentoollog_level level, int errnoval, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    logger->vmessage(logger, level, errnoval, "libxl", format, arguments);
    va_end(arguments);
}

/// libxl's own function of this name.
static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

static context *find(libxl_ctx *ctx) {
    pthread_mutex_lock(&lock);
    context *c = contexts;
    while (c && c->ctx != ctx) c = c->next;
    pthread_mutex_unlock(&lock);
    if (!c) abort();
    return c;
}

// The opening of Xen, as far as libxl does it: there is no hypervisor and no xenstore, and nothing is asked of them.

static __thread bool is_opening;
static int nothing;

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild, unsigned flags) {
    (void)logger, (void)dombuild, (void)flags;
    return (xc_interface *)&nothing;
}

int xc_interface_close(xc_interface *handle) {
    (void)handle;
    return 0;
}

struct xs_handle *xs_open(unsigned long flags) {
    if (is_opening) return (struct xs_handle *)&nothing;
    struct xs_handle *(*open)(unsigned long) = real("xs_open");
    return open(flags);
}

void xs_close(struct xs_handle *handle) {
    if ((void *)handle == &nothing) return;
    void (*close)(struct xs_handle *) = real("xs_close");
    close(handle);
}

int libxl_ctx_alloc(libxl_ctx **ctx, int version, unsigned flags, xentoollog_logger *logger) {
    int (*alloc)(libxl_ctx **, int, unsigned, xentoollog_logger *) = real("libxl_ctx_alloc");
    pthread_mutex_lock(&lock);
    int code = ctx_code;
    if (version != LIBXL_VERSION) counts.misuses++;
    pthread_mutex_unlock(&lock);
    *ctx = NULL;
    if (code != 0) {
        log_line(logger, XTL_ERROR, 2, "libxl.c:1:libxl_ctx_alloc: cannot open the host");
        return code;
    }
    is_opening = true;
    code = alloc(ctx, version, flags, logger);
    is_opening = false;
    if (code != 0) return code;
    context *made = calloc(1, sizeof *made);
    if (!made) abort();
    made->ctx = *ctx;
    made->logger = logger;
    pthread_mutex_lock(&lock);
    counts.contexts_opened++;
    made->next = contexts;
    contexts = made;
    pthread_mutex_unlock(&lock);
    return 0;
}

/// With the lock held.
static void disable(context *c, watch *w) {
    watch **place = &c->watches;
    while (*place != w) place = &(*place)->next;
    *place = w->next;
    counts.disposed++;
    counts.watched--;
    free(w);
}

int libxl_ctx_free(libxl_ctx *ctx) {
    if (!ctx) return 0;
    context *c = find(ctx);
    pthread_mutex_lock(&lock);
    // As libxl does.
    if (c->is_under_way) abort();
    counts.contexts_closed++;
    if (c->watches) close(c->news[0]), close(c->news[1]);
    while (c->watches) disable(c, c->watches);
    context **place = &contexts;
    while (*place != c) place = &(*place)->next;
    *place = c->next;
    pthread_mutex_unlock(&lock);
    free(c);
    int (*real_free)(libxl_ctx *) = real("libxl_ctx_free");
    return real_free(ctx);
}

void libxl_childproc_setmode(libxl_ctx *ctx, const libxl_childproc_hooks *hooks, void *user) {
    (void)user;
    // libxl's own way of closing a context comes by here, when there is nothing to know of that any more.
    pthread_mutex_lock(&lock);
    for (context *c = contexts; c; c = c->next) {
        if (c->ctx != ctx) continue;
        c->reaps_its_own = hooks && hooks->chldowner == libxl_sigchld_owner_libxl_always_selective_reap;
    }
    pthread_mutex_unlock(&lock);
}

void libxl_event_register_callbacks(libxl_ctx *ctx, const libxl_event_hooks *hooks, void *user) {
    find(ctx)->hooks = hooks;
    find(ctx)->hooks_user = user;
}

int libxl_ao_abort(libxl_ctx *ctx, const libxl_asyncop_how *how) {
    context *c = find(ctx);
    pthread_mutex_lock(&lock);
    if (how) counts.misuses++;
    bool is_early = plan.early_aborts > 0;
    if (is_early) plan.early_aborts--;
    int code = is_early || !c->is_under_way ? ERROR_NOTFOUND : c->is_aborted ? ERROR_ABORTED : 0;
    if (code == 0) {
        counts.aborts++;
        c->is_aborted = true;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

// Operations

typedef struct {
    xentoollog_logger *logger;
    atomic_bool stop;
} noise;

static void *make_noise(void *argument) {
    noise *n = argument;
    while (!atomic_load(&n->stop)) log_line(n->logger, XTL_DEBUG, -1, "noise");
    return NULL;
}

/// Forks children that log, at times when another thread may well be in the middle of logging.
static void fork_children(xentoollog_logger *logger, int number) {
    noise n = {.logger = logger};
    pthread_t thread;
    if (pthread_create(&thread, NULL, make_noise, &n) != 0) abort();
    for (int i = 0; i < number; i++) {
        pid_t child = fork();
        if (child == 0) {
            // Whoever waits for a lock that nobody in this process holds is killed, and its line is missing.
            alarm(5);
            log_line(logger, XTL_ERROR, -1, "child %d", i);
            log_line(logger, XTL_DEBUG, -1, "child's chatter");
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) break;
    }
    atomic_store(&n.stop, true);
    pthread_join(thread, NULL);
}

static void *end_soon(void *argument) {
    context *c = argument;
    usleep(20000);
    pthread_mutex_lock(&lock);
    c->is_done = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int operate(libxl_ctx *ctx, const char *call, uint32_t domid, char *json, const libxl_asyncop_how *how) {
    context *c = find(ctx);
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    bool is_deaf = sigismember(&blocked, SIGCHLD) || sigismember(&blocked, SIGTERM) || sigismember(&blocked, SIGHUP);
    pthread_mutex_lock(&lock);
    record(call, domid, json);
    if (how || is_deaf || c->is_under_way || !c->reaps_its_own || !c->hooks || !c->hooks->disaster) counts.misuses++;
    c->is_under_way = true;
    c->is_done = c->is_aborted = false;
    counts.under_way++;
    fxl_plan mine = plan;
    char *log = plan_log ? strdup(plan_log) : NULL;
    char *disaster = plan_disaster ? strdup(plan_disaster) : NULL;
    pthread_mutex_unlock(&lock);

    if (log) log_line(c->logger, (xentoollog_level)mine.log_level, mine.log_errno, "%s", log);
    if (mine.children > 0) fork_children(c->logger, mine.children);
    if (disaster) c->hooks->disaster(c->hooks_user, 0, disaster, 5);
    free(log);
    free(disaster);
    if (mine.ending == FXL_LATE) usleep(20000);
    pthread_t other;
    bool has_other = mine.ending == FXL_BY_ANOTHER_THREAD;
    if (has_other && pthread_create(&other, NULL, end_soon, c) != 0) abort();

    pthread_mutex_lock(&lock);
    while (has_other && !c->is_done) pthread_cond_wait(&changed, &lock);
    while (mine.ending == FXL_WHEN_ABORTED && !c->is_aborted) pthread_cond_wait(&changed, &lock);
    while (mine.ending == FXL_WHEN_RELEASED && !released) pthread_cond_wait(&changed, &lock);
    c->is_under_way = false;
    counts.under_way--;
    pthread_mutex_unlock(&lock);
    if (has_other) pthread_join(other, NULL);
    return mine.code;
}

static char *copy_text(const char *text) { return text ? strdup(text) : NULL; }

int libxl_domain_create_new(
    libxl_ctx *ctx, libxl_domain_config *config, uint32_t *domid, const libxl_asyncop_how *how,
    const libxl_asyncprogress_how *console_how) {
    if (console_how) count(&counts.misuses, 1);
    int code = operate(ctx, "libxl_domain_create_new", *domid, libxl_domain_config_to_json(ctx, config), how);
    if (code == 0) *domid = 7;
    return code;
}

int libxl_domain_soft_reset(
    libxl_ctx *ctx, libxl_domain_config *d_config, uint32_t domid, const libxl_asyncop_how *ao_how,
    const libxl_asyncprogress_how *aop_console_how) {
    if (aop_console_how) count(&counts.misuses, 1);
    return operate(ctx, "libxl_domain_soft_reset", domid, libxl_domain_config_to_json(ctx, d_config), ao_how);
}

int libxl_domain_unpause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_unpause", domid, NULL, how);
}

int libxl_domain_pause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_pause", domid, NULL, how);
}

int libxl_domain_shutdown(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_shutdown", domid, NULL, how);
}

int libxl_domain_reboot(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_reboot", domid, NULL, how);
}

int libxl_send_trigger(
    libxl_ctx *ctx, uint32_t domid, libxl_trigger trigger, uint32_t vcpuid, const libxl_asyncop_how *how) {
    if (trigger != LIBXL_TRIGGER_POWER || vcpuid != 0) count(&counts.misuses, 1);
    return operate(ctx, "libxl_send_trigger", domid, NULL, how);
}

int libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_destroy", domid, NULL, how);
}

int libxl_domain_core_dump(
    libxl_ctx *ctx, uint32_t domid, const char *filename, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_core_dump", domid, strdup(filename), how);
}

int libxl_domain_preserve(
    libxl_ctx *ctx, uint32_t domid, libxl_domain_create_info *info, const char *name_suffix, libxl_uuid new_uuid) {
    char *text;
    const uint8_t *uuid = new_uuid.uuid;
    if (asprintf(&text, "%s %s %02x%02x", info->name, name_suffix, uuid[0], uuid[15]) < 0) abort();
    return operate(ctx, "libxl_domain_preserve", domid, text, NULL);
}

int libxl_domain_need_memory(
    libxl_ctx *ctx, libxl_domain_config *config, uint32_t domid_for_logging, uint64_t *need_memkb) {
    (void)domid_for_logging;
    char *json = libxl_domain_config_to_json(ctx, config);
    *need_memkb = json ? strlen(json) : 0;
    free(json);
    return json ? 0 : ERROR_FAIL;
}

// Reading: the domains

static void fill_info(libxl_dominfo *info, domain d) {
    uint32_t domid = d.domid;
    for (int i = 0; i < 16; i++) info->uuid.uuid[i] = (uint8_t)(domid + i);
    info->domid = domid;
    info->running = domid == 0;
    info->shutdown = d.reason >= 0;
    info->shutdown_reason = d.reason >= 0 ? (libxl_shutdown_reason)d.reason : LIBXL_SHUTDOWN_REASON_UNKNOWN;
    info->current_memkb = 1000 + domid;
    info->max_memkb = 2000 + domid;
    info->cpu_time = 3000 + domid;
    info->vcpu_max_id = domid == 9 ? UINT32_MAX : 3;
    info->vcpu_online = domid == 9 ? 0 : 2;
    info->domain_type = domid == 0 ? LIBXL_DOMAIN_TYPE_PV
        : domid == 7 ? LIBXL_DOMAIN_TYPE_PVH : LIBXL_DOMAIN_TYPE_INVALID;
}

libxl_dominfo *libxl_list_domain(libxl_ctx *ctx, int *number) {
    (void)ctx;
    pthread_mutex_lock(&lock);
    libxl_dominfo *list = calloc((size_t)domain_count, sizeof *list);
    for (int i = 0; list && i < domain_count; i++) {
        libxl_dominfo_init(&list[i]);
        fill_info(&list[i], domains[i]);
    }
    if (list) counts.lists_given++, *number = domain_count;
    pthread_mutex_unlock(&lock);
    return list;
}

void libxl_dominfo_list_free(libxl_dominfo *list, int number) {
    for (int i = 0; i < number; i++) libxl_dominfo_dispose(&list[i]);
    free(list);
    count(&counts.lists_freed, 1);
}

int libxl_domain_info(libxl_ctx *ctx, libxl_dominfo *info, uint32_t domid) {
    pthread_mutex_lock(&lock);
    char *log = copy_text(plan_log);
    int level = plan.log_level;
    domain *d = find_domain(domid);
    if (d) fill_info(info, *d);
    pthread_mutex_unlock(&lock);
    if (log) log_line(find(ctx)->logger, (xentoollog_level)level, -1, "%s", log);
    free(log);
    return d ? 0 : ERROR_DOMAIN_NOTFOUND;
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *info) {
    (void)ctx;
    info->max_cpu_id = 11;
    info->nr_cpus = 10;
    info->nr_nodes = 2;
    info->free_pages = 5000;
    info->scrub_pages = 70;
    info->outstanding_pages = 9;
    return 0;
}

char *libxl_domid_to_name(libxl_ctx *ctx, uint32_t domid) {
    (void)ctx;
    return domid == 7 ? strdup("inn") : NULL;
}

// Events: reported as libxl reports them, from what has become of the domains by the time that somebody asks

int libxl_evenable_domain_death(
    libxl_ctx *ctx, uint32_t domid, libxl_ev_user user, libxl_evgen_domain_death **evgen) {
    (void)user;
    context *c = find(ctx);
    pthread_mutex_lock(&lock);
    watch *made = calloc(1, sizeof *made);
    if (!made || (!c->watches && pipe(c->news) != 0)) abort();
    // Only the first watch makes libxl look at once.
    if (!c->watches && write(c->news[1], "", 1) != 1) abort();
    *made = (watch){.next = c->watches, .domid = domid};
    c->watches = made;
    counts.initialised++;
    counts.watched++;
    counts.watches_begun++;
    pthread_mutex_unlock(&lock);
    *evgen = (libxl_evgen_domain_death *)made;
    return 0;
}

void libxl_evdisable_domain_death(libxl_ctx *ctx, libxl_evgen_domain_death *evgen) {
    context *c = find(ctx);
    pthread_mutex_lock(&lock);
    disable(c, (watch *)evgen);
    if (!c->watches) close(c->news[0]), close(c->news[1]);
    pthread_mutex_unlock(&lock);
}

int libxl_osevent_beforepoll(
    libxl_ctx *ctx, int *number, struct pollfd *descriptors, int *timeout, struct timeval now) {
    (void)now;
    context *c = find(ctx);
    pthread_mutex_lock(&lock);
    int wanted = c->watches ? 1 : 0, code = 0;
    if (*number < wanted) code = ERROR_BUFFERFULL;
    else if (wanted) descriptors[0] = (struct pollfd){.fd = c->news[0], .events = POLLIN};
    if (c->is_under_way || !c->hooks || !c->hooks->disaster || *timeout >= 0) counts.misuses++;
    *number = wanted;
    pthread_mutex_unlock(&lock);
    return code;
}

void libxl_osevent_afterpoll(libxl_ctx *ctx, int number, const struct pollfd *descriptors, struct timeval now) {
    (void)now;
    context *c = find(ctx);
    char byte;
    pthread_mutex_lock(&lock);
    bool is_news = number == 1 && descriptors[0].revents != 0;
    if (is_news && read(c->news[0], &byte, 1) != 1) abort();
    c->is_looking = c->is_looking || is_news;
    pthread_mutex_unlock(&lock);
}

int libxl_event_check(
    libxl_ctx *ctx, libxl_event **event, uint64_t mask, libxl_event_predicate *predicate, void *user) {
    (void)user;
    context *c = find(ctx);
    libxl_event *made = NULL;
    pthread_mutex_lock(&lock);
    if (predicate || !(mask & 1 << LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) || !(mask & 1 << LIBXL_EVENT_TYPE_DOMAIN_DEATH)) {
        counts.misuses++;
    }
    for (watch *w = c->watches; w && c->is_looking && !made; w = w->next) {
        domain *d = find_domain(w->domid);
        bool is_death = !d && !w->death_reported, is_shutdown = d && d->reason >= 0 && !w->shutdown_reported;
        if (!is_death && !is_shutdown) continue;
        made = calloc(1, sizeof *made);
        if (!made) abort();
        libxl_event_init(made);
        counts.initialised++;
        made->domid = w->domid;
        libxl_event_init_type(made, is_death ? LIBXL_EVENT_TYPE_DOMAIN_DEATH : LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN);
        if (is_shutdown) made->u.domain_shutdown.shutdown_reason = (uint8_t)d->reason;
        w->death_reported = w->death_reported || is_death;
        w->shutdown_reported = w->shutdown_reported || is_shutdown;
    }
    if (!made) c->is_looking = false;
    pthread_mutex_unlock(&lock);
    *event = made;
    return made ? 0 : ERROR_NOT_READY;
}

void libxl_event_free(libxl_ctx *ctx, libxl_event *event) {
    (void)ctx;
    libxl_event_dispose(event);
    free(event);
    count(&counts.disposed, 1);
}

// Devices. The last NICs and disks that were added are listed, the very last one first, and none of the other kinds.

#define OPERATION(kind, verb) \
    int libxl_device_##kind##_##verb( \
        libxl_ctx *ctx, uint32_t domid, libxl_device_##kind *device, const libxl_asyncop_how *how) { \
        return operate(ctx, "libxl_device_" #kind "_" #verb, domid, libxl_device_##kind##_to_json(ctx, device), how); \
    }

/// One that is kept as well, and the list of those.
#define LISTED(kind, kept, kept_count) \
    int libxl_device_##kind##_add( \
        libxl_ctx *ctx, uint32_t domid, libxl_device_##kind *device, const libxl_asyncop_how *how) { \
        pthread_mutex_lock(&lock); \
        if (kept_count == MOST_DEVICES) { \
            libxl_device_##kind##_dispose(&kept[0]); \
            memmove(kept, kept + 1, (size_t)--kept_count * sizeof *kept); \
        } \
        libxl_device_##kind##_init(&kept[kept_count]); \
        libxl_device_##kind##_copy(ctx, &kept[kept_count++], device); \
        pthread_mutex_unlock(&lock); \
        return operate(ctx, "libxl_device_" #kind "_add", domid, libxl_device_##kind##_to_json(ctx, device), how); \
    } \
    libxl_device_##kind *libxl_device_##kind##_list(libxl_ctx *ctx, uint32_t domid, int *number) { \
        (void)domid; \
        pthread_mutex_lock(&lock); \
        libxl_device_##kind *list = kept_count > 0 ? calloc((size_t)kept_count, sizeof *list) : NULL; \
        for (int i = 0; list && i < kept_count; i++) { \
            libxl_device_##kind##_init(&list[i]); \
            libxl_device_##kind##_copy(ctx, &list[i], &kept[kept_count - 1 - i]); \
        } \
        *number = kept_count; \
        if (list) counts.lists_given++; \
        pthread_mutex_unlock(&lock); \
        return list; \
    } \
    void libxl_device_##kind##_list_free(libxl_device_##kind *list, int number) { \
        for (int i = 0; i < number; i++) libxl_device_##kind##_dispose(&list[i]); \
        free(list); \
        count(&counts.lists_freed, 1); \
    }

int libxl_cdrom_insert(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_cdrom_insert", domid, libxl_device_disk_to_json(ctx, disk), how);
}

LISTED(nic, nics, nic_count)
OPERATION(nic, remove)
OPERATION(nic, destroy)
LISTED(disk, disks, disk_count)
OPERATION(disk, safe_remove)
OPERATION(disk, destroy)
OPERATION(pci, add)
OPERATION(pci, remove)
OPERATION(pci, destroy)
OPERATION(usbctrl, add)
OPERATION(usbctrl, remove)
OPERATION(usbctrl, destroy)
OPERATION(usbdev, add)
OPERATION(usbdev, remove)
OPERATION(p9, remove)
OPERATION(p9, destroy)
OPERATION(vtpm, add)
OPERATION(vtpm, remove)
OPERATION(vtpm, destroy)
OPERATION(vdispl, add)
OPERATION(vdispl, remove)
OPERATION(vdispl, destroy)
OPERATION(vsnd, add)
OPERATION(vsnd, remove)
OPERATION(vsnd, destroy)
OPERATION(vkb, add)
OPERATION(vkb, remove)
OPERATION(vkb, destroy)
OPERATION(vfb, add)
OPERATION(vfb, remove)
OPERATION(vfb, destroy)

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

/// The processor's features that `text` forces, as a domain's configuration has them in JSON; the caller's. NULL for a text
/// that libxl cannot read.
char *fxl_cpuid_json(const char *text) {
    libxl_domain_config config;
    libxl_domain_config_init(&config);
    int code = libxl_cpuid_parse_config(&config.b_info.cpuid, text);
    char *json = code == 0 ? libxl_domain_config_to_json(NULL, &config) : NULL;
    libxl_domain_config_dispose(&config);
    return json;
}

const fxl_controls *fxl_real(void) { return &controls; }
