#include "FakeLibxlShim.h"
int fxl_placeholder(void) { return 0; }
