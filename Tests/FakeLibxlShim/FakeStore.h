#ifndef FAKESTORE_H
#define FAKESTORE_H

#include "../../CShims/CXenInterface/CXenInterface.h"

cxen_store *_Nullable fake_store_open(void);
void fake_store_close(cxen_store *_Nullable store);
void *_Nullable fake_store_read(cxen_store *_Nonnull store, const char *_Nonnull path, unsigned *_Nonnull length);
char *_Nonnull *_Nullable fake_store_directory(
    cxen_store *_Nonnull store, const char *_Nonnull path, unsigned *_Nonnull count);
bool fake_store_watch(cxen_store *_Nonnull store, const char *_Nonnull path, const char *_Nonnull token);
int fake_store_fileno(cxen_store *_Nonnull store);
char *_Nonnull *_Nullable fake_store_check_watch(cxen_store *_Nonnull store);

#endif
