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

#ifndef PLUGBAY_H
#define PLUGBAY_H

#include <stddef.h>
#include <stdint.h>

typedef struct plugbay_slice plugbay_slice;
typedef struct plugbay_buffer plugbay_buffer;
typedef struct plugbay_buffer_vtable plugbay_buffer_vtable;
typedef struct plugbay_error_report plugbay_error_report;
typedef struct plugbay_outcome plugbay_outcome;
typedef union plugbay_outcome_payload plugbay_outcome_payload;
typedef struct plugbay_future plugbay_future;
typedef struct plugbay_future_vtable plugbay_future_vtable;
typedef struct plugbay_waker plugbay_waker;
typedef struct plugbay_waker_vtable plugbay_waker_vtable;
typedef struct plugbay_call plugbay_call;
typedef struct plugbay_op_definition plugbay_op_definition;
typedef struct plugbay_signature plugbay_signature;
typedef struct plugbay_parameter plugbay_parameter;
typedef union plugbay_argument plugbay_argument;
typedef struct plugbay_buffer_slice plugbay_buffer_slice;
typedef struct plugbay_fast_context plugbay_fast_context;
typedef struct plugbay_fast_table plugbay_fast_table;
typedef struct plugbay_exchange plugbay_exchange;
typedef struct plugbay_one_byte_string plugbay_one_byte_string;
typedef struct plugbay_lent_context plugbay_lent_context;
typedef struct plugbay_lend_table plugbay_lend_table;
typedef struct plugbay_host_table plugbay_host_table;
typedef struct plugbay_stream plugbay_stream;
typedef struct plugbay_stream_vtable plugbay_stream_vtable;
typedef struct plugbay_http_body plugbay_http_body;
typedef struct plugbay_http_header plugbay_http_header;
typedef struct plugbay_http_request plugbay_http_request;
typedef struct plugbay_http_response plugbay_http_response;
typedef struct plugbay_plugin_info plugbay_plugin_info;
typedef struct plugbay_plugin_descriptor plugbay_plugin_descriptor;

/// Version of the boundary. A host runs plugins of this version and of older ones; a plugin that is newer
/// than its host is refused before any of its code runs.
#define PLUGBAY_ABI_VERSION 1

/// `plugbay_plugin_entry`, which plugin_api defines around the author's Rust function `deno_plugin_init`.
#define PLUGBAY_ENTRY_KIND_RUST 0

/// `deno_plugin_init` itself.
#define PLUGBAY_ENTRY_KIND_C 1

/// Nobody knows it yet.
#define PLUGBAY_HTTP_BODY_UNKNOWN UINT64_MAX

/// `undefined`. Results only.
#define PLUGBAY_KIND_VOID 0

/// A boolean: the number 0 or 1.
#define PLUGBAY_KIND_BOOL 1

/// An integer of 8 bits with a sign, as a number.
#define PLUGBAY_KIND_I8 2

/// An integer of 8 bits without a sign, as a number.
#define PLUGBAY_KIND_U8 3

/// An integer of 16 bits with a sign, as a number.
#define PLUGBAY_KIND_I16 4

/// An integer of 16 bits without a sign, as a number.
#define PLUGBAY_KIND_U16 5

/// An integer of 32 bits with a sign, as a number.
#define PLUGBAY_KIND_I32 6

/// An integer of 32 bits without a sign, as a number.
#define PLUGBAY_KIND_U32 7

/// An integer of 64 bits with a sign, as an integer.
#define PLUGBAY_KIND_I64 8

/// An integer of 64 bits without a sign, as an integer.
#define PLUGBAY_KIND_U64 9

/// A float of 32 bits, as a number.
#define PLUGBAY_KIND_F32 10

/// A float of 64 bits, as a number.
#define PLUGBAY_KIND_F64 11

/// UTF-8 text. As a result a buffer.
#define PLUGBAY_KIND_STRING 12

/// Bytes that are lent for the call and may be read. As a result a buffer.
#define PLUGBAY_KIND_BYTES 13

/// Bytes that are lent for the call and may be written. Parameters only.
#define PLUGBAY_KIND_BYTES_MUT 14

/// A buffer that the op may keep. Parameters only.
#define PLUGBAY_KIND_BUFFER 15

/// A value of any shape in the wire format of ABI.md. As a result a buffer.
#define PLUGBAY_KIND_VALUE 16

/// The number of a resource. Parameters only.
#define PLUGBAY_KIND_RESOURCE 17

/// All further arguments, each a buffer that the op may keep. The last parameter only.
#define PLUGBAY_KIND_BUFFERS 18

/// Elements `i8` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I8_SLICE 19

/// Elements `i16` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I16_SLICE 20

/// Elements `u16` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U16_SLICE 21

/// Elements `i32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I32_SLICE 22

/// Elements `u32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U32_SLICE 23

/// Elements `i64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I64_SLICE 24

/// Elements `u64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U64_SLICE 25

/// Elements `f32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_F32_SLICE 26

/// Elements `f64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_F64_SLICE 27

/// Elements `i8` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I8_SLICE_MUT 28

/// Elements `i16` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I16_SLICE_MUT 29

/// Elements `u16` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U16_SLICE_MUT 30

/// Elements `i32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I32_SLICE_MUT 31

/// Elements `u32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U32_SLICE_MUT 32

/// Elements `i64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_I64_SLICE_MUT 33

/// Elements `u64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_U64_SLICE_MUT 34

/// Elements `f32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_F32_SLICE_MUT 35

/// Elements `f64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
#define PLUGBAY_KIND_F64_SLICE_MUT 36

/// The op gives a Promise, also when its outcome is done at once.
#define PLUGBAY_SIGNATURE_ASYNC 1

/// `null` or `undefined` will do, and the script may leave it out.
#define PLUGBAY_PARAMETER_OPTIONAL 1

/// The result is there.
#define PLUGBAY_STATUS_DONE 0

/// The op failed.
#define PLUGBAY_STATUS_FAILED 1

