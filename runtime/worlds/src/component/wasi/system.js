// The system that an instance of a component sees. What it may do is what preview 1 would let it do: here the functions
// of `wasi_snapshot_preview1` are called for it, over bytes of the host's instead of a guest's memory.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
import { Holdings } from "ext:plugbay/worlds/component/holdings.js";
import { failure, nameOf } from "ext:plugbay/worlds/component/wasi/errors.js";
const {
  ArrayBuffer,
  BigUint64Array,
  DataView,
  DataViewPrototypeGetBigUint64,
  DataViewPrototypeGetUint32,
  Int32Array,
  ReflectApply,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

// The most bytes that a call reads or writes. Functions find them at DATA; before that is room for what they are told
// and tell besides.
export const MOST = 65536;
export const DATA = 1024;
// All systems have the same: nobody else runs while a function does.
const memory = new ArrayBuffer(DATA + MOST);
const bytes = new Uint8Array(memory), ints = new Int32Array(memory), longs = new BigUint64Array(memory);
const view = new DataView(memory);
// Where a function writes its result, and one that transfers bytes finds where these are.
export const RESULT = 0;
const BUFFERS = 8;
// What is waited for, and what has come of it.
const SUBSCRIPTIONS = 64, EVENTS = 256, SUBSCRIPTION_SIZE = 48, EVENT_SIZE = 32;
const CLOCK = 0, FD_READ = 1;

// How often somebody who waits looks whether there is something to be read, in milliseconds.
const INTERVAL = 20;

const CHARACTER_DEVICE = 2;
export const ENTRY_SIZE = 24;

// Whether each line of a stream says which request it is of.
const namesLines = ({ label, log }) => label !== undefined || log !== undefined;

export class System extends Holdings {
  #functions = { __proto__: null };
  #instance;
  // What ends the waiting of a call that is suspended.
  #stopWaiting = undefined;

  // `wasi` is what the provider of WASI gives to the instance.
  constructor(host, instance, { id, granted, netGrant }) {
    super(instance.guest);
    this.host = host;
    this.id = id;
    this.granted = granted;
    this.namesLines = namesLines(granted.stdout) || namesLines(granted.stderr);
    // The number of what it may reach of the network, if it may.
    this.netGrant = netGrant;
    // The number of the network that its sockets are of, once there are some, and how many are open.
    this.network = undefined;
    this.sockets = 0;
    this.#instance = instance;
    host.setWasiMemory(id, memory);
  }

  // The request of a server that the instance answers, { id }, if it does.
  get served() {
    return this.#instance.world.served;
  }

  // What it prints from now on is for the request of that name.
  nameRequest(name) {
    if (this.namesLines) this.host.nameWasiRequest(this.id, name);
  }

  #functionOf(name) {
    return this.#functions[name] ??= this.host.wasiFunction(this.id, name);
  }

  // The error number of a function of preview 1.
  call(name, ...args) {
    return ReflectApply(this.#functionOf(name), undefined, args);
  }

  // The same, for what answers with an error of wasi:filesystem.
  do(name, ...args) {
    const errno = ReflectApply(this.#functionOf(name), undefined, args);
    if (errno !== 0) throw failure(nameOf(errno));
  }

  // The guest is given so many bytes, which the host makes first.
  count(length) {
    this.#instance.count(length);
  }

  // ---- What functions are told, and tell ----

  number(at) {
    return ints[at >>> 2] >>> 0;
  }
  long(at) {
    return longs[at >>> 3];
  }
  byte(at) {
    return bytes[at];
  }

  // An entry of a directory, which lies anywhere: where to go on behind it, how long its name is, and what it is.
  entry(at) {
    return {
      __proto__: null,
      following: DataViewPrototypeGetBigUint64(view, at, true),
      length: DataViewPrototypeGetUint32(view, at + 16, true),
      type: DataViewPrototypeGetUint32(view, at + 20, true),
    };
  }

  // A copy of what was read.
  data(length, at = DATA) {
    return new Uint8Array(new Uint8Array(memory, at, length));
  }

  // Text for a function; gives its length in bytes.
  putText(text, at = DATA) {
    const encoded = this.host.encodeUtf8(text), length = TypedArrayPrototypeGetLength(encoded);
    if (at + length > DATA + MOST) throw failure("name-too-long");
    TypedArrayPrototypeSet(bytes, encoded, at);
    return length;
  }

  text(at, length) {
    return this.host.readUtf8(bytes, at, length);
  }

  // Reads or writes up to MOST bytes: of a stream, or at a place in a file.
  read(fd, length, offset) {
    this.#transfer(offset === undefined ? "fd_read" : "fd_pread", fd, length < MOST ? length : MOST, offset);
    return this.data(this.number(RESULT));
  }
  // Says how many it were, of those from `at` on.
  write(fd, from, at, offset) {
    const left = TypedArrayPrototypeGetLength(from) - at, length = left < MOST ? left : MOST;
    const part = new Uint8Array(
      TypedArrayPrototypeGetBuffer(from),
      TypedArrayPrototypeGetByteOffset(from) + at,
      length,
    );
    TypedArrayPrototypeSet(bytes, part, DATA);
    this.#transfer(offset === undefined ? "fd_write" : "fd_pwrite", fd, length, offset);
    return this.number(RESULT);
  }
  #transfer(name, fd, length, offset) {
    ints[BUFFERS >>> 2] = DATA;
    ints[(BUFFERS >>> 2) + 1] = length;
    if (offset === undefined) this.do(name, fd, BUFFERS, 1, RESULT);
    else this.do(name, fd, BUFFERS, 1, offset, RESULT);
  }

  // ---- What is asked for in several places ----

  now() {
    this.do("clock_time_get", 1, 0n, RESULT);
    return this.long(RESULT);
  }

  // Whether there is something to be read, or the end.
  isReadable(fd) {
    TypedArrayPrototypeFill(bytes, 0, SUBSCRIPTIONS, SUBSCRIPTIONS + 2 * SUBSCRIPTION_SIZE);
    bytes[SUBSCRIPTIONS + 8] = FD_READ;
    ints[(SUBSCRIPTIONS + 16) >>> 2] = fd;
    // A clock that is there already: the other is not waited for.
    bytes[SUBSCRIPTIONS + SUBSCRIPTION_SIZE + 8] = CLOCK;
    ints[(SUBSCRIPTIONS + SUBSCRIPTION_SIZE + 16) >>> 2] = 1;
    this.do("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, RESULT);
    const count = this.number(RESULT);
    for (let i = 0; i < count; i++) if (bytes[EVENTS + i * EVENT_SIZE + 10] === FD_READ) return true;
    return false;
  }

  // How long to wait before the next look whether there is.
  delayOf(fd) {
    return this.isReadable(fd) ? 0 : INTERVAL;
  }

  isTerminal(fd) {
    return this.call("fd_fdstat_get", fd, EVENTS) === 0 && bytes[EVENTS] === CHARACTER_DEVICE;
  }

  // ---- Waiting ----

  // Has the time of the call stand still that runs, until it goes on: gives its clock, if it has one.
  pauseClock() {
    const { clock } = this.#instance.world.turns;
    clock?.pause();
    return clock;
  }

  waitsBy(stop) {
    this.#stopWaiting = stop;
  }

  // The instance has ended.
  stop() {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    super.stop();
  }
}
isolate(System);
