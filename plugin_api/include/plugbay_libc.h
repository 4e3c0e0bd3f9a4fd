// What a WebAssembly guest in C or C++ has instead of a C library: malloc, calloc, realloc, free, abort, memcpy, memmove,
// memset, memcmp and strlen. They are weak, so that they do not clash with those of a C library.
//
// plugbay_guest.h includes it. A component includes it in one of its source files; what wit-bindgen has written for it
// finds stdlib.h and string.h in the folder libc beside this file: -I plugin_api/include -I plugin_api/include/libc

#ifndef PLUGBAY_LIBC_H
#define PLUGBAY_LIBC_H
#if defined(__wasm32__)

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Not exported, and left out where nobody uses it. Without builtins, or the loop in memcpy would be a call of memcpy.
#define PLUGBAY_LIBC __attribute__((weak, visibility("hidden"), no_builtin))

/// Begins a block of memory, 8 bytes before an address that is a multiple of 16. What follows it belongs to whoever
/// asked for the block.
typedef struct plugbay_libc_block {
  /// Bytes of the block with this struct, a multiple of 16.
  size_t size;
  /// The next free block. Of a free block only.
  struct plugbay_libc_block *next;
} plugbay_libc_block;

/// Where the linker's own data ends. Only its address means something.
extern unsigned char __heap_base;

/// The free blocks by address; no two of them touch.
static plugbay_libc_block *plugbay_libc_free_blocks;

/// Where the last block ends that was made of fresh memory: 8 bytes before a page does.
static uintptr_t plugbay_libc_end;

/// Puts a block among the free ones, and makes one of those that touch.
static void plugbay_libc_give(plugbay_libc_block *block) {
  plugbay_libc_block *before = NULL, *after = plugbay_libc_free_blocks;
  while (after != NULL && after < block) before = after, after = after->next;
  block->next = after;
  if (after != NULL && (uintptr_t)block + block->size == (uintptr_t)after) {
    block->size += after->size;
    block->next = after->next;
  }
  if (before == NULL) {
    plugbay_libc_free_blocks = block;
  } else if ((uintptr_t)before + before->size == (uintptr_t)block) {
    before->size += block->size;
    before->next = block->next;
  } else {
    before->next = block;
  }
}

/// Makes a free block of fresh memory, in which a block of `size` bytes has room; 0 when the host gives none.
static int plugbay_libc_grow(size_t size) {
  uintptr_t start = plugbay_libc_end;
  if (start == 0) {
    // What the linker has left of the first pages.
    start = (((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15) + 8;
    plugbay_libc_end = __builtin_wasm_memory_size(0) * 65536 - 8;
    if (plugbay_libc_end <= start) plugbay_libc_end = start;
  } else {
    size_t pages = size / 65536 + 1;
    size_t before = __builtin_wasm_memory_grow(0, pages);
    if (before == SIZE_MAX) return 0;
    // Others may have grown it in between.
    if (start + 8 != before * 65536) start = before * 65536 + 8;
    plugbay_libc_end = (before + pages) * 65536 - 8;
  }
  if (start == plugbay_libc_end) return 1;
  plugbay_libc_block *block = (plugbay_libc_block *)start;
  block->size = plugbay_libc_end - start;
  plugbay_libc_give(block);
  return 1;
}

/// The first free block that is large enough, or as much of it as is needed; fresh memory if there is none.
static void *plugbay_libc_take(size_t size) {
  // More than there ever is, and the sums below would wrap.
  if (size > SIZE_MAX - 3 * 65536) return NULL;
  size = (size + sizeof(plugbay_libc_block) + 15) & ~(size_t)15;
  do {
    for (plugbay_libc_block **at = &plugbay_libc_free_blocks; *at != NULL; at = &(*at)->next) {
      plugbay_libc_block *found = *at;
      if (found->size < size) continue;
      if (found->size == size) {
        *at = found->next;
      } else {
        plugbay_libc_block *rest = (plugbay_libc_block *)((uintptr_t)found + size);
        rest->size = found->size - size;
        rest->next = found->next;
        *at = rest;
        found->size = size;
      }
      return found + 1;
    }
  } while (plugbay_libc_grow(size));
  return NULL;
}

/// Memory at an address that is a multiple of 16, for the caller to `free`; null when there is none.
PLUGBAY_LIBC void *malloc(size_t size) { return plugbay_libc_take(size); }

/// Frees what the others gave; null is fine.
PLUGBAY_LIBC void free(void *memory) {
  if (memory != NULL) plugbay_libc_give((plugbay_libc_block *)memory - 1);
}

/// Fills `length` bytes; gives `to`.
PLUGBAY_LIBC void *memset(void *to, int byte, size_t length) {
  for (size_t i = 0; i < length; i++) ((unsigned char *)to)[i] = (unsigned char)byte;
  return to;
}

/// Copies bytes between places that do not overlap; gives `to`.
PLUGBAY_LIBC void *memcpy(void *__restrict to, const void *__restrict from, size_t length) {
  for (size_t i = 0; i < length; i++) ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
  return to;
}

/// Copies bytes between places that may overlap; gives `to`.
PLUGBAY_LIBC void *memmove(void *to, const void *from, size_t length) {
  unsigned char *target = (unsigned char *)to;
  const unsigned char *source = (const unsigned char *)from;
  if ((uintptr_t)to <= (uintptr_t)from) {
    for (size_t i = 0; i < length; i++) target[i] = source[i];
  } else {
    while (length-- > 0) target[length] = source[length];
  }
  return to;
}

/// The difference of the first two bytes that differ, or 0.
PLUGBAY_LIBC int memcmp(const void *a, const void *b, size_t length) {
  const unsigned char *left = (const unsigned char *)a, *right = (const unsigned char *)b;
  for (size_t i = 0; i < length; i++) {
    if (left[i] != right[i]) return left[i] - right[i];
  }
  return 0;
}

/// Bytes before the zero.
PLUGBAY_LIBC size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

/// Memory for `count` things of `size` bytes, all zero, for the caller to `free`; null when there is none.
PLUGBAY_LIBC void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void *memory = malloc(count * size);
  return memory == NULL ? NULL : memset(memory, 0, count * size);
}

/// Moves what `memory` holds to a block of `size` bytes and frees it, unless there is no room: then it gives null and
/// `memory` stays. The caller frees what it gives.
PLUGBAY_LIBC void *realloc(void *memory, size_t size) {
  void *moved = malloc(size);
  if (moved == NULL || memory == NULL) return moved;
  size_t length = ((plugbay_libc_block *)memory)[-1].size - sizeof(plugbay_libc_block);
  memcpy(moved, memory, length < size ? length : size);
  free(memory);
  return moved;
}

/// Ends the instance.
PLUGBAY_LIBC __attribute__((noreturn)) void abort(void) { __builtin_trap(); }

#ifdef __cplusplus
}
#endif

#endif
#endif