/// The op was not called: call it through its plugbay_typed_fn.
#define PLUGBAY_STATUS_RETRY 2

/// The result is there, in plugbay_exchange.overflow.
#define PLUGBAY_STATUS_OVERFLOW 3

/// Of a lending call: the answer is there, in plugbay_lent_context.outcome.
#define PLUGBAY_STATUS_ANSWERED 4

/// The op does not know what was asked; nothing is set.
#define PLUGBAY_OUTCOME_NOT_FOUND 0

/// Done; `buffer` is set.
#define PLUGBAY_OUTCOME_SYNC 1

/// Under way; `future` is set and keeps the program alive.
#define PLUGBAY_OUTCOME_ASYNC 2

/// Under way; `future` is set and does not keep the program alive.
#define PLUGBAY_OUTCOME_ASYNC_UNREF 3

/// Failed; `error` is set.
#define PLUGBAY_OUTCOME_ERROR 4

/// Done, of a typed op whose result is a boolean (0 or 1), an integer of at most 32 bits or a float; `number` is set.
#define PLUGBAY_OUTCOME_NUMBER 5

/// Done, of a typed op whose result is an integer of 64 bits; `integer` is set.
#define PLUGBAY_OUTCOME_INTEGER 6

/// Done, of a typed op that gives text or bytes: there are none, which is `null`.
#define PLUGBAY_OUTCOME_NULL 7

/// Done, of an op that answers requests; `response` is set.
#define PLUGBAY_OUTCOME_RESPONSE 8

/// Buffers in, a buffer out.
#define PLUGBAY_ENCODING_BYTES 0

/// The first buffer and the answer are JSON text in UTF-8; further buffers are the script's.
#define PLUGBAY_ENCODING_JSON 1

/// The op is called through its plugbay_signature; `call` may be null.
#define PLUGBAY_ENCODING_TYPED 2

/// The op answers HTTP requests, by its plugbay_http_fn; `call` may be null.
#define PLUGBAY_ENCODING_HTTP 3

/// The op takes messages of Redis, by its plugbay_http_fn: each is the body of a request, whose path is `/` and the name
/// of the channel in percent-encoding. Of the response nothing is read. `call` may be null. Older hosts do not know
/// it.
#define PLUGBAY_ENCODING_REDIS 4

/// Borrowed bytes, valid until the call that passes them returns.
struct plugbay_slice {
  /// First byte; may be null when `len` is 0.
  const uint8_t *ptr;
  /// Number of bytes.
  size_t len;
};

/// What can be done with a plugbay_buffer. Both functions may be called on any thread.
struct plugbay_buffer_vtable {
  /// Size of this struct.
  size_t size;
  /// Writes to the second argument a buffer that shares the bytes of the first and is released on its own. Null: the
  /// buffer can only be moved.
  void (*retain)(const struct plugbay_buffer *from, struct plugbay_buffer *to);
  /// Gives up the buffer; its bytes may be gone afterwards.
  void (*release)(struct plugbay_buffer *buffer);
};

/// Bytes with an owner: a script's ArrayBuffer on the way to a plugin, a plugin's allocation on the way to the script.
///
/// Whoever holds it calls `vtable.release` exactly once, on any thread. The two words of `owner` belong to whoever made
/// the buffer and are never looked at by the other side. All zero bytes are an empty buffer that needs no release.
struct plugbay_buffer {
  /// First byte; may be null when `len` is 0.
  uint8_t *ptr;
  /// Number of bytes.
  size_t len;
  /// How to share and to free it; null when there is nothing to free.
  const struct plugbay_buffer_vtable *vtable;
  /// The maker's own.
  size_t owner[2];
};

/// An error on its way to the script. Whoever receives it releases the three buffers.
struct plugbay_error_report {
  /// Size of this struct.
  size_t size;
  /// UTF-8 name of the JavaScript class, such as `TypeError` or `NotFound`; empty: `Error`.
  struct plugbay_buffer class_;
  /// UTF-8 stable code for programs to compare; empty: none.
  struct plugbay_buffer code;
  /// UTF-8 text for people.
  struct plugbay_buffer message;
};

/// What can be done with a plugbay_waker.
struct plugbay_waker_vtable {
  /// Size of this struct.
  size_t size;
  /// A waker of its own for the same task, to be given to `drop` once.
  const struct plugbay_waker *(*clone)(const struct plugbay_waker *waker);
  /// Has the task polled again soon.
  void (*wake)(const struct plugbay_waker *waker);
  /// Frees a waker that came from `clone`.
  void (*drop)(const struct plugbay_waker *waker);
};

/// The host's side of a waker begins with this. Everything may be called on any thread.
struct plugbay_waker {
  /// Never null.
  const struct plugbay_waker_vtable *vtable;
};

/// What can be done with a plugbay_future.
struct plugbay_future_vtable {
  /// Size of this struct.
  size_t size;
  /// Returns 1 and sets the outcome (sync or error) when done, else 0 after it has seen to it that the waker is woken.
  /// Not called again after 1. The waker is borrowed, and only that of the newest poll counts: the host polls once at
  /// once, and again in its event loop with another.
  uint32_t (*poll)(void *data, const struct plugbay_waker *waker, struct plugbay_outcome *outcome);
  /// Frees the future, done or not. Called exactly once.
  void (*drop)(void *data);
};

/// A computation that is not done yet. One of a plugin's is polled and dropped on the isolate's thread only; one of the
/// host's on any thread, by one at a time.
struct plugbay_future {
  /// First argument of the functions.
  void *data;
  /// Never null.
  const struct plugbay_future_vtable *vtable;
};

/// A header of a request or a response.
struct plugbay_http_header {
  /// Its name, in lower case in requests.
  struct plugbay_slice name;
  /// Its value: any bytes that HTTP allows there.
  struct plugbay_slice value;
};

