#ifndef FAKELIBXLSHIM_H
#define FAKELIBXLSHIM_H
int fxl_placeholder(void);
#endif
