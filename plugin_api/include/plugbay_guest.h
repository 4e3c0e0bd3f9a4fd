// What a plugin in C or C++ needs besides plugbay.h to be a WebAssembly guest: the host's functions, memory, and what
// the host calls. There is no C library in it and none is needed.
//
// Include it after plugbay.h, in one source file of the plugin. Where the plugin is built as a library it is empty, so
// the same source makes both:
//
//   #include "plugbay.h"
//   #include "plugbay_guest.h"
//
//   PLUGBAY_PLUGIN("invert", "1.0.0");
//   …
//
// Build it as a guest: clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--export-dynamic -Wl,--strip-all
//   -I plugin_api/include -o invert.wasm invert.c
//
// For wasm-opt add -Wl,--export-table: where the table is not exported it takes functions that only the host calls for
// unused ones, and makes them trap.
//
// A guest has one thread: spawn_blocking does the work before it returns. Its stack has 64 KiB unless
// -Wl,-z,stack-size=… says otherwise.
//
// What there is instead of a C library is in plugbay_libc.h, which belongs beside this file.

#ifndef PLUGBAY_GUEST_H
#define PLUGBAY_GUEST_H
#if defined(__wasm32__)

#ifndef PLUGBAY_H
#error "include plugbay.h before plugbay_guest.h"
#endif

#include "plugbay_libc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUGBAY_GUEST_IMPORT(name) __attribute__((import_module("plugbay"), import_name(name)))
#define PLUGBAY_GUEST_EXPORT(name) __attribute__((export_name(name)))

// ---- The host's functions ----

PLUGBAY_GUEST_IMPORT("register_op") uint32_t plugbay_import_register_op(const plugbay_op_definition *definition);
PLUGBAY_GUEST_IMPORT("fail") void plugbay_import_fail(plugbay_error_report *error);
PLUGBAY_GUEST_IMPORT("resource_add")
uint32_t plugbay_import_resource_add(const uint8_t *name, size_t length, void *data, void (*drop)(void *data));
PLUGBAY_GUEST_IMPORT("resource_get") void *plugbay_import_resource_get(uint32_t rid);
PLUGBAY_GUEST_IMPORT("resource_close") uint32_t plugbay_import_resource_close(uint32_t rid);
PLUGBAY_GUEST_IMPORT("log") void plugbay_import_log(uint32_t level, const uint8_t *message, size_t length);
PLUGBAY_GUEST_IMPORT("wake") void plugbay_import_wake(uint32_t task);

// ---- Memory ----

/// Memory that the guest cannot do without.
static void *plugbay_guest_need(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) __builtin_trap();
  return memory;
}

// ---- The table of the host's functions. The host knows which guest calls. ----

static uint32_t plugbay_guest_register_op(uint64_t instance, const plugbay_op_definition *definition) {
  (void)instance;
  return plugbay_import_register_op(definition);
}

static void plugbay_guest_fail(uint64_t instance, plugbay_error_report *error) {
  (void)instance;
  plugbay_import_fail(error);
}

static uint32_t plugbay_guest_resource_add(uint64_t instance, plugbay_slice name, void *data,
                                           void (*drop)(void *data)) {
  (void)instance;
  return plugbay_import_resource_add(name.ptr, name.len, data, drop);
}

static void *plugbay_guest_resource_get(uint64_t instance, uint32_t rid) {
  (void)instance;
  return plugbay_import_resource_get(rid);
}

static uint32_t plugbay_guest_resource_close(uint64_t instance, uint32_t rid) {
  (void)instance;
  return plugbay_import_resource_close(rid);
}

static uint32_t plugbay_guest_spawn_blocking(uint64_t instance, void (*function)(void *data), void *data) {
  (void)instance;
  function(data);
  return 1;
}

static void plugbay_guest_log(uint64_t instance, uint32_t level, plugbay_slice message) {
  (void)instance;
  plugbay_import_log(level, message.ptr, message.len);
}

static uint64_t plugbay_guest_instance;
static uint64_t *plugbay_guest_current(void) { return &plugbay_guest_instance; }

static const plugbay_host_table plugbay_guest_host = {
    sizeof(plugbay_host_table),
    PLUGBAY_ABI_VERSION,
    0,
    plugbay_guest_register_op,
    plugbay_guest_fail,
    plugbay_guest_resource_add,
    plugbay_guest_resource_get,
    plugbay_guest_resource_close,
    plugbay_guest_spawn_blocking,
    plugbay_guest_log,
    plugbay_guest_current,
    NULL,
};

// ---- What the host calls. It passes only what it got from the guest. ----

/// Has the plugin register its ops. There is no table of the host's to be given.
PLUGBAY_GUEST_EXPORT("plugbay_plugin_entry")
uint32_t plugbay_guest_entry(const plugbay_host_table *none, uint64_t instance) {
  (void)none;
  return deno_plugin_init(&plugbay_guest_host, instance);
}

/// Memory at an address that is a multiple of 16, for the host to free; null when there is none.
PLUGBAY_GUEST_EXPORT("plugbay_alloc") void *plugbay_guest_alloc(size_t size) { return malloc(size); }

/// Frees what plugbay_alloc gave for this size.
PLUGBAY_GUEST_EXPORT("plugbay_free") void plugbay_guest_release(void *memory, size_t size) {
  (void)size;
  free(memory);
}

// A buffer of the host's making: 16 bytes before its own there is the number of its holders.