/// What can be done with a plugbay_stream.
struct plugbay_stream_vtable {
  /// Size of this struct.
  size_t size;
  /// Returns 0 after it has seen to it that the waker is woken, else 1 with an outcome:
  /// PLUGBAY_OUTCOME_SYNC is the next piece, whose bytes are only read;
  /// PLUGBAY_OUTCOME_NULL the end; PLUGBAY_OUTCOME_ERROR says why no more come.
  /// Not called again after these two. The waker is borrowed, and only that of the newest call counts.
  uint32_t (*next)(void *data, const struct plugbay_waker *waker, struct plugbay_outcome *outcome);
  /// Frees the stream, at its end or not. Called exactly once.
  void (*drop)(void *data);
};

/// Bytes that come piece by piece. One thread at a time asks for them: any, where the host made it; the isolate's,
/// where a plugin did.
struct plugbay_stream {
  /// First argument of the functions.
  void *data;
  /// Null: there is no stream.
  const struct plugbay_stream_vtable *vtable;
};

/// The body of a request or a response. Whoever receives it releases the buffer and drops the stream.
struct plugbay_http_body {
  /// Number of all of its bytes, or 2^64 - 1: that is not known.
  uint64_t length;
  /// What there is of it already, before the pieces of the stream. Its bytes are only read.
  struct plugbay_buffer bytes;
  /// What follows. Without one the buffer has all.
  struct plugbay_stream stream;
};

/// A response. It stays where it is until its `drop` is called.
struct plugbay_http_response {
  /// Size of this struct.
  size_t size;
  /// The status: 200 to 999.
  uint32_t status;
  /// Zero.
  uint32_t reserved;
  /// The headers. Those that are for the connection to say are left out.
  const struct plugbay_http_header *headers;
  /// How many there are.
  size_t header_count;
  /// The body, which is the host's: it takes it out before it calls `drop`.
  struct plugbay_http_body body;
  /// Frees the response, but for the body. Called exactly once, on the isolate's thread. May be null.
  void (*drop)(struct plugbay_http_response *response);
};

/// The value of a plugbay_outcome.
union plugbay_outcome_payload {
  /// With PLUGBAY_OUTCOME_SYNC: the answer, owned by the receiver.
  struct plugbay_buffer buffer;
  /// With PLUGBAY_OUTCOME_ASYNC and PLUGBAY_OUTCOME_ASYNC_UNREF: the receiver drops it.
  struct plugbay_future future;
  /// With PLUGBAY_OUTCOME_ERROR: owned by the receiver.
  struct plugbay_error_report error;
  /// With PLUGBAY_OUTCOME_NUMBER.
  double number;
  /// With PLUGBAY_OUTCOME_INTEGER: the bits of the integer.
  uint64_t integer;
  /// With PLUGBAY_OUTCOME_RESPONSE: owned by the receiver.
  struct plugbay_http_response *response;
};

/// What became of a call. The caller allocates it, sets `size` and sets `kind` to PLUGBAY_OUTCOME_NOT_FOUND; the callee
/// sets `kind` and the one field of `payload` that belongs to it.
struct plugbay_outcome {
  /// Size of this struct.
  size_t size;
  /// One of the constants in PLUGBAY_OUTCOME_*.
  uint32_t kind;
  /// Zero.
  uint32_t reserved;
  /// Which field is set depends on `kind`.
  union plugbay_outcome_payload payload;
};

/// The code of an op, with `count` buffers. Called on the isolate's thread, and again
/// while it runs if what it does leads back to JavaScript. The buffers stay the caller's: the op may exchange them for
/// others, and keep copies made with `retain`.
typedef void (*plugbay_op_fn)(void *data,
                              const struct plugbay_call *call,
                              struct plugbay_buffer *buffers,
                              size_t count,
                              struct plugbay_outcome *outcome);

/// A parameter of a typed op.
struct plugbay_parameter {
  /// UTF-8 name.
  struct plugbay_slice name;
  /// UTF-8 TypeScript type; empty: that of its kind.
  struct plugbay_slice type_;
  /// One of the constants in PLUGBAY_KIND_*.
  uint32_t kind;
  /// Sum of constants in PLUGBAY_PARAMETER_*.
  uint32_t flags;
};

/// Buffers of the caller's: the op may exchange them for others, and keep copies made with `retain`.
struct plugbay_buffer_slice {
  /// The first; may be null when `len` is 0.
  struct plugbay_buffer *ptr;
  /// How many there are.
  size_t len;
};

/// An argument of a typed op; which field is set depends on the parameter's kind. Nothing of it outlives the call.
union plugbay_argument {
  /// Of PLUGBAY_KIND_BOOL to PLUGBAY_KIND_U32, PLUGBAY_KIND_F32, PLUGBAY_KIND_F64 and PLUGBAY_KIND_RESOURCE; it lies in the kind's
  /// range.
  double number;
  /// Of PLUGBAY_KIND_I64 and PLUGBAY_KIND_U64: the bits of the integer.
  uint64_t integer;
  /// Of PLUGBAY_KIND_STRING (valid UTF-8), PLUGBAY_KIND_BYTES, PLUGBAY_KIND_BYTES_MUT (which may be written), PLUGBAY_KIND_VALUE
  /// (the words from where the value begins, at an address that is a multiple of 8; more may follow it) and of
  /// elements, from PLUGBAY_KIND_I8_SLICE on: whole elements in bytes, at an address that is a multiple of an element's
  /// size.
  struct plugbay_slice bytes;
  /// Of PLUGBAY_KIND_BUFFER (one) and PLUGBAY_KIND_BUFFERS.
  struct plugbay_buffer_slice buffers;
};

/// The code of a typed op, with as many arguments as its signature has parameters. Called on the isolate's thread. The
/// outcome is one of the kind that plugbay_signature.result says, or a future that ends in one.
typedef void (*plugbay_typed_fn)(void *data,
                                 const struct plugbay_call *call,
                                 union plugbay_argument *arguments,
                                 size_t count,
                                 struct plugbay_outcome *outcome);

