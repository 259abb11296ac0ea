/* Loaded before libvirtd, so that its driver for Xen runs without Xen: beside what xl's stub answers, Domain-0, and what
 * the driver asks of xenstore and of the kernel. No domain is ever made: at libxl_domain_create_new, what the driver tells
 * libxl is written into the file that JUDGE_PASSED names, and the call fails. */
#include "../xl/stub.c"

#include <fcntl.h>
#include <libxl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* What the driver was about to start. */
int libxl_domain_create_new(
    libxl_ctx *context, libxl_domain_config *config, uint32_t *domid, const libxl_asyncop_how *how,
    const libxl_asyncprogress_how *console
) {
    (void)domid, (void)how, (void)console;
    const char *place = getenv("JUDGE_PASSED");
    /* The driver leaves the only type of USB device for libxl to fill in, and a device without a type is not printed. */
    for (int i = 0; i < config->num_usbdevs; i++) config->usbdevs[i].type = LIBXL_USBDEV_TYPE_HOSTDEV;
    char *passed = libxl_domain_config_to_json(context, config);
    FILE *file = passed && place ? fopen(place, "w") : NULL;
    if (file) {
        fputs(passed, file);
        fclose(file);
    }
    free(passed);
    return ERROR_FAIL;
}

/* The driver loads where the kernel says that it is Domain-0's, or where xenstored is. */
int access(const char *path, int mode) {
    if (!strcmp(path, "/dev/xen/xenstored")) path = "/dev/null";
    return faccessat(AT_FDCWD, path, mode, 0);
}

/* A host device is taken as it is named: there is none to be taken from this host. */
int virHostdevPrepareDomainDevices(void *manager, const char *driver, void *domain, unsigned flags) {
    (void)manager, (void)driver, (void)domain, (void)flags;
    return 0;
}

void virHostdevReAttachDomainDevices(void *manager, const char *driver, void *domain, unsigned flags) {
    (void)manager, (void)driver, (void)domain, (void)flags;
}

int xc_domain_getinfolist(xc_interface *xen, uint32_t first, unsigned count, xc_domaininfo_t *domains) {
    (void)xen;
    if (first || !count) return 0;
    memset(domains, 0, sizeof *domains);
    domains->flags = XEN_DOMINF_running;
    domains->tot_pages = domains->max_pages = 1 << 18;
    domains->nr_online_vcpus = 16;
    domains->max_vcpu_id = 15;
    return 1;
}

int xc_numainfo(xc_interface *xen, unsigned *count, xc_meminfo_t *nodes, uint32_t *distances) {
    (void)xen;
    for (unsigned i = 0; nodes && i < *count && i < 4; i++) nodes[i].memsize = nodes[i].memfree = 1ull << 34;
    for (unsigned i = 0; distances && i < 16; i++) distances[i] = i / 4 == i % 4 ? 10 : 20;
    *count = 4;
    return 0;
}

int xc_flask_context_to_sid(xc_interface *xen, char *label, uint32_t size, uint32_t *sid) {
    (void)xen, (void)label, (void)size, (void)sid;
    return -1;
}

int xc_flask_sid_to_context(xc_interface *xen, int sid, char *label, uint32_t size) {
    (void)xen, (void)sid, (void)label, (void)size;
    return -1;
}
