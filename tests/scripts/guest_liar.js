// A plugbay-world guest whose every answer is given by the script: the memory and the code of its exports are imports.
// The imports of its name say what a call does; "trap" has the guest trap when the script answers 1 there.
//
// (module
//   (import "lie" "memory" (memory 1 1000))
//   (import "lie" "entry" (func $entry (param i32 i64) (result i32)))
//   (import "lie" "alloc" (func $alloc (param i32) (result i32)))
//   (import "lie" "free" (func $free (param i32 i32)))
//   (import "lie" "new_buffer" (func $new_buffer (param i32 i32)))
//   (import "lie" "new_exchange" (func $new_exchange (param i32 i32 i32) (result i32)))
//   (import "lie" "new_call" (func $new_call (param i64) (result i32)))
//   (import "lie" "new_context" (func $new_context (param i32 i64 i32) (result i32)))
//   (import "lie" "poll" (func $poll (param i32 i32 i32) (result i32)))
//   (import "lie" "op" (func $op (param i32 i32 i32 i32 i32)))
//   (import "lie" "fast" (func $fast (param i32 i32 i32) (result i32)))
//   (import "lie" "release" (func $release (param i32)))
//   (import "lie" "retain" (func $retain (param i32 i32)))
//   (import "lie" "trap" (func $trap (result i32)))
//   (import "lie" "abi" (global $abi i32))
//   (import "plugbay" "register_op" (func $register_op (param i32) (result i32)))
//   (import "plugbay" "fail" (func $fail (param i32)))
//   (import "plugbay" "resource_add" (func $resource_add (param i32 i32 i32 i32) (result i32)))
//   (import "plugbay" "resource_get" (func $resource_get (param i32) (result i32)))
//   (import "plugbay" "resource_close" (func $resource_close (param i32) (result i32)))
//   (import "plugbay" "log" (func $log (param i32 i32 i32)))
//   (import "plugbay" "panicked" (func $panicked (param i32 i32)))
//   (import "plugbay" "wake" (func $wake (param i32)))
//   (import "lie" "host" (func $host (param funcref funcref funcref funcref funcref funcref funcref funcref)))
//   (global (export "PLUGBAY_PLUGIN_ABI") i32 (global.get $abi))
//   (table (export "__indirect_function_table") 16 funcref)
//   (elem (i32.const 1) func $do_op $fast $do_release $retain $wrong $do_drop $spin $recurse $host_wake)
//   (elem declare func $register_op $fail $resource_add $resource_get $resource_close $log $panicked $wake)
//   (func $check (if (call $trap) (then unreachable)))
//   (func (export "plugbay_plugin_entry") (param i32 i64) (result i32)
//     (call $host (ref.func $register_op) (ref.func $fail) (ref.func $resource_add) (ref.func $resource_get) (ref.func
//     $resource_close) (ref.func $log) (ref.func $panicked) (ref.func $wake)) (call $entry (local.get 0) (local.get 1))
//     (call $check)) (func (export "plugbay_alloc") (param i32) (result i32) (call $alloc (local.get 0)) (call $check))
//     (func (export "plugbay_free") (param i32 i32) (call $free (local.get 0) (local.get 1)) (call $check)) (func
//     (export "plugbay_new_buffer") (param i32 i32) (call $new_buffer (local.get 0) (local.get 1)) (call $check)) (func
//     (export "plugbay_new_exchange") (param i32 i32 i32) (result i32) (call $new_exchange (local.get 0) (local.get 1)
//     (local.get 2)) (call $check)) (func (export "plugbay_new_call") (param i64) (result i32) (call $new_call
//     (local.get 0)) (call $check)) (func (export "plugbay_new_context") (param i32 i64 i32) (result i32) (call
//     $new_context (local.get 0) (local.get 1) (local.get 2)) (call $check)) (func (export "plugbay_poll") (param i32
//     i32 i32) (result i32) (call $poll (local.get 0) (local.get 1) (local.get 2)) (call $check)) (func $do_op (param
//     i32 i32 i32 i32 i32) (call $op (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)) (call
//     $check)) (func $do_release (param i32) (call $release (local.get 0)) (call $check)) (func $do_drop (param i32)
//     (call $check)) (func $wrong (param i64 f64) (result i64) (i64.const 5)) (func $spin (param i32 i32 i32 i32 i32)
//     (loop $l (br $l))) (func $recurse (param i32 i32 i32 i32 i32) (call $recurse (local.get 0) (local.get 1)
//     (local.get 2) (local.get 3) (local.get 4))) (func $host_wake (param i32) (call $wake (local.get 0))))