/// What an op takes and gives.
struct plugbay_signature {
  /// Size of this struct.
  size_t size;
  /// The parameters, in order.
  const struct plugbay_parameter *parameters;
  /// How many there are.
  size_t parameter_count;
  /// Size of one plugbay_parameter.
  size_t parameter_size;
  /// One of the constants in PLUGBAY_KIND_*.
  uint32_t result;
  /// Sum of constants in PLUGBAY_SIGNATURE_*.
  uint32_t flags;
  /// UTF-8 text for people: what the op does. May be empty.
  struct plugbay_slice documentation;
  /// UTF-8 TypeScript type of the result; empty: that of its kind.
  struct plugbay_slice result_type;
  /// UTF-8 TypeScript declarations that the types above refer to, exported, each ending in a line break, with an empty
  /// line between two and nowhere else. May be empty.
  struct plugbay_slice declarations;
  /// Never null.
  plugbay_typed_fn call;
  /// The fast function, or null. See plugbay_fast_context.
  const void *fast;
};

/// A request. All but the body is valid until the call returns.
struct plugbay_http_request {
  /// Size of this struct.
  size_t size;
  /// The method, such as `GET`.
  struct plugbay_slice method;
  /// The absolute URI, with the path as it came.
  struct plugbay_slice uri;
  /// The headers; those of one name in the order in which they came.
  const struct plugbay_http_header *headers;
  /// How many there are.
  size_t header_count;
  /// The body, which is the op's: it takes it out and leaves plugbay_buffer.EMPTY and no stream.
  struct plugbay_http_body body;
};

/// Answers a request, on the isolate's thread: with PLUGBAY_OUTCOME_RESPONSE,
/// PLUGBAY_OUTCOME_ERROR, or a future that ends in one of these. The host drops the future when
/// nobody waits for the response any more.
typedef void (*plugbay_http_fn)(void *data,
                                const struct plugbay_call *call,
                                struct plugbay_http_request *request,
                                struct plugbay_outcome *outcome);

/// What a plugin says of an op when it registers it.
struct plugbay_op_definition {
  /// Size of this struct.
  size_t size;
  /// UTF-8 name, any string but the empty one.
  struct plugbay_slice name;
  /// One of the constants in PLUGBAY_ENCODING_*.
  uint32_t encoding;
  /// Zero.
  uint32_t reserved;
  /// Never null, unless the encoding is PLUGBAY_ENCODING_TYPED, PLUGBAY_ENCODING_HTTP or PLUGBAY_ENCODING_REDIS.
  plugbay_op_fn call;
  /// First argument of `call`.
  void *data;
  /// Frees `data`, on the isolate's thread, after the last call has returned. Called exactly once, also when the
  /// registration is refused. May be null.
  void (*drop)(void *data);
  /// What the op takes and gives, or null. It need not outlive the registration, but for its functions. Definitions of
  /// older plugins end before it.
  const struct plugbay_signature *signature;
  /// Of an op with the encoding PLUGBAY_ENCODING_BYTES: its function for lending calls, as plugbay_lent_context says, or null.
  /// It does what `call` does. Definitions of older plugins end before it.
  const void *lent;
  /// Of an op with the encoding PLUGBAY_ENCODING_HTTP or PLUGBAY_ENCODING_REDIS: what answers requests; else null.
  /// Definitions of older plugins end before it.
  plugbay_http_fn answer;
};

/// The functions a plugin may call. They never unwind. `instance` is the number the plugin was given; a number of a
/// plugin that is closed is refused, not followed.
struct plugbay_host_table {
  /// Size of this struct: a function that lies behind it is not there.
  size_t size;
  /// PLUGBAY_ABI_VERSION of the host.
  uint32_t abi_version;
  /// Zero.
  uint32_t reserved;
  /// Puts an op into the table. Answers its id, or 0 when it was refused: then the host has noted why, and the init
  /// or the op that is running fails with that. Isolate's thread, during init or a call.
  uint32_t (*register_op)(uint64_t instance, const struct plugbay_op_definition *definition);
  /// Has the init or the call that is running fail with this error, which the host releases. Isolate's thread.
  void (*fail)(uint64_t instance, struct plugbay_error_report *error);
  /// Adds a resource; answers its id, or UINT32_MAX when it was refused. `drop(data)` is
  /// called once, on the isolate's thread, also when it was refused. Isolate's thread.
  uint32_t (*resource_add)(uint64_t instance, struct plugbay_slice name, void *data, void (*drop)(void *data));
  /// The data of a resource that this plugin added, or null. Isolate's thread; valid until the resource is closed.
  void *(*resource_get)(uint64_t instance, uint32_t rid);
  /// Closes a resource that this plugin added; 1 if there was one. Isolate's thread.
  uint32_t (*resource_close)(uint64_t instance, uint32_t rid);
  /// Runs `function(data)` on a thread that may block; 1 if it will run, 0 if it will not. Any thread.
  uint32_t (*spawn_blocking)(uint64_t instance, void (*function)(void *data), void *data);
  /// Writes a line of UTF-8 to the host's log: 1 error, 2 warning, 3 info, 4 debug. Any thread.
  void (*log)(uint64_t instance, uint32_t level, struct plugbay_slice message);
  /// The cell of this thread in which a plugin notes its instance while code of it runs, 0 otherwise. Valid for as long
  /// as the thread runs. Any thread.
  uint64_t *(*current)(void);
  /// Asks a service of the host's for something, in the wire format: ABI.md says what there is. Sets the outcome to a
  /// future (`ASYNC`) of the host's that ends in the answer, in the same format (`SYNC`), or in `ERROR`; or to `ERROR`
  /// at once. The future may be polled and dropped on any thread, by one at a time; dropping it gives the request up.
  /// Any thread. The tables of older hosts end before it, and a guest has none.
  void (*request_service)(uint64_t instance, struct plugbay_slice request, struct plugbay_outcome *outcome);
};

/// The circumstances of one call of an op. Valid until the call returns.
struct plugbay_call {
  /// Size of this struct.
  size_t size;
  /// The host's functions; valid for as long as the process runs.
  const struct plugbay_host_table *host;
  /// The open plugin the op belongs to.
  uint64_t instance;
};

