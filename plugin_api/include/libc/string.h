// What plugbay_libc.h has of it.

#ifndef PLUGBAY_LIBC_STRING_H
#define PLUGBAY_LIBC_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memset(void *to, int byte, size_t length);
void *memcpy(void *__restrict to, const void *__restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);

#ifdef __cplusplus
}
#endif

#endif
