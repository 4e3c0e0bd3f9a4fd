// wasi:filesystem: the directories that options.wasi grants, and what is in them. What a path may lead to is said by
// preview 1.

import { primordials } from "ext:core/mod.js";
import { append, isolate, list } from "ext:plugbay/own.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import * as files from "ext:plugbay/worlds/component/wasi/files.js";
import { InputStream, OutputStream } from "ext:plugbay/worlds/component/wasi/io.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { DATA, ENTRY_SIZE, MOST, RESULT } from "ext:plugbay/worlds/component/wasi/system.js";
const { BigInt, Number, ReflectApply, SymbolDispose, TypedArrayPrototypeGetLength } = primordials;

// The first descriptor of preview 1 that is a directory.
const FIRST_PREOPEN = 3;
// Where a link is written that is read: behind the longest path.
const LINK = DATA + 8192, LONGEST_LINK = 8192;
const ADVICE = list(["normal", "sequential", "random", "will-need", "dont-need", "no-reuse"]);

export function getDirectories(system) {
  const { preopens } = system.granted, made = list();
  for (let i = 0; i < preopens.length; i++) {
    made[i] = [new Descriptor(new Open(system, FIRST_PREOPEN + i, true)), preopens[i].guest];
  }
  return made;
}

export function filesystemErrorCode(_system, error) {
  const name = IoError.nameOf(error);
  return typeof name === "string" ? name : undefined;
}

// A descriptor of preview 1, open as long as somebody has it: streams may outlive the descriptor that they are of. What
// was open from the start stays so.
class Open {
  constructor(system, fd, stays) {
    this.system = system;
    this.fd = fd;
    this.users = stays ? Infinity : 1;
  }
  share() {
    this.users++;
    return this;
  }
  release() {
    if (--this.users === 0) this.system.call("fd_close", this.fd);
  }
}
isolate(Open);

export class Descriptor {
  #open;
  constructor(open) {
    this.#open = open;
  }
  static fdOf(descriptor) {
    check((value) => #open in value, descriptor, "a descriptor of the host's");
    return descriptor.#open.fd;
  }
  #do(name, ...args) {
    const { system, fd } = this.#open, passed = list([name, fd]);
    append(passed, args);
    ReflectApply(system.do, system, passed);
    return system;
  }

  // ---- Files ----