/// The memory that arguments and results of fast calls go through. One for a runtime; the host's.
struct plugbay_exchange {
  /// Size of this struct.
  size_t size;
  /// Arguments in the wire format, at an address that is a multiple of 8.
  const uint8_t *input;
  /// Bytes there.
  size_t input_length;
  /// Where text and values go that are results, at an address that is a multiple of 8.
  uint8_t *output;
  /// Room there.
  size_t output_capacity;
  /// Where small results of PLUGBAY_KIND_BYTES go.
  uint8_t *slab;
  /// Room there.
  size_t slab_capacity;
  /// Bytes of it that are taken: whoever takes some adds them, rounded up to a multiple of 8.
  size_t slab_used;
  /// Results of PLUGBAY_KIND_BYTES that are longer go to `overflow`.
  size_t slab_longest;
  /// One of the constants in PLUGBAY_STATUS_*; PLUGBAY_STATUS_DONE before the call.
  uint32_t status;
  /// Where in the slab the result begins.
  uint32_t slab_offset;
  /// A result that is an integer which a double cannot hold: its bits.
  uint64_t integer;
  /// A result that does not fit elsewhere. The host takes it.
  struct plugbay_buffer overflow;
};

/// Functions that only a fast function may call, while it runs.
struct plugbay_fast_table {
  /// Size of this struct.
  size_t size;
  /// Writes the bytes of a view to `bytes` and answers 1. They stay until the fast function returns. Answers 0 when it
  /// cannot in a fast call: then the function sets plugbay_exchange.status to PLUGBAY_STATUS_RETRY and returns, and the host
  /// calls the op again through its plugbay_typed_fn.
  uint32_t (*view_bytes)(const void *view, struct plugbay_slice *bytes);
};

/// The circumstances of a fast call. The host makes it when an op is registered; it is valid until the op's data is
/// dropped, and the op may write the two counts.
///
/// A fast function is called by V8, on the isolate's thread, as `fast(receiver, context, arguments…)` with C's calling
/// convention. The receiver is a pointer that means nothing, the context a plugbay_address: that of this struct.
/// Each parameter is one or more C arguments:
///
/// - PLUGBAY_KIND_BOOL: `bool`; PLUGBAY_KIND_I8, PLUGBAY_KIND_I16, PLUGBAY_KIND_I32: `int32_t`; PLUGBAY_KIND_U8, PLUGBAY_KIND_U16,
///   PLUGBAY_KIND_U32, PLUGBAY_KIND_RESOURCE: `uint32_t`
/// - PLUGBAY_KIND_I64, PLUGBAY_KIND_U64: a double that is a whole number in the range of the kind and of ±(2⁵³ − 1)
/// - PLUGBAY_KIND_F32, PLUGBAY_KIND_F64: a double
/// - PLUGBAY_KIND_STRING: a pointer to a plugbay_one_byte_string
/// - PLUGBAY_KIND_BYTES, PLUGBAY_KIND_BYTES_MUT: a pointer, a plugbay_address, a `uint32_t`: a view of V8's, where its first
///   byte is and the number of its bytes. An address of 0 says that plugbay_fast_table.view_bytes has to find them.
/// - elements, from PLUGBAY_KIND_I8_SLICE on: the same three. What `view_bytes` finds may lie at any address: where that
///   is no multiple of an element's size, the function sets plugbay_exchange.status to PLUGBAY_STATUS_RETRY and returns.
/// - PLUGBAY_KIND_VALUE: a `uint32_t`: the byte in plugbay_exchange.input at which the value begins
/// - PLUGBAY_KIND_BUFFERS: nothing; there are none
///
/// and the others do not have fast functions. It returns:
///
/// - nothing for PLUGBAY_KIND_VOID, `bool`, `int32_t` or `uint32_t` as above, a double for floats
/// - PLUGBAY_KIND_I64, PLUGBAY_KIND_U64: a double; what is not within ±(2⁵³ − 1) goes to plugbay_exchange.integer, and NaN is
///   returned
/// - PLUGBAY_KIND_STRING, PLUGBAY_KIND_BYTES, PLUGBAY_KIND_VALUE: a `uint32_t`, the number of bytes, which are in
///   plugbay_exchange.output (text and values) or at plugbay_exchange.slab_offset of the slab (bytes); `UINT32_MAX` is
///   `null`. If they do not fit there they are in plugbay_exchange.overflow, and plugbay_exchange.status is
///   PLUGBAY_STATUS_OVERFLOW.
///
/// It must not call into V8 but through the tables, and must not have JavaScript run. When it fails, it calls
/// plugbay_host_table.fail, sets plugbay_exchange.status to PLUGBAY_STATUS_FAILED and returns anything.
struct plugbay_fast_context {
  /// Size of this struct.
  size_t size;
  /// That of the plugbay_op_definition.
  void *data;
  /// The host's functions.
  const struct plugbay_host_table *host;
  /// The open plugin the op belongs to.
  uint64_t instance;
  /// What plugbay_host_table.current answers on the isolate's thread.
  uint64_t *current;
  /// The memory that arguments and results go through.
  struct plugbay_exchange *exchange;
  /// Functions for fast calls.
  const struct plugbay_fast_table *table;
  /// The op adds the bytes of the buffers that it took. The host reads this and the next on any thread, also while the
  /// op runs: each is written by one store.
  uint64_t bytes_sent;
  /// The op adds the bytes that it gave as a result of PLUGBAY_KIND_BYTES.
  uint64_t bytes_received;
};

/// Text of a script whose characters are one byte each, Latin-1, as V8 lends it to a fast function.
struct plugbay_one_byte_string {
  /// First character; may be null when `length` is 0.
  const char *data;
  /// Number of characters.
  uint32_t length;
};

