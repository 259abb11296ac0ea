/* Loaded before xl, so that xl -N, which builds nothing, runs without Xen: the opening of the hypervisor and of xenstore,
 * and what xl asks a host before it reads a file. The host that is answered for has 16 processors in 4 nodes. */
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

struct xs_handle;

static char opened;

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild, unsigned flags) {
    (void)logger, (void)dombuild, (void)flags;
    return (xc_interface *)&opened;
}

int xc_interface_close(xc_interface *xen) {
    (void)xen;
    return 0;
}

struct xs_handle *xs_open(unsigned long flags) {
    (void)flags;
    return (struct xs_handle *)&opened;
}

void xs_close(struct xs_handle *store) {
    (void)store;
}

int xc_version(xc_interface *xen, int question, void *answer) {
    (void)xen;
    switch (question) {
    case XENVER_extraversion: memset(answer, 0, sizeof(xen_extraversion_t)); return 0;
    case XENVER_compile_info: memset(answer, 0, sizeof(xen_compile_info_t)); return 0;
    case XENVER_changeset: memset(answer, 0, sizeof(xen_changeset_info_t)); return 0;
    case XENVER_commandline: memset(answer, 0, sizeof(xen_commandline_t)); return 0;
    case XENVER_capabilities:
        memset(answer, 0, sizeof(xen_capabilities_info_t));
        strcpy(answer, "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64");
        return 0;
    case XENVER_version: return 4 << 16 | 17;
    case XENVER_pagesize: return 4096;
    default: return 0;
    }
}

int xc_physinfo(xc_interface *xen, xc_physinfo_t *info) {
    (void)xen;
    memset(info, 0, sizeof *info);
    info->nr_cpus = 16;
    info->threads_per_core = 1;
    info->cores_per_socket = 4;
    info->max_cpu_id = 15;
    info->nr_nodes = 4;
    info->max_node_id = 3;
    info->total_pages = info->free_pages = info->max_mfn = 1 << 24;
    info->capabilities = ~0u;
    /* The processor is a Skylake of Intel's, with AMD's svm as well, so that each of the two words for nesting counts. */
    const uint32_t features[] = {0xbfebfbff, 0x77fef3ff, 0x2c100800, 0x00000125, 0x0000000f, 0x009c6fbf};
    memcpy(info->hw_cap, features, sizeof features);
    return 0;
}

int xc_get_max_cpus(xc_interface *xen) {
    (void)xen;
    return 16;
}

int xc_get_online_cpus(xc_interface *xen) {
    (void)xen;
    return 16;
}

int xc_get_max_nodes(xc_interface *xen) {
    (void)xen;
    return 4;
}

long xc_sharing_freed_pages(xc_interface *xen) {
    (void)xen;
    return 0;
}

long xc_sharing_used_frames(xc_interface *xen) {
    (void)xen;
    return 0;
}

int xc_cputopoinfo(xc_interface *xen, unsigned *count, xc_cputopo_t *processors) {
    (void)xen;
    if (processors) {
        for (unsigned i = 0; i < *count && i < 16; i++) {
            processors[i].core = i;
            processors[i].socket = processors[i].node = i / 4;
        }
    }
    *count = 16;
    return 0;
}
