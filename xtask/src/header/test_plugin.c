// A plugin for the tests of the header, as C11 and as C++17: ops that answer bytes, JSON, later and with an error.

#include <stdlib.h>
#include <string.h>

#include "plugbay.h"

PLUGBAY_PLUGIN("test plugin \xc3\xa9", "1.2.3-beta.4");

static plugbay_slice slice(const char *text) {
  plugbay_slice result;
  result.ptr = (const uint8_t *)text;
  result.len = strlen(text);
  return result;
}

static void release(plugbay_buffer *buffer) {
  free(buffer->ptr);
}

static const plugbay_buffer_vtable VTABLE = {sizeof(plugbay_buffer_vtable), NULL, release};

static plugbay_buffer copy(const void *bytes, size_t len) {
  plugbay_buffer result;
  memset(&result, 0, sizeof result);
  result.ptr = (uint8_t *)malloc(len);
  if (result.ptr != NULL) {
    memcpy(result.ptr, bytes, len);
    result.len = len;
    result.vtable = &VTABLE;
  }
  return result;
}

static void echo(void *data, const plugbay_call *call, plugbay_buffer *buffers, size_t count, plugbay_outcome *outcome) {
  (void)data;
  if (count == 0) {
    plugbay_error_report error;
    memset(&error, 0, sizeof error);
    error.size = sizeof error;
    error.class_ = copy("TypeError", 9);
    error.message = copy("echo wants a buffer", 19);
    call->host->fail(call->instance, &error);
    return;
  }
  outcome->kind = PLUGBAY_OUTCOME_SYNC;
  outcome->payload.buffer = copy(buffers[0].ptr, buffers[0].len);
}

static uint32_t poll(void *data, const plugbay_waker *waker, plugbay_outcome *outcome) {
  unsigned *left = (unsigned *)data;
  if (*left > 0) {
    *left -= 1;
    waker->vtable->wake(waker);
    return 0;
  }
  outcome->kind = PLUGBAY_OUTCOME_SYNC;
  outcome->payload.buffer = copy("null", 4);
  return 1;
}

static const plugbay_future_vtable LATER = {sizeof(plugbay_future_vtable), poll, free};

static void later(void *data, const plugbay_call *call, plugbay_buffer *buffers, size_t count, plugbay_outcome *outcome) {
  unsigned *left = (unsigned *)calloc(1, sizeof *left);
  (void)data;
  (void)call;
  (void)buffers;
  (void)count;
  if (left == NULL) return;
  outcome->kind = PLUGBAY_OUTCOME_ASYNC;
  outcome->payload.future.data = left;
  outcome->payload.future.vtable = &LATER;
}

static uint32_t add(const plugbay_host_table *host, uint64_t instance, const char *name, uint32_t encoding,
                    plugbay_op_fn call) {
  plugbay_op_definition op;
  memset(&op, 0, sizeof op);
  op.size = sizeof op;
  op.name = slice(name);
  op.encoding = encoding;
  op.call = call;
  return host->register_op(instance, &op);
}

uint32_t deno_plugin_init(const plugbay_host_table *host, uint64_t instance) {
  plugbay_entry_fn entry = deno_plugin_init;
  plugbay_deinit_fn deinit = deno_plugin_deinit;
  (void)entry;
  (void)deinit;
  if (host->abi_version < PLUGBAY_ABI_VERSION) return 1;
  host->log(instance, 3, slice("test plugin opened"));
  return add(host, instance, "echo", PLUGBAY_ENCODING_BYTES, echo) == 0 ||
         add(host, instance, "later", PLUGBAY_ENCODING_JSON, later) == 0;
}

void deno_plugin_deinit(void) {}
