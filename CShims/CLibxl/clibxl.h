#ifndef CLIBXL_H
#define CLIBXL_H

#if !__has_include(<libxl.h>)
#error "libxl.h is missing: apt-get install libxen-dev, or build with --disable-default-traits"
#endif

// The libxl that this project is written for, and the only place that says so: a later libxl keeps its promises of then.
// libxl's headers refuse numbers that they do not list.
#define LIBXL_API_VERSION 0x041300

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xenstore.h>

#endif
