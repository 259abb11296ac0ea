#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* Held while a descriptor comes or goes, and by the thread that forks. */
static pthread_mutex_t forks = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int *kept;
static size_t kept_count, kept_room;

static const int endings[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDINGS = sizeof endings / sizeof *endings };
static atomic_int caught;
static atomic_bool is_caught[ENDINGS];
static int news;

/* The terminal that is raw, or -1, and how it was before. */
static atomic_int raw_terminal = -1;
static struct termios cooked;

static void before_fork(void) { pthread_mutex_lock(&forks); }

static void after_fork_in_parent(void) { pthread_mutex_unlock(&forks); }

/* Only what is safe in a signal handler may be called here, until the child runs another program. */
static void after_fork_in_child(void)
{
    for (size_t i = 0; i < kept_count; i++) close(kept[i]);
    kept_count = 0;
    pthread_mutex_unlock(&forks);
    for (size_t i = 0; i < ENDINGS; i++)
        if (atomic_load(&is_caught[i])) signal(endings[i], SIG_DFL);
}

static void install(void) { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

void cproc_begin_open(void)
{
    pthread_once(&once, install);
    pthread_mutex_lock(&forks);
}

int cproc_end_open(int descriptor)
{
    int code = 0;
    if (descriptor >= 0 && kept_count == kept_room) {
        size_t room = kept_room == 0 ? 16 : kept_room * 2;
        int *more = realloc(kept, room * sizeof *kept);
        if (more == NULL) {
            code = ENOMEM;
        } else {
            kept = more;
            kept_room = room;
        }
    }
    if (descriptor >= 0 && code == 0) kept[kept_count++] = descriptor;
    pthread_mutex_unlock(&forks);
    return code;
}

void cproc_close(int descriptor)
{
    pthread_mutex_lock(&forks);
    for (size_t i = 0; i < kept_count; i++) {
        if (kept[i] != descriptor) continue;
        kept[i] = kept[--kept_count];
        break;
    }
    close(descriptor);
    pthread_mutex_unlock(&forks);
}

static void on_ending(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    /* The pipe is empty, so that this neither waits nor fails. */
    if (atomic_fetch_add(&caught, 1) > 0 || write(news, &byte, 1) != 1) {
        cproc_restore_terminal();
        _exit(128 + number);
    }
    errno = saved;
}

int cproc_catch_endings(void)
{
    pthread_once(&once, install);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    news = ends[1];
    struct sigaction action = {.sa_handler = on_ending, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ENDINGS; i++) sigaddset(&action.sa_mask, endings[i]);
    for (size_t i = 0; i < ENDINGS; i++) {
        struct sigaction before;
        if (sigaction(endings[i], NULL, &before) != 0 || before.sa_handler == SIG_IGN) continue;
        if (sigaction(endings[i], &action, NULL) == 0) atomic_store(&is_caught[i], 1);
    }
    return ends[0];
}

int cproc_follow(int process)
{
    /* The C library has no function for it in every release. The descriptor is close-on-exec. */
    int descriptor = (int)syscall(SYS_pidfd_open, process, 0);
    return descriptor >= 0 ? descriptor : -errno;
}

int cproc_make_raw(int descriptor)
{
    struct termios raw;
    if (tcgetattr(descriptor, &cooked) != 0) return errno;
    raw = cooked;
    cfmakeraw(&raw);
    /* Noted first: a signal may come at once. */
    atomic_store(&raw_terminal, descriptor);
    if (tcsetattr(descriptor, TCSADRAIN, &raw) == 0) return 0;
    int code = errno;
    atomic_store(&raw_terminal, -1);
    return code;
}

void cproc_restore_terminal(void)
{
    int descriptor = atomic_exchange(&raw_terminal, -1);
    /* What this process has written is not waited for: whoever reads the terminal may be gone. */
    if (descriptor >= 0) tcsetattr(descriptor, TCSANOW, &cooked);
}