/// Functions that only a lending call may call, while it runs.
struct plugbay_lend_table {
  /// Size of this struct.
  size_t size;
  /// Writes the bytes of a view to `bytes` and answers 1. They stay until the call returns. Answers 0 when they cannot
  /// be lent: then the function sets the status to PLUGBAY_STATUS_RETRY and returns, and the host
  /// calls the op through its plugbay_op_fn.
  uint32_t (*lend)(const void *view, const void *options, struct plugbay_slice *bytes);
  /// Writes a buffer that holds the memory of a view whose bytes were lent in this call. It is the caller's to release.
  void (*hold)(const void *view, const void *options, struct plugbay_buffer *buffer);
};

/// The circumstances of a lending call. The host makes it, and it is valid until the op's data is dropped.
///
/// plugbay_op_definition.lent is called by V8, on the isolate's thread, with C's calling
/// convention, as
///
/// ```c
/// void lent(void *receiver, double context, void *view, double address, uint32_t length, uint32_t count,
///           void *options)
/// ```
///
/// - `receiver` means nothing; `context` is the address of this struct.
/// - `count` is how many buffers there are, 0 or 1.
/// - `view` is a view of V8's; `address` and `length` say where its bytes lie, or `address` is 0 and
///   plugbay_lend_table.lend finds them.
/// - `options` is what the functions of the table want.
///
/// It returns with plugbay_exchange.status untouched when the op is done and answered no bytes.
/// Else it writes to `outcome` what the op's plugbay_op_fn would have written, sets `is_answered` to 1 and the
/// status to PLUGBAY_STATUS_ANSWERED. A status of PLUGBAY_STATUS_RETRY says
/// that the op was not called.
///
/// # The buffer
///
/// The bytes stay while the function runs, and no longer. Whatever outlives it, a clone or the buffer itself, must be
/// of bytes that the host holds: before it returns the function asks plugbay_lend_table.hold for a buffer of the same
/// bytes, and releases that when the last of what escaped is released, on whatever thread.
struct plugbay_lent_context {
  /// What it has in common with the calls of typed ops. `size` is that of the whole struct.
  struct plugbay_fast_context fast;
  /// As for the op's plugbay_op_fn.
  struct plugbay_call call;
  /// Functions for lending calls.
  const struct plugbay_lend_table *table;
  /// What the op answered, if `is_answered`.
  struct plugbay_outcome outcome;
  /// Whether the host has an outcome to take. One that it never took, because the script's stack was full, is the
  /// function's to drop when it is called next.
  uint32_t is_answered;
  /// Zero.
  uint32_t reserved;
};

/// Name and version of a plugin, in UTF-8 padded with zeros. A Rust plugin exports it on its own as
/// `PLUGBAY_PLUGIN_INFO`, because the descriptor is compiled into plugin_api, which cannot know them.
struct plugbay_plugin_info {
  /// Name.
  uint8_t name[64];
  /// Version.
  uint8_t version[32];
};

/// The exported static `PLUGBAY_PLUGIN_ABI`. It holds no pointers, so that its bytes in the file are its value.
struct plugbay_plugin_descriptor {
  /// PLUGBAY_MAGIC.
  uint8_t magic[8];
  /// Size of this struct.
  uint32_t size;
  /// PLUGBAY_ABI_VERSION the plugin was built for.
  uint32_t abi_version;
  /// Size of the host table that the plugin cannot do without; the host's must be at least as large.
  uint32_t host_table_size;
  /// One of the constants in PLUGBAY_ENTRY_KIND_*.
  uint32_t entry_kind;
  /// What the plugin is called and which version it is; empty: unknown.
  struct plugbay_plugin_info info;
  /// Target triple it was compiled for, padded with zeros.
  uint8_t target[64];
  /// Compiler it was compiled with, padded with zeros.
  uint8_t compiler[64];
};

/// The entry of a plugin: `plugbay_plugin_entry` of a Rust plugin, `deno_plugin_init` of a C plugin. Registers the ops
/// and answers 0, or another number after it called plugbay_host_table.fail. Isolate's thread.
typedef uint32_t (*plugbay_entry_fn)(const struct plugbay_host_table *host, uint64_t instance);

/// `deno_plugin_deinit`, if the plugin exports it: called once when the plugin is closed and nothing of it is under
/// way. Isolate's thread.
typedef void (*plugbay_deinit_fn)(void);

#if defined(_WIN32)
#define PLUGBAY_EXPORT __declspec(dllexport)
#else
#define PLUGBAY_EXPORT __attribute__((visibility("default")))
#endif

/// An address as fast functions take it. V8 passes no integers of 64 bits.
#if defined(__wasm__)
typedef size_t plugbay_address;
#else
typedef double plugbay_address;
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// What the host reads from the file before it loads it. PLUGBAY_PLUGIN defines it.
PLUGBAY_EXPORT extern const plugbay_plugin_descriptor PLUGBAY_PLUGIN_ABI;

/// The entry of a plugin, which it defines: a plugbay_entry_fn.
PLUGBAY_EXPORT uint32_t deno_plugin_init(const plugbay_host_table *host, uint64_t instance);

/// What a plugin may define to be told that it is closed: a plugbay_deinit_fn.
PLUGBAY_EXPORT void deno_plugin_deinit(void);

#ifdef __cplusplus
}
#endif

/// First bytes of a plugbay_plugin_descriptor, with the zero at the end.
#define PLUGBAY_MAGIC "PLUGBAY"

#define PLUGBAY_TEXT_(value) #value
#define PLUGBAY_TEXT(value) PLUGBAY_TEXT_(value)

#if defined(__x86_64__) || defined(_M_X64)
#define PLUGBAY_ARCH "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define PLUGBAY_ARCH "aarch64"
#elif defined(__wasm32__)
#define PLUGBAY_ARCH "wasm32"
#elif defined(__riscv)
#define PLUGBAY_ARCH "riscv64"
#else
#define PLUGBAY_ARCH "unknown"
#endif

#if defined(__ANDROID__)
#define PLUGBAY_OS "android"
#elif defined(__linux__)
#define PLUGBAY_OS "linux"
#elif defined(__APPLE__)
#define PLUGBAY_OS "darwin"
#elif defined(_WIN32)
#define PLUGBAY_OS "windows"
#elif defined(__FreeBSD__)
#define PLUGBAY_OS "freebsd"
#else
#define PLUGBAY_OS "unknown"
#endif

