// Xenstore's functions of the fake shim: as much of the protocol as is read with, towards the socket that XENSTORED_PATH
// names.
//
// Source: xen/io/xs_wire.h, docs/misc/xenstore.txt.

#define _GNU_SOURCE

#include "FakeStore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DIRECTORY = 1, READ = 2, WATCH = 4, WATCH_EVENT = 15, FAILURE = 16 };

typedef struct {
    uint32_t type, request, transaction, length;
} header;

/// What a watch has to tell.
typedef struct event {
    struct event *next;
    /// The pointers to both texts, and behind them the texts.
    char **texts;
} event;

struct cxen_store {
    int socket;
    /// Those that came before the reply that was waited for, oldest first.
    event *events;
};

/// The texts of a watch's message, path and token, as one piece.
static char **texts_of(const char *payload, size_t length) {
    char **texts = malloc(2 * sizeof *texts + length + 1);
    if (!texts) abort();
    char *copy = memcpy((char *)(texts + 2), payload, length);
    copy[length] = '\0';
    texts[0] = copy;
    texts[1] = copy + strlen(copy) + (strlen(copy) < length);
    return texts;
}

cxen_store *fake_store_open(void) {
    const char *path = getenv("XENSTORED_PATH");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path) {
        errno = ENOENT;
        return NULL;
    }
    strcpy(address.sun_path, path);
    cxen_store *store = calloc(1, sizeof *store);
    if (!store) return NULL;
    store->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (store->socket < 0 || connect(store->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        int reason = errno;
        if (store->socket >= 0) close(store->socket);
        free(store);
        errno = reason;
        return NULL;
    }
    return store;
}

void fake_store_close(cxen_store *store) {
    if (!store) return;
    close(store->socket);
    for (event *next = store->events; next;) {
        event *gone = next;
        next = gone->next;
        free(gone->texts);
        free(gone);
    }
    free(store);
}

/// Reads a message, of which the payload is the caller's; NULL with errno at the end of the connection.
static char *receive(cxen_store *store, header *head) {
    if (recv(store->socket, head, sizeof *head, MSG_WAITALL) != sizeof *head) {
        errno = EPIPE;
        return NULL;
    }
    char *text = calloc(1, (size_t)head->length + 1);
    if (text && head->length > 0 && recv(store->socket, text, head->length, MSG_WAITALL) != (ssize_t)head->length) {
        free(text);
        errno = EPIPE;
        return NULL;
    }
    return text;
}

/// Asks for something; the reply is the caller's. NULL with errno for an error.
static char *ask(cxen_store *store, uint32_t type, const char *payload, size_t length, unsigned *count) {
    header head = {.type = type, .request = 1, .length = (uint32_t)length};
    if (send(store->socket, &head, sizeof head, MSG_NOSIGNAL) != sizeof head
        || send(store->socket, payload, length, MSG_NOSIGNAL) != (ssize_t)length) {
        errno = EPIPE;
        return NULL;
    }
    char *reply;
    while ((reply = receive(store, &head)) && head.type == WATCH_EVENT) {
        event **place = &store->events;
        while (*place) place = &(*place)->next;
        *place = calloc(1, sizeof **place);
        if (!*place) abort();
        (*place)->texts = texts_of(reply, head.length);
        free(reply);
    }
    if (!reply) return NULL;
    if (head.type == FAILURE) {
        int reason = strcmp(reply, "ENOENT") == 0 ? ENOENT : strcmp(reply, "EACCES") == 0 ? EACCES : EIO;
        free(reply);
        errno = reason;
        return NULL;
    }
    *count = head.length;
    return reply;
}

void *fake_store_read(cxen_store *store, const char *path, unsigned *length) {
    return ask(store, READ, path, strlen(path) + 1, length);
}

char **fake_store_directory(cxen_store *store, const char *path, unsigned *count) {
    unsigned length;
    char *reply = ask(store, DIRECTORY, path, strlen(path) + 1, &length);
    if (!reply) return NULL;
    *count = 0;
    for (unsigned i = 0; i < length; i++) {
        if (reply[i] == '\0') ++*count;
    }
    // One piece: the pointers, and behind them the texts.
    char **names = malloc((*count + 1) * sizeof *names + length);
    if (names) {
        char *text = memcpy((char *)(names + *count + 1), reply, length);
        for (unsigned i = 0; i < *count; i++) {
            names[i] = text;
            text += strlen(text) + 1;
        }
    }
    free(reply);
    return names;
}

bool fake_store_watch(cxen_store *store, const char *path, const char *token) {
    size_t length = strlen(path) + strlen(token) + 2;
    char *payload = malloc(length);
    if (!payload) return false;
    strcpy(payload, path);
    strcpy(payload + strlen(path) + 1, token);
    unsigned count;
    char *reply = ask(store, WATCH, payload, length, &count);
    free(payload);
    free(reply);
    return reply != NULL;
}

int fake_store_fileno(cxen_store *store) { return store->socket; }

char **fake_store_check_watch(cxen_store *store) {
    event *first = store->events;
    if (first) {
        char **texts = first->texts;
        store->events = first->next;
        free(first);
        return texts;
    }
    struct pollfd polled = {.fd = store->socket, .events = POLLIN};
    if (poll(&polled, 1, 0) <= 0) return NULL;
    header head;
    char *text = receive(store, &head);
    char **texts = text && head.type == WATCH_EVENT ? texts_of(text, head.length) : NULL;
    free(text);
    return texts;
}
