#ifdef CXEN_HAVE_LIBXL

#define _GNU_SOURCE

#include "FakeLibxlShim.h"
#include "CXenTable.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DEVICES = 16, MOST_DOMAINS = 16 };

/// A watch over a domain; the rest of the world sees a libxl_evgen_domain_death.
typedef struct watch {
    struct watch *next;
    uint32_t domid;
    bool shutdown_told, death_told;
} watch;

/// A context of this libxl's; the rest of the world sees a libxl_ctx.
typedef struct context {
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
    /// Whether what has become of the domains is being told.
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

void fxl_begin(void) {
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

void fxl_add_domain(uint32_t domid) {
    pthread_mutex_lock(&lock);
    if (domain_count == MOST_DOMAINS) abort();
    domains[domain_count++] = (domain){domid, -1};
    pthread_mutex_unlock(&lock);
}

void fxl_end_guest(uint32_t domid, int reason) {
    pthread_mutex_lock(&lock);
    domain *d = find_domain(domid);
    if (d) d->reason = reason;
    tell_contexts();
    pthread_mutex_unlock(&lock);
}

void fxl_remove_domain(uint32_t domid) {
    pthread_mutex_lock(&lock);
    domain *d = find_domain(domid);
    if (d) *d = domains[--domain_count];
    tell_contexts();
    pthread_mutex_unlock(&lock);
}

void fxl_set_plan(fxl_plan next) {
    pthread_mutex_lock(&lock);
    free(plan_log);
    free(plan_disaster);
    plan = next;
    plan_log = next.log ? strdup(next.log) : NULL;
    plan_disaster = next.disaster ? strdup(next.disaster) : NULL;
    pthread_mutex_unlock(&lock);
}

void fxl_set_ctx_code(int code) {
    pthread_mutex_lock(&lock);
    ctx_code = code;
    pthread_mutex_unlock(&lock);
}

void fxl_release(void) {
    pthread_mutex_lock(&lock);
    released = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

fxl_counts fxl_get_counts(void) {
    pthread_mutex_lock(&lock);
    fxl_counts now = counts;
    pthread_mutex_unlock(&lock);
    return now;
}

char *fxl_get_calls(void) {
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

static int ctx_alloc(libxl_ctx **ctx, int version, unsigned flags, xentoollog_logger *logger) {
    (void)flags;
    pthread_mutex_lock(&lock);
    int code = ctx_code;
    if (code == 0) counts.contexts_opened++;
    if (version != LIBXL_VERSION) counts.misuses++;
    pthread_mutex_unlock(&lock);
    *ctx = NULL;
    if (code != 0) {
        log_line(logger, XTL_ERROR, 2, "libxl.c:1:libxl_ctx_alloc: cannot open the host");
        return code;
    }
    context *made = calloc(1, sizeof *made);
    if (!made) return ERROR_NOMEM;
    made->logger = logger;
    pthread_mutex_lock(&lock);
    made->next = contexts;
    contexts = made;
    pthread_mutex_unlock(&lock);
    *ctx = (libxl_ctx *)made;
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

static int ctx_free(libxl_ctx *ctx) {
    context *c = (context *)ctx;
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
    return 0;
}

static void childproc_setmode(libxl_ctx *ctx, const libxl_childproc_hooks *hooks, void *user) {
    (void)user;
    ((context *)ctx)->reaps_its_own =
        hooks && hooks->chldowner == libxl_sigchld_owner_libxl_always_selective_reap;
}

static void event_register_callbacks(libxl_ctx *ctx, const libxl_event_hooks *hooks, void *user) {
    ((context *)ctx)->hooks = hooks;
    ((context *)ctx)->hooks_user = user;
}

static int ao_abort(libxl_ctx *ctx, const libxl_asyncop_how *how) {
    context *c = (context *)ctx;
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
    context *c = (context *)ctx;
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

// libxl's own copying wants a context. What is not copied here is not filled by whom this is to test.

static char *copy_text(const char *text) { return text ? strdup(text) : NULL; }

static void copy_nic(libxl_device_nic *to, const libxl_device_nic *from) {
    *to = *from;
    to->backend_domname = copy_text(from->backend_domname);
    to->model = copy_text(from->model);
    to->ip = copy_text(from->ip);
    to->bridge = copy_text(from->bridge);
    to->ifname = copy_text(from->ifname);
    to->script = copy_text(from->script);
    to->gatewaydev = copy_text(from->gatewaydev);
}

static void copy_disk(libxl_device_disk *to, const libxl_device_disk *from) {
    *to = *from;
    to->backend_domname = copy_text(from->backend_domname);
    to->pdev_path = copy_text(from->pdev_path);
    to->vdev = copy_text(from->vdev);
    to->script = copy_text(from->script);
}

static int domain_create_new(
    libxl_ctx *ctx, libxl_domain_config *config, uint32_t *domid, const libxl_asyncop_how *how,
    const libxl_asyncprogress_how *console_how) {
    if (console_how) count(&counts.misuses, 1);
    int code = operate(ctx, "libxl_domain_create_new", *domid, libxl_domain_config_to_json(NULL, config), how);
    if (code == 0) *domid = 7;
    return code;
}

static int domain_unpause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_unpause", domid, NULL, how);
}

static int domain_pause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_pause", domid, NULL, how);
}

static int domain_shutdown(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_shutdown", domid, NULL, how);
}

static int domain_reboot(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_reboot", domid, NULL, how);
}

static int send_trigger(
    libxl_ctx *ctx, uint32_t domid, libxl_trigger trigger, uint32_t vcpuid, const libxl_asyncop_how *how) {
    if (trigger != LIBXL_TRIGGER_POWER || vcpuid != 0) count(&counts.misuses, 1);
    return operate(ctx, "libxl_send_trigger", domid, NULL, how);
}

static int domain_destroy(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_domain_destroy", domid, NULL, how);
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

static libxl_dominfo *list_domain(libxl_ctx *ctx, int *number) {
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

static void dominfo_list_free(libxl_dominfo *list, int number) {
    libxl_dominfo_list_free(list, number);
    count(&counts.lists_freed, 1);
}

static int domain_info(libxl_ctx *ctx, libxl_dominfo *info, uint32_t domid) {
    pthread_mutex_lock(&lock);
    char *log = copy_text(plan_log);
    int level = plan.log_level;
    domain *d = find_domain(domid);
    if (d) fill_info(info, *d);
    pthread_mutex_unlock(&lock);
    if (log) log_line(((context *)ctx)->logger, (xentoollog_level)level, -1, "%s", log);
    free(log);
    return d ? 0 : ERROR_DOMAIN_NOTFOUND;
}

static int get_physinfo(libxl_ctx *ctx, libxl_physinfo *info) {
    (void)ctx;
    info->max_cpu_id = 11;
    info->nr_cpus = 10;
    info->nr_nodes = 2;
    return 0;
}

static char *domid_to_name(libxl_ctx *ctx, uint32_t domid) {
    (void)ctx;
    return domid == 7 ? strdup("inn") : NULL;
}

// Events: told as libxl tells them, from what has become of the domains by the time that somebody asks

static int evenable_domain_death(
    libxl_ctx *ctx, uint32_t domid, libxl_ev_user user, libxl_evgen_domain_death **evgen) {
    (void)user;
    context *c = (context *)ctx;
    pthread_mutex_lock(&lock);
    watch *made = calloc(1, sizeof *made);
    if (!made || (!c->watches && pipe(c->news) != 0)) abort();
    // Only the first watch makes libxl look at once.
    if (!c->watches && write(c->news[1], "", 1) != 1) abort();
    *made = (watch){.next = c->watches, .domid = domid};
    c->watches = made;
    counts.initialised++;
    counts.watched++;
    pthread_mutex_unlock(&lock);
    *evgen = (libxl_evgen_domain_death *)made;
    return 0;
}

static void evdisable_domain_death(libxl_ctx *ctx, libxl_evgen_domain_death *evgen) {
    context *c = (context *)ctx;
    pthread_mutex_lock(&lock);
    disable(c, (watch *)evgen);
    if (!c->watches) close(c->news[0]), close(c->news[1]);
    pthread_mutex_unlock(&lock);
}

static int osevent_beforepoll(
    libxl_ctx *ctx, int *number, struct pollfd *descriptors, int *timeout, struct timeval now) {
    (void)now;
    context *c = (context *)ctx;
    pthread_mutex_lock(&lock);
    int wanted = c->watches ? 1 : 0, code = 0;
    if (*number < wanted) code = ERROR_BUFFERFULL;
    else if (wanted) descriptors[0] = (struct pollfd){.fd = c->news[0], .events = POLLIN};
    if (c->is_under_way || !c->hooks || !c->hooks->disaster || *timeout >= 0) counts.misuses++;
    *number = wanted;
    pthread_mutex_unlock(&lock);
    return code;
}

static void osevent_afterpoll(libxl_ctx *ctx, int number, const struct pollfd *descriptors, struct timeval now) {
    (void)now;
    context *c = (context *)ctx;
    char byte;
    pthread_mutex_lock(&lock);
    bool is_news = number == 1 && descriptors[0].revents != 0;
    if (is_news && read(c->news[0], &byte, 1) != 1) abort();
    c->is_looking = c->is_looking || is_news;
    pthread_mutex_unlock(&lock);
}

static int event_check(
    libxl_ctx *ctx, libxl_event **event, uint64_t mask, libxl_event_predicate *predicate, void *user) {
    (void)user;
    context *c = (context *)ctx;
    libxl_event *made = NULL;
    pthread_mutex_lock(&lock);
    if (predicate || !(mask & 1 << LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) || !(mask & 1 << LIBXL_EVENT_TYPE_DOMAIN_DEATH)) {
        counts.misuses++;
    }
    for (watch *w = c->watches; w && c->is_looking && !made; w = w->next) {
        domain *d = find_domain(w->domid);
        bool is_death = !d && !w->death_told, is_shutdown = d && d->reason >= 0 && !w->shutdown_told;
        if (!is_death && !is_shutdown) continue;
        made = calloc(1, sizeof *made);
        if (!made) abort();
        libxl_event_init(made);
        counts.initialised++;
        made->domid = w->domid;
        libxl_event_init_type(made, is_death ? LIBXL_EVENT_TYPE_DOMAIN_DEATH : LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN);
        if (is_shutdown) made->u.domain_shutdown.shutdown_reason = (uint8_t)d->reason;
        w->death_told = w->death_told || is_death;
        w->shutdown_told = w->shutdown_told || is_shutdown;
    }
    if (!made) c->is_looking = false;
    pthread_mutex_unlock(&lock);
    *event = made;
    return made ? 0 : ERROR_NOT_READY;
}

static void event_free(libxl_ctx *ctx, libxl_event *event) {
    (void)ctx;
    libxl_event_dispose(event);
    free(event);
    count(&counts.disposed, 1);
}

// Structures: libxl's own functions, counted

static void domain_config_init(libxl_domain_config *config) {
    count(&counts.initialised, 1);
    libxl_domain_config_init(config);
}

static void domain_config_dispose(libxl_domain_config *config) {
    count(&counts.disposed, 1);
    libxl_domain_config_dispose(config);
}

static void dominfo_init(libxl_dominfo *info) {
    count(&counts.initialised, 1);
    libxl_dominfo_init(info);
}

static void dominfo_dispose(libxl_dominfo *info) {
    count(&counts.disposed, 1);
    libxl_dominfo_dispose(info);
}

// Devices. NICs and disks that were added are listed, the last one first, and none of the other kinds.

#define STRUCTURE(kind) \
    static void kind##_init(void *device) { \
        count(&counts.initialised, 1); \
        libxl_device_##kind##_init(device); \
    } \
    static void kind##_dispose(void *device) { \
        count(&counts.disposed, 1); \
        libxl_device_##kind##_dispose(device); \
    } \
    static char *kind##_to_json(libxl_ctx *ctx, void *device) { \
        (void)ctx; \
        return libxl_device_##kind##_to_json(NULL, device); \
    }

#define OPERATION(kind, verb) \
    static int kind##_##verb(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how) { \
        return operate( \
            ctx, "libxl_device_" #kind "_" #verb, domid, libxl_device_##kind##_to_json(NULL, device), how); \
    }

static int cdrom_insert(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk, const libxl_asyncop_how *how) {
    return operate(ctx, "libxl_cdrom_insert", domid, libxl_device_disk_to_json(NULL, disk), how);
}

STRUCTURE(nic)
OPERATION(nic, remove)
OPERATION(nic, destroy)

static int nic_add(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how) {
    pthread_mutex_lock(&lock);
    if (nic_count == MOST_DEVICES) abort();
    copy_nic(&nics[nic_count++], device);
    pthread_mutex_unlock(&lock);
    return operate(ctx, "libxl_device_nic_add", domid, libxl_device_nic_to_json(NULL, device), how);
}

static void *nic_list(libxl_ctx *ctx, uint32_t domid, int *number) {
    (void)ctx, (void)domid;
    pthread_mutex_lock(&lock);
    libxl_device_nic *list = nic_count > 0 ? calloc((size_t)nic_count, sizeof *list) : NULL;
    for (int i = 0; list && i < nic_count; i++) copy_nic(&list[i], &nics[nic_count - 1 - i]);
    if (list) counts.lists_given++, *number = nic_count;
    pthread_mutex_unlock(&lock);
    return list;
}

static void nic_list_free(void *list, int number) {
    libxl_device_nic_list_free(list, number);
    count(&counts.lists_freed, 1);
}

STRUCTURE(disk)
OPERATION(disk, safe_remove)
OPERATION(disk, destroy)

static int disk_add(libxl_ctx *ctx, uint32_t domid, void *device, const libxl_asyncop_how *how) {
    pthread_mutex_lock(&lock);
    if (disk_count == MOST_DEVICES) abort();
    copy_disk(&disks[disk_count++], device);
    pthread_mutex_unlock(&lock);
    return operate(ctx, "libxl_device_disk_add", domid, libxl_device_disk_to_json(NULL, device), how);
}

static void *disk_list(libxl_ctx *ctx, uint32_t domid, int *number) {
    (void)ctx, (void)domid;
    pthread_mutex_lock(&lock);
    libxl_device_disk *list = disk_count > 0 ? calloc((size_t)disk_count, sizeof *list) : NULL;
    for (int i = 0; list && i < disk_count; i++) copy_disk(&list[i], &disks[disk_count - 1 - i]);
    if (list) counts.lists_given++, *number = disk_count;
    pthread_mutex_unlock(&lock);
    return list;
}

static void disk_list_free(void *list, int number) {
    libxl_device_disk_list_free(list, number);
    count(&counts.lists_freed, 1);
}

STRUCTURE(pci)
OPERATION(pci, add)
OPERATION(pci, remove)
OPERATION(pci, destroy)
STRUCTURE(usbctrl)
OPERATION(usbctrl, add)
OPERATION(usbctrl, remove)
OPERATION(usbctrl, destroy)
STRUCTURE(usbdev)
OPERATION(usbdev, add)
OPERATION(usbdev, remove)
STRUCTURE(p9)
OPERATION(p9, remove)
OPERATION(p9, destroy)
STRUCTURE(vtpm)
OPERATION(vtpm, add)
OPERATION(vtpm, remove)
OPERATION(vtpm, destroy)
STRUCTURE(vdispl)
OPERATION(vdispl, add)
OPERATION(vdispl, remove)
OPERATION(vdispl, destroy)
STRUCTURE(vsnd)
OPERATION(vsnd, add)
OPERATION(vsnd, remove)
OPERATION(vsnd, destroy)
STRUCTURE(vkb)
OPERATION(vkb, add)
OPERATION(vkb, remove)
OPERATION(vkb, destroy)
STRUCTURE(vfb)
OPERATION(vfb, add)
OPERATION(vfb, remove)
OPERATION(vfb, destroy)

static const struct cxen_libxl fake = {
    .ctx_alloc = ctx_alloc,
    .ctx_free = ctx_free,
    .childproc_setmode = childproc_setmode,
    .event_register_callbacks = event_register_callbacks,
    .ao_abort = ao_abort,
    .domain_config_init = domain_config_init,
    .domain_config_dispose = domain_config_dispose,
    .dominfo_init = dominfo_init,
    .dominfo_dispose = dominfo_dispose,
    .list_domain = list_domain,
    .dominfo_list_free = dominfo_list_free,
    .domain_info = domain_info,
    .domid_to_name = domid_to_name,
    .get_physinfo = get_physinfo,
    .domain_create_new = domain_create_new,
    .domain_unpause = domain_unpause,
    .domain_pause = domain_pause,
    .domain_shutdown = domain_shutdown,
    .domain_reboot = domain_reboot,
    .send_trigger = send_trigger,
    .domain_destroy = domain_destroy,
    .evenable_domain_death = evenable_domain_death,
    .evdisable_domain_death = evdisable_domain_death,
    .osevent_beforepoll = osevent_beforepoll,
    .osevent_afterpoll = osevent_afterpoll,
    .event_check = event_check,
    .event_free = event_free,
    .cdrom_insert = cdrom_insert,
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
        },
        [CXEN_USBCTRL] = {
            .size = sizeof(libxl_device_usbctrl), .init = usbctrl_init, .dispose = usbctrl_dispose, .to_json = usbctrl_to_json,
            .add = usbctrl_add,
            .remove = usbctrl_remove,
            .destroy = usbctrl_destroy,
        },
        [CXEN_USBDEV] = {
            .size = sizeof(libxl_device_usbdev), .init = usbdev_init, .dispose = usbdev_dispose, .to_json = usbdev_to_json,
            .add = usbdev_add,
            .remove = usbdev_remove,
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
        },
        [CXEN_VDISPL] = {
            .size = sizeof(libxl_device_vdispl), .init = vdispl_init, .dispose = vdispl_dispose, .to_json = vdispl_to_json,
            .add = vdispl_add,
            .remove = vdispl_remove,
            .destroy = vdispl_destroy,
        },
        [CXEN_VSND] = {
            .size = sizeof(libxl_device_vsnd), .init = vsnd_init, .dispose = vsnd_dispose, .to_json = vsnd_to_json,
            .add = vsnd_add,
            .remove = vsnd_remove,
            .destroy = vsnd_destroy,
        },
        [CXEN_VKB] = {
            .size = sizeof(libxl_device_vkb), .init = vkb_init, .dispose = vkb_dispose, .to_json = vkb_to_json,
            .add = vkb_add,
            .remove = vkb_remove,
            .destroy = vkb_destroy,
        },
        [CXEN_VFB] = {
            .size = sizeof(libxl_device_vfb), .init = vfb_init, .dispose = vfb_dispose, .to_json = vfb_to_json,
            .add = vfb_add,
            .remove = vfb_remove,
            .destroy = vfb_destroy,
        },
    },
};

const struct cxen_libxl *fxl_libxl(void) { return &fake; }

bool fxl_own_network(void) { return unshare(CLONE_NEWNET) == 0; }

#else

// Without the Xen trait there is nothing to stand in for, and C wants a declaration in a file.
typedef int fxl_without_libxl;

#endif