// Not __VERSION__, which some builds of clang make longer than the field.
#if defined(__clang__)
#define PLUGBAY_COMPILER \
  "clang " PLUGBAY_TEXT(__clang_major__) "." PLUGBAY_TEXT(__clang_minor__) "." PLUGBAY_TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#define PLUGBAY_COMPILER \
  "gcc " PLUGBAY_TEXT(__GNUC__) "." PLUGBAY_TEXT(__GNUC_MINOR__) "." PLUGBAY_TEXT(__GNUC_PATCHLEVEL__)
#elif defined(_MSC_VER)
#define PLUGBAY_COMPILER "msvc " PLUGBAY_TEXT(_MSC_FULL_VER)
#else
#define PLUGBAY_COMPILER "unknown"
#endif

#ifdef __cplusplus
#define PLUGBAY_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define PLUGBAY_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/// Describes the plugin, with string literals: `PLUGBAY_PLUGIN("name", "1.0.0");` once, outside of functions. At most
/// 63 bytes of name and 31 of version, in UTF-8.
#define PLUGBAY_PLUGIN(plugin_name, plugin_version) \
  PLUGBAY_STATIC_ASSERT(sizeof(plugin_name) <= 64, "the name of a plugin has at most 63 bytes"); \
  const plugbay_plugin_descriptor PLUGBAY_PLUGIN_ABI = { \
    PLUGBAY_MAGIC, \
    (uint32_t)sizeof(plugbay_plugin_descriptor), \
    PLUGBAY_ABI_VERSION, \
    (uint32_t)offsetof(plugbay_host_table, request_service), \
    PLUGBAY_ENTRY_KIND_C, \
    {plugin_name, plugin_version}, \
    PLUGBAY_ARCH "-" PLUGBAY_OS, \
    PLUGBAY_COMPILER, \
  }; \
  PLUGBAY_STATIC_ASSERT(sizeof(plugin_version) <= 32, "the version of a plugin has at most 31 bytes")