  read(length, offset) {
    const { system, fd } = this.#open, wanted = length < MOST ? Number(length) : MOST;
    const bytes = system.read(fd, wanted, offset);
    return [bytes, TypedArrayPrototypeGetLength(bytes) === 0];
  }
  write(buffer, offset) {
    const { system, fd } = this.#open;
    return BigInt(system.write(fd, buffer, 0, offset));
  }
  readViaStream(offset) {
    const isRegular = this.getType() === "regular-file", open = this.#open.share(), { system, fd } = open;
    let at = offset;
    return new InputStream(system, {
      __proto__: null,
      read(length) {
        const bytes = system.read(fd, length, isRegular ? at : undefined);
        at += BigInt(TypedArrayPrototypeGetLength(bytes));
        return bytes;
      },
      delay: () => isRegular ? 0 : system.delayOf(fd),
      close: () => open.release(),
    });
  }
  writeViaStream(offset) {
    let at = offset;
    return this.#writer((system, fd, bytes, from) => {
      const written = system.write(fd, bytes, from, at);
      at += BigInt(written);
      return written;
    });
  }
  appendViaStream() {
    return this.#writer((system, fd, bytes, from) => system.write(fd, bytes, from, this.#statOf(fd).end));
  }
  #writer(write) {
    const isRegular = this.getType() === "regular-file", open = this.#open.share(), { system, fd } = open;
    return new OutputStream(system, {
      __proto__: null,
      write: (bytes, from) => isRegular ? write(system, fd, bytes, from) : system.write(fd, bytes, from),
      close: () => open.release(),
    });
  }
  advise(offset, length, advice) {
    let number = 0;
    for (let i = 0; i < ADVICE.length; i++) if (ADVICE[i] === advice) number = i;
    this.#do("fd_advise", offset, length, number);
  }
  setSize(size) {
    this.#do("fd_filestat_set_size", size);
  }
  sync() {
    this.#do("fd_sync");
  }
  syncData() {
    this.#do("fd_datasync");
  }

  // ---- What is told of what is open ----

  getFlags() {
    return files.flagsOf(this.#do("fd_fdstat_get", RESULT));
  }
  getType() {
    return files.typeOf(this.#do("fd_fdstat_get", RESULT).byte(RESULT));
  }
  stat() {
    return this.#stat().told;
  }
  #stat() {
    return this.#statOf(this.#open.fd);
  }
  #statOf(fd) {
    const { system } = this.#open;
    system.do("fd_filestat_get", fd, RESULT);
    return new files.Stat(system);
  }
  setTimes(accessed, modified) {
    const times = files.newTimes(accessed, modified);
    this.#do("fd_filestat_set_times", times.accessed, times.modified, times.which);
  }
  isSameObject(other) {
    const own = this.#stat(), of = this.#statOf(Descriptor.fdOf(other));
    return own.device === of.device && own.inode === of.inode;
  }
  metadataHash() {
    return this.#stat().hash();
  }

  // ---- What is in a directory ----

  #path(path, at = DATA) {
    return this.#open.system.putText(path, at);
  }
  openAt(pathFlags, path, openFlags, flags) {
    const length = this.#path(path), { system } = this.#open;
    this.#do(
      "path_open",
      files.followsOf(pathFlags),
      DATA,
      length,
      files.openingOf(openFlags),
      files.rightsOf(flags),
      files.ALL,
      files.syncOf(flags),
      RESULT,
    );
    return new Descriptor(new Open(system, system.number(RESULT), false));
  }
  readDirectory() {
    if (this.getType() !== "directory") this.#do("fd_readdir", DATA, 0, 0n, RESULT);
    return new DirectoryEntryStream(this.#open.share());
  }
  createDirectoryAt(path) {
    this.#do("path_create_directory", DATA, this.#path(path));
  }
  removeDirectoryAt(path) {
    this.#do("path_remove_directory", DATA, this.#path(path));
  }
  unlinkFileAt(path) {
    this.#do("path_unlink_file", DATA, this.#path(path));
  }
  #statAt(pathFlags, path) {
    const length = this.#path(path);
    return new files.Stat(this.#do("path_filestat_get", files.followsOf(pathFlags), DATA, length, RESULT));
  }
  statAt(pathFlags, path) {
    return this.#statAt(pathFlags, path).told;
  }
  metadataHashAt(pathFlags, path) {
    return this.#statAt(pathFlags, path).hash();
  }
  setTimesAt(pathFlags, path, accessed, modified) {
    const times = files.newTimes(accessed, modified), length = this.#path(path), follows = files.followsOf(pathFlags);
    this.#do("path_filestat_set_times", follows, DATA, length, times.accessed, times.modified, times.which);
  }
  linkAt(pathFlags, path, other, newPath) {
    const length = this.#path(path), newLength = this.#path(newPath, DATA + length);
    const fd = Descriptor.fdOf(other), follows = files.followsOf(pathFlags);
    this.#do("path_link", follows, DATA, length, fd, DATA + length, newLength);
  }
  renameAt(path, other, newPath) {
    const length = this.#path(path), newLength = this.#path(newPath, DATA + length);
    this.#do("path_rename", DATA, length, Descriptor.fdOf(other), DATA + length, newLength);
  }
  symlinkAt(target, path) {
    const { system, fd } = this.#open, length = this.#path(target), pathLength = this.#path(path, DATA + length);
    system.do("path_symlink", DATA, length, fd, DATA + length, pathLength);
  }
  readlinkAt(path) {
    const length = this.#path(path), system = this.#do("path_readlink", DATA, length, LINK, LONGEST_LINK, RESULT);
    return system.text(LINK, system.number(RESULT));
  }

  [SymbolDispose]() {
    this.#open.release();
  }
}
isolate(Descriptor);
seal(Descriptor);

// What is in a directory, read by as much at once as there is room for.
export class DirectoryEntryStream {
  #open;
  // Entries that are read, and how many of them were given.
  #entries = list();
  #given = 0;
  // Where to go on; nothing when all is read.
  #cookie = 0n;
  constructor(open) {
    this.#open = open;
  }
  readDirectoryEntry() {
    while (this.#given === this.#entries.length && this.#cookie !== undefined) this.#fill();
    return this.#given < this.#entries.length ? this.#entries[this.#given++] : undefined;
  }
  #fill() {
    const { system, fd } = this.#open;
    system.do("fd_readdir", fd, DATA, MOST, this.#cookie, RESULT);
    const end = DATA + system.number(RESULT);
    this.#entries = list();
    this.#given = 0;
    // Entries follow one another, wherever that is; the last may be cut off.
    let at = DATA;
    while (at + ENTRY_SIZE <= end) {
      const { following, length, type } = system.entry(at), next = at + ENTRY_SIZE + length;
      if (next > end) break;
      const name = system.text(at + ENTRY_SIZE, length);
      if (name !== "." && name !== "..") {
        this.#entries[this.#entries.length] = { __proto__: null, type: files.typeOf(type), name };
      }
      this.#cookie = following;
      at = next;
    }
    if (end - DATA < MOST) this.#cookie = undefined;
  }
  [SymbolDispose]() {
    this.#open.release();
  }
}
isolate(DirectoryEntryStream);
seal(DirectoryEntryStream);