const MODULE = `
  AGFzbQEAAAABVg5gAn9+AX9gAX8Bf2ACf38AYAN/f38Bf2ABfgF/YAN/fn8Bf2AFf39/f38AYAF/AGAAAX9gBH9/f38Bf2ADf39/AGAIcHBwcHBw
  cHAAYAAAYAJ+fAF+AvACGANsaWUGbWVtb3J5AgEB6AcDbGllBWVudHJ5AAADbGllBWFsbG9jAAEDbGllBGZyZWUAAgNsaWUKbmV3X2J1ZmZlcgAC
  A2xpZQxuZXdfZXhjaGFuZ2UAAwNsaWUIbmV3X2NhbGwABANsaWULbmV3X2NvbnRleHQABQNsaWUEcG9sbAADA2xpZQJvcAAGA2xpZQRmYXN0AAMD
  bGllB3JlbGVhc2UABwNsaWUGcmV0YWluAAIDbGllBHRyYXAACANsaWUDYWJpA38AB3BsdWdiYXkLcmVnaXN0ZXJfb3AAAQdwbHVnYmF5BGZhaWwA
  BwdwbHVnYmF5DHJlc291cmNlX2FkZAAJB3BsdWdiYXkMcmVzb3VyY2VfZ2V0AAEHcGx1Z2JheQ5yZXNvdXJjZV9jbG9zZQABB3BsdWdiYXkDbG9n
  AAoHcGx1Z2JheQhwYW5pY2tlZAACB3BsdWdiYXkEd2FrZQAHA2xpZQRob3N0AAsDERAMAAECAgMEBQMGBwcNBgYHBAQBcAAQBgYBfwAjAAsHzAEK
  ElBMVUdCQVlfUExVR0lOX0FCSQMBGV9faW5kaXJlY3RfZnVuY3Rpb25fdGFibGUBABRwbHVnYmF5X3BsdWdpbl9lbnRyeQAXDXBsdWdiYXlfYWxs
  b2MAGAxwbHVnYmF5X2ZyZWUAGRJwbHVnYmF5X25ld19idWZmZXIAGhRwbHVnYmF5X25ld19leGNoYW5nZQAbEHBsdWdiYXlfbmV3X2NhbGwAHBNw
  bHVnYmF5X25ld19jb250ZXh0AB0McGx1Z2JheV9wb2xsAB4JGgIAQQELCR8JIAsiISMkJQMACA0ODxAREhMUCrgBEAgAEAwEQAALCxwA0g3SDtIP
  0hDSEdIS0hPSFBAVIAAgARAAEBYLCAAgABABEBYLCgAgACABEAIQFgsKACAAIAEQAxAWCwwAIAAgASACEAQQFgsIACAAEAUQFgsMACAAIAEgAhAG
  EBYLDAAgACABIAIQBxAWCxAAIAAgASACIAMgBBAIEBYLCAAgABAKEBYLBAAQFgsEAEIFCwcAA0AMAAsLDgAgACABIAIgAyAEECQLBgAgABAUCwCj
  AgRuYW1lAYsCHgAFZW50cnkBBWFsbG9jAgRmcmVlAwpuZXdfYnVmZmVyBAxuZXdfZXhjaGFuZ2UFCG5ld19jYWxsBgtuZXdfY29udGV4dAcEcG9s
  bAgCb3AJBGZhc3QKB3JlbGVhc2ULBnJldGFpbgwEdHJhcA0LcmVnaXN0ZXJfb3AOBGZhaWwPDHJlc291cmNlX2FkZBAMcmVzb3VyY2VfZ2V0EQ5y
  ZXNvdXJjZV9jbG9zZRIDbG9nEwhwYW5pY2tlZBQEd2FrZRUEaG9zdBYFY2hlY2sfBWRvX29wIApkb19yZWxlYXNlIQdkb19kcm9wIgV3cm9uZyME
  c3BpbiQHcmVjdXJzZSUJaG9zdF93YWtlAwYBIwEAAWwHBgEAA2FiaQ==`;

const decode = (text) => Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));

// Indices in the guest's table. `WRONG` is (i64, f64) -> i64, and of `EMPTY` on there is nothing.
export const OP = 1, FAST = 2, RELEASE = 3, RETAIN = 4, WRONG = 5, DROP = 6, SPIN = 7, RECURSE = 8, WAKE = 9,
  EMPTY = 12;
export const KIND = {
  void: 0,
  bool: 1,
  i32: 6,
  i64: 8,
  f64: 11,
  string: 12,
  bytes: 13,
  bytesMut: 14,
  buffer: 15,
  value: 16,
  buffers: 18,
};
export const OUTCOME = { NOT_FOUND: 0, SYNC: 1, ASYNC: 2, ERROR: 4, NUMBER: 5, INTEGER: 6, NULL: 7 };
export const WORD = 0xFFFFFFFF;