// The layout is the same in every language. A plugin that does not compile here would not run there.
#if defined(__wasm32__)
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_slice) == 8, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_slice, ptr) == 0, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_slice, len) == 4, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer) == 20, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, ptr) == 0, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, len) == 4, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, vtable) == 8, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, owner) == 12, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer_vtable) == 12, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, size) == 0, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, retain) == 4, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, release) == 8, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_error_report) == 64, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, size) == 0, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, class_) == 4, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, code) == 24, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, message) == 44, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_outcome) == 80, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, size) == 0, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, kind) == 4, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, reserved) == 8, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, payload) == 16, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_outcome_payload) == 64, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, buffer) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, future) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, error) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, number) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, integer) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, response) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_future) == 8, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future, data) == 0, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future, vtable) == 4, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_future_vtable) == 12, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, size) == 0, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, poll) == 4, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, drop) == 8, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_waker) == 4, "layout of plugbay_waker");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker, vtable) == 0, "layout of plugbay_waker");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_waker_vtable) == 16, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, size) == 0, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, clone) == 4, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, wake) == 8, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, drop) == 12, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_call) == 16, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, size) == 0, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, host) == 4, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, instance) == 8, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_op_definition) == 44, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, size) == 0, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, name) == 4, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, encoding) == 12, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, reserved) == 16, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, call) == 20, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, data) == 24, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, drop) == 28, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, signature) == 32, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, lent) == 36, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, answer) == 40, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_signature) == 56, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, size) == 0, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameters) == 4, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameter_count) == 8, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameter_size) == 12, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, result) == 16, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, flags) == 20, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, documentation) == 24, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, result_type) == 32, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, declarations) == 40, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, call) == 48, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, fast) == 52, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_parameter) == 24, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, name) == 0, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, type_) == 8, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, kind) == 16, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, flags) == 20, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_argument) == 8, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, number) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, integer) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, bytes) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, buffers) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer_slice) == 8, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_slice, ptr) == 0, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_slice, len) == 4, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_fast_context) == 56, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, size) == 0, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, data) == 4, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, host) == 8, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, instance) == 16, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, current) == 24, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, exchange) == 28, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, table) == 32, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, bytes_sent) == 40, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, bytes_received) == 48, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_fast_table) == 8, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_table, size) == 0, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_table, view_bytes) == 4, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_exchange) == 80, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, size) == 0, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, input) == 4, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, input_length) == 8, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, output) == 12, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, output_capacity) == 16, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab) == 20, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_capacity) == 24, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_used) == 28, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_longest) == 32, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, status) == 36, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_offset) == 40, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, integer) == 48, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, overflow) == 56, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_one_byte_string) == 8, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_one_byte_string, data) == 0, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_one_byte_string, length) == 4, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_lent_context) == 168, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, fast) == 0, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, call) == 56, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, table) == 72, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, outcome) == 80, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, is_answered) == 160, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, reserved) == 164, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_lend_table) == 12, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, size) == 0, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, lend) == 4, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, hold) == 8, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_host_table) == 48, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, size) == 0, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, abi_version) == 4, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, reserved) == 8, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, register_op) == 12, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, fail) == 16, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_add) == 20, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_get) == 24, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_close) == 28, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, spawn_blocking) == 32, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, log) == 36, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, current) == 40, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, request_service) == 44, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_stream) == 8, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream, data) == 0, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream, vtable) == 4, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_stream_vtable) == 12, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, size) == 0, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, next) == 4, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, drop) == 8, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_body) == 40, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, length) == 0, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, bytes) == 8, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, stream) == 28, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_header) == 16, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_header, name) == 0, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_header, value) == 8, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_request) == 72, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, size) == 0, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, method) == 4, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, uri) == 12, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, headers) == 20, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, header_count) == 24, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, body) == 32, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_response) == 72, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, size) == 0, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, status) == 4, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, reserved) == 8, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, headers) == 12, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, header_count) == 16, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, body) == 24, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, drop) == 64, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_plugin_info) == 96, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_info, name) == 0, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_info, version) == 64, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_plugin_descriptor) == 248, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, magic) == 0, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, size) == 8, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, abi_version) == 12, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, host_table_size) == 16, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, entry_kind) == 20, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, info) == 24, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, target) == 120, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, compiler) == 184, "layout of plugbay_plugin_descriptor");
#else
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_slice) == 16, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_slice, ptr) == 0, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_slice, len) == 8, "layout of plugbay_slice");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer) == 40, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, ptr) == 0, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, len) == 8, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, vtable) == 16, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer, owner) == 24, "layout of plugbay_buffer");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer_vtable) == 24, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, size) == 0, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, retain) == 8, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_vtable, release) == 16, "layout of plugbay_buffer_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_error_report) == 128, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, size) == 0, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, class_) == 8, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, code) == 48, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_error_report, message) == 88, "layout of plugbay_error_report");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_outcome) == 144, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, size) == 0, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, kind) == 8, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, reserved) == 12, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome, payload) == 16, "layout of plugbay_outcome");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_outcome_payload) == 128, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, buffer) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, future) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, error) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, number) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, integer) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_outcome_payload, response) == 0, "layout of plugbay_outcome_payload");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_future) == 16, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future, data) == 0, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future, vtable) == 8, "layout of plugbay_future");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_future_vtable) == 24, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, size) == 0, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, poll) == 8, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_future_vtable, drop) == 16, "layout of plugbay_future_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_waker) == 8, "layout of plugbay_waker");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker, vtable) == 0, "layout of plugbay_waker");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_waker_vtable) == 32, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, size) == 0, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, clone) == 8, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, wake) == 16, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_waker_vtable, drop) == 24, "layout of plugbay_waker_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_call) == 24, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, size) == 0, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, host) == 8, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_call, instance) == 16, "layout of plugbay_call");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_op_definition) == 80, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, size) == 0, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, name) == 8, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, encoding) == 24, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, reserved) == 28, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, call) == 32, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, data) == 40, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, drop) == 48, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, signature) == 56, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, lent) == 64, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_op_definition, answer) == 72, "layout of plugbay_op_definition");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_signature) == 104, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, size) == 0, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameters) == 8, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameter_count) == 16, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, parameter_size) == 24, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, result) == 32, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, flags) == 36, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, documentation) == 40, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, result_type) == 56, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, declarations) == 72, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, call) == 88, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_signature, fast) == 96, "layout of plugbay_signature");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_parameter) == 40, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, name) == 0, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, type_) == 16, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, kind) == 32, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_parameter, flags) == 36, "layout of plugbay_parameter");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_argument) == 16, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, number) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, integer) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, bytes) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_argument, buffers) == 0, "layout of plugbay_argument");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_buffer_slice) == 16, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_slice, ptr) == 0, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_buffer_slice, len) == 8, "layout of plugbay_buffer_slice");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_fast_context) == 72, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, size) == 0, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, data) == 8, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, host) == 16, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, instance) == 24, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, current) == 32, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, exchange) == 40, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, table) == 48, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, bytes_sent) == 56, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_context, bytes_received) == 64, "layout of plugbay_fast_context");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_fast_table) == 16, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_table, size) == 0, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_fast_table, view_bytes) == 8, "layout of plugbay_fast_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_exchange) == 128, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, size) == 0, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, input) == 8, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, input_length) == 16, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, output) == 24, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, output_capacity) == 32, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab) == 40, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_capacity) == 48, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_used) == 56, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_longest) == 64, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, status) == 72, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, slab_offset) == 76, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, integer) == 80, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_exchange, overflow) == 88, "layout of plugbay_exchange");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_one_byte_string) == 16, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_one_byte_string, data) == 0, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_one_byte_string, length) == 8, "layout of plugbay_one_byte_string");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_lent_context) == 256, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, fast) == 0, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, call) == 72, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, table) == 96, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, outcome) == 104, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, is_answered) == 248, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lent_context, reserved) == 252, "layout of plugbay_lent_context");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_lend_table) == 24, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, size) == 0, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, lend) == 8, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_lend_table, hold) == 16, "layout of plugbay_lend_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_host_table) == 88, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, size) == 0, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, abi_version) == 8, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, reserved) == 12, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, register_op) == 16, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, fail) == 24, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_add) == 32, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_get) == 40, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, resource_close) == 48, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, spawn_blocking) == 56, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, log) == 64, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, current) == 72, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_host_table, request_service) == 80, "layout of plugbay_host_table");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_stream) == 16, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream, data) == 0, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream, vtable) == 8, "layout of plugbay_stream");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_stream_vtable) == 24, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, size) == 0, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, next) == 8, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_stream_vtable, drop) == 16, "layout of plugbay_stream_vtable");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_body) == 64, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, length) == 0, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, bytes) == 8, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_body, stream) == 48, "layout of plugbay_http_body");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_header) == 32, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_header, name) == 0, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_header, value) == 16, "layout of plugbay_http_header");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_request) == 120, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, size) == 0, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, method) == 8, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, uri) == 24, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, headers) == 40, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, header_count) == 48, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_request, body) == 56, "layout of plugbay_http_request");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_http_response) == 104, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, size) == 0, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, status) == 8, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, reserved) == 12, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, headers) == 16, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, header_count) == 24, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, body) == 32, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_http_response, drop) == 96, "layout of plugbay_http_response");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_plugin_info) == 96, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_info, name) == 0, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_info, version) == 64, "layout of plugbay_plugin_info");
PLUGBAY_STATIC_ASSERT(sizeof(plugbay_plugin_descriptor) == 248, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, magic) == 0, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, size) == 8, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, abi_version) == 12, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, host_table_size) == 16, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, entry_kind) == 20, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, info) == 24, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, target) == 120, "layout of plugbay_plugin_descriptor");
PLUGBAY_STATIC_ASSERT(offsetof(plugbay_plugin_descriptor, compiler) == 184, "layout of plugbay_plugin_descriptor");
#endif

#endif