static void plugbay_guest_retain_buffer(const plugbay_buffer *from, plugbay_buffer *to) {
  ++*(size_t *)from->owner[0];
  *to = *from;
}

static void plugbay_guest_release_buffer(plugbay_buffer *buffer) {
  size_t *holders = (size_t *)buffer->owner[0];
  if (--*holders == 0) free(holders);
}

static const plugbay_buffer_vtable plugbay_guest_buffer_vtable = {
    sizeof(plugbay_buffer_vtable),
    plugbay_guest_retain_buffer,
    plugbay_guest_release_buffer,
};

/// Writes a buffer of `length` bytes for the host to fill, which each of its holders releases; an empty one when there
/// is no memory for it.
PLUGBAY_GUEST_EXPORT("plugbay_new_buffer") void plugbay_guest_new_buffer(size_t length, plugbay_buffer *buffer) {
  size_t *holders = length == 0 || length > SIZE_MAX - 16 ? NULL : (size_t *)malloc(length + 16);
  buffer->ptr = NULL;
  buffer->len = 0;
  buffer->vtable = NULL;
  if (holders == NULL) return;
  *holders = 1;
  buffer->ptr = (uint8_t *)holders + 16;
  buffer->len = length;
  buffer->vtable = &plugbay_guest_buffer_vtable;
  buffer->owner[0] = (size_t)holders;
}

/// The memory that fast calls go through, with room for so many bytes in each part. It stays for as long as the guest.
PLUGBAY_GUEST_EXPORT("plugbay_new_exchange")
plugbay_exchange *plugbay_guest_new_exchange(size_t input, size_t output, size_t slab) {
  plugbay_exchange *exchange = (plugbay_exchange *)plugbay_guest_need(sizeof *exchange);
  const plugbay_buffer empty = {NULL, 0, NULL, {0, 0}};
  exchange->size = sizeof *exchange;
  exchange->input = (uint8_t *)plugbay_guest_need(input);
  exchange->input_length = input;
  exchange->output = (uint8_t *)plugbay_guest_need(output);
  exchange->output_capacity = output;
  exchange->slab = (uint8_t *)plugbay_guest_need(slab);
  exchange->slab_capacity = slab;
  exchange->slab_used = 0;
  exchange->slab_longest = slab;
  exchange->status = PLUGBAY_STATUS_DONE;
  exchange->slab_offset = 0;
  exchange->integer = 0;
  exchange->overflow = empty;
  return exchange;
}

/// The circumstances of all calls but fast ones. They stay for as long as the guest.
PLUGBAY_GUEST_EXPORT("plugbay_new_call") plugbay_call *plugbay_guest_new_call(uint64_t instance) {
  plugbay_call *call = (plugbay_call *)plugbay_guest_need(sizeof *call);
  call->size = sizeof *call;
  call->host = &plugbay_guest_host;
  call->instance = instance;
  return call;
}

/// The host says where bytes lie; an empty view has none.
static uint32_t plugbay_guest_view_bytes(const void *view, plugbay_slice *bytes) {
  (void)view;
  bytes->ptr = NULL;
  bytes->len = 0;
  return 1;
}

static const plugbay_fast_table plugbay_guest_fast_table = {sizeof(plugbay_fast_table), plugbay_guest_view_bytes};

/// The circumstances of fast calls of an op. They stay for as long as the guest.
PLUGBAY_GUEST_EXPORT("plugbay_new_context")
plugbay_fast_context *plugbay_guest_new_context(void *data, uint64_t instance, plugbay_exchange *exchange) {
  plugbay_fast_context *context = (plugbay_fast_context *)plugbay_guest_need(sizeof *context);
  context->size = sizeof *context;
  context->data = data;
  context->host = &plugbay_guest_host;
  context->instance = instance;
  context->current = &plugbay_guest_instance;
  context->exchange = exchange;
  context->table = &plugbay_guest_fast_table;
  context->bytes_sent = 0;
  context->bytes_received = 0;
  return context;
}

/// The waker that is lent to a poll, and its clones.
typedef struct plugbay_guest_waker {
  plugbay_waker header;
  uint32_t task;
} plugbay_guest_waker;

static const plugbay_waker *plugbay_guest_clone_waker(const plugbay_waker *waker) {
  plugbay_guest_waker *clone = (plugbay_guest_waker *)plugbay_guest_need(sizeof *clone);
  *clone = *(const plugbay_guest_waker *)waker;
  return &clone->header;
}

static void plugbay_guest_wake(const plugbay_waker *waker) {
  plugbay_import_wake(((const plugbay_guest_waker *)waker)->task);
}

static void plugbay_guest_drop_waker(const plugbay_waker *waker) { free((void *)waker); }

static const plugbay_waker_vtable plugbay_guest_waker_vtable = {
    sizeof(plugbay_waker_vtable),
    plugbay_guest_clone_waker,
    plugbay_guest_wake,
    plugbay_guest_drop_waker,
};

/// Polls a future as its vtable says.
PLUGBAY_GUEST_EXPORT("plugbay_poll")
uint32_t plugbay_guest_poll(const plugbay_future *future, uint32_t task, plugbay_outcome *outcome) {
  const plugbay_guest_waker waker = {{&plugbay_guest_waker_vtable}, task};
  return future->vtable->poll(future->data, &waker.header, outcome);
}

#ifdef __cplusplus
}
#endif

#endif
#endif