/** A guest that tells the truth, but for what `lies` has: functions and values by the names of its imports. */
export class Liar {
  constructor(file, lies = {}) {
    this.file = file;
    this.lies = lies;
    this.memory = new WebAssembly.Memory({ initial: 4, maximum: 1000 });
    this.top = 65536;
    this.traps = 0;
    // Runs when the guest's code is entered.
    this.entry = () => 0;
    this.answer = () => {};
    this.fast = () => 0;
    this.freed = [];
    Deno.writeFileSync(file, decode(MODULE));
  }

  open(options = {}) {
    this.descriptor = this.struct(248);
    this.bytes(this.descriptor, "PLUGBAY\0");
    this.set(this.descriptor + 12, 1);
    const lie = {
      memory: this.memory,
      abi: this.descriptor,
      entry: () => this.entry(),
      alloc: (size) => this.struct(size),
      free: (at, size) => void this.freed.push([at, size]),
      new_buffer: (length, at) => this.buffer(at, this.struct(length), length),
      new_exchange: (input, output, slab) => this.exchange(input, output, slab),
      new_call: () => this.struct(16),
      new_context: () => this.struct(64),
      poll: () => 0,
      op: (data, call, args, count, outcome) => this.answer(outcome, args, count),
      fast: (_, context, value) => this.fast(value),
      release: () => {},
      retain: (from, to) => this.copy(from, to, 20),
      trap: () => this.traps > 0 ? (this.traps--, 1) : 0,
      host: (...functions) => {
        const names = [
          "register_op",
          "fail",
          "resource_add",
          "resource_get",
          "resource_close",
          "log",
          "panicked",
          "wake",
        ];
        this.host = Object.fromEntries(names.map((name, i) => [name, functions[i]]));
      },
      ...this.lies,
    };
    return Deno.openPlugin(this.file, { imports: { lie }, ...options });
  }

  view() {
    return new DataView(this.memory.buffer);
  }
  set(at, ...words) {
    words.forEach((word, i) => this.view().setUint32(at + 4 * i, word, true));
    return at;
  }
  get(at) {
    return this.view().getUint32(at, true);
  }
  bytes(at, text) {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    new Uint8Array(this.memory.buffer).set(bytes, at);
    return bytes.length;
  }
  copy(from, to, length) {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + length);
  }

  /** Memory that nobody else has, filled with zeros. */
  struct(size) {
    const at = this.top;
    this.top = (at + size + 15) & ~15;
    while (this.top > this.memory.buffer.byteLength) this.memory.grow(1);
    new Uint8Array(this.memory.buffer).fill(0, at, this.top);
    return at;
  }
  /** Address and length of a text, as the words of a slice. */
  slice(text) {
    const at = this.struct(4 * text.length + 1);
    return [at, this.bytes(at, text)];
  }
  buffer(at, start, length, vtable = this.vtable()) {
    return this.set(at, start, length, vtable, 0, 0);
  }
  vtable(release = RELEASE) {
    return this.set(this.struct(12), 12, RETAIN, release);
  }
  exchange(input, output, slab) {
    const at = this.struct(80);
    this.set(at, 80, this.struct(input), input, this.struct(output), output, this.struct(slab));
    return at;
  }
  report(cls = [0, 0], code = [0, 0], message = [0, 0]) {
    const at = this.struct(64);
    this.set(at, 64);
    [cls, code, message].forEach(([start, length], i) => this.buffer(at + 4 + 20 * i, start, length, 0));
    return at;
  }
  signature(
    {
      parameters = [],
      result = KIND.void,
      flags = 0,
      call = OP,
      fast = 0,
      size = 56,
      parameterSize = 24,
      count = parameters.length,
      at: where,
    },
  ) {
    const list = this.struct(24 * parameters.length + 24);
    parameters.forEach((kind, i) => this.set(list + 24 * i, ...this.slice(`p${i}`), ...this.slice("any"), kind, 0));
    const at = this.struct(56);
    this.set(at, size, where ?? list, count, parameterSize, result, flags, 0, 0, 0, 0, 0, 0, call, fast);
    return at;
  }
  /** The definition of an op; `signature` is an address. */
  op({ name = "op", at, length, encoding = 0, call = OP, data = 0, signature = 0, size = 36 }) {
    const [start, bytes] = this.slice(name);
    return this.set(this.struct(36), size, at ?? start, length ?? bytes, encoding, 0, call, data, DROP, signature);
  }
  /** The definition of a typed op. */
  typed(name, signature, call = OP) {
    return this.op({ name, encoding: 2, call, signature: this.signature({ call, ...signature }) });
  }
  /** Has an outcome say that. */
  outcome(at, kind, ...payload) {
    this.set(at + 4, kind);
    this.set(at + 16, ...payload);
  }
}
