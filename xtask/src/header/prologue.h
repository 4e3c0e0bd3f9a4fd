// The boundary between the plugbay host and its native plugins, for C11, C++17 and whatever reads C.
//
// Made by `cargo xtask header` from plugin_api/abi; change it there. plugin_api/abi/ABI.md explains it.
//
// A plugin describes itself once with PLUGBAY_PLUGIN and defines deno_plugin_init:
//
//   #include "plugbay.h"
//
//   PLUGBAY_PLUGIN("invert", "1.0.0");
//
//   static void invert(void *data, const plugbay_call *call, plugbay_buffer *buffers, size_t count,
//                      plugbay_outcome *outcome) {
//     for (size_t i = 0; count > 0 && i < buffers[0].len; i++) buffers[0].ptr[i] ^= 0xff;  // the script's own bytes
//     outcome->kind = PLUGBAY_OUTCOME_SYNC;
//     outcome->payload.buffer = (plugbay_buffer){0};  // the script gets undefined
//   }
//
//   uint32_t deno_plugin_init(const plugbay_host_table *host, uint64_t instance) {
//     plugbay_op_definition op = {.size = sizeof op, .name = {(const uint8_t *)"invert", 6}, .call = invert};
//     return host->register_op(instance, &op) == 0;
//   }
//
// Build it as a shared library: cc -std=c11 -shared -fPIC -I plugin_api/include -o libinvert.so invert.c
//
// Rules. A struct that is passed by pointer starts with its own size and only ever grows at the end: who reads it first
// looks at the size. plugbay_slice, plugbay_buffer, plugbay_future and plugbay_waker are frozen. A function must
// return: no exception, no longjmp, no end of the thread. The field class_ is not class because C++ has that word.
