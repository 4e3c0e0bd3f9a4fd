// What preview 1 tells of files, and is told, as wasi:filesystem has it.

import { primordials } from "ext:core/mod.js";
import { isolate, list } from "ext:plugbay/own.js";
import { datetime, NANOSECONDS } from "ext:plugbay/worlds/component/wasi/clocks.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { RESULT } from "ext:plugbay/worlds/component/wasi/system.js";
const { BigInt, BigIntAsUintN } = primordials;

// Types, by their numbers.
const TYPES = list([
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "regular-file",
  "socket",
  "socket",
  "symbolic-link",
]);
export const typeOf = (number) => TYPES[number] ?? "unknown";

// Rights, of which a descriptor has those that its flags ask for.
const FD_READ = 1n << 1n, FD_WRITE = 1n << 6n, CREATE_FILE = 1n << 10n;
const CONTENT = FD_WRITE | 1n << 8n | 1n << 22n;
export const ALL = (1n << 28n) - 1n;

export const rightsOf = ({ read, write }) =>
  ALL & ~(FD_READ | CONTENT) | (read ? FD_READ : 0n) | (write ? CONTENT : 0n);

const DATA_SYNC = 2, READ_SYNC = 8, SYNC = 16;
export const syncOf = ({ dataIntegritySync, fileIntegritySync, requestedWriteSync }) =>
  (dataIntegritySync ? DATA_SYNC : 0) | (requestedWriteSync ? READ_SYNC : 0) | (fileIntegritySync ? SYNC : 0);

export const openingOf = ({ create, directory, exclusive, truncate }) =>
  (create ? 1 : 0) | (directory ? 2 : 0) | (exclusive ? 4 : 0) | (truncate ? 8 : 0);

export const followsOf = ({ symlinkFollow }) => symlinkFollow ? 1 : 0;

// What `fd_fdstat_get` has told.
export function flagsOf(system) {
  const isDirectory = typeOf(system.byte(RESULT)) === "directory", rights = system.long(RESULT + 8);
  const flags = system.number(RESULT) >>> 16;
  return {
    __proto__: null,
    read: isDirectory || (rights & FD_READ) !== 0n,
    write: (rights & FD_WRITE) !== 0n,
    fileIntegritySync: (flags & SYNC) !== 0,
    dataIntegritySync: (flags & DATA_SYNC) !== 0,
    requestedWriteSync: (flags & READ_SYNC) !== 0,
    mutateDirectory: isDirectory && (rights & CREATE_FILE) !== 0n,
  };
}

// What `fd_filestat_get` or `path_filestat_get` has. A time that is 0 is not kept.
export class Stat {
  constructor(system) {
    this.device = system.long(RESULT);
    this.inode = system.long(RESULT + 8);
    this.end = system.long(RESULT + 32);
    this.told = {
      __proto__: null,
      type: typeOf(system.byte(RESULT + 16)),
      linkCount: system.long(RESULT + 24),
      size: this.end,
      dataAccessTimestamp: timeOf(system.long(RESULT + 40)),
      dataModificationTimestamp: timeOf(system.long(RESULT + 48)),
      statusChangeTimestamp: timeOf(system.long(RESULT + 56)),
    };
  }
  hash() {
    return { __proto__: null, lower: this.inode, upper: this.device };
  }
}
isolate(Stat);

const timeOf = (nanoseconds) => nanoseconds === 0n ? undefined : datetime(nanoseconds);

// Times to be set, as preview 1 takes them: of access and of modification, and which are set how.
export function newTimes(accessed, modified) {
  return {
    __proto__: null,
    accessed: newTime(accessed),
    modified: newTime(modified),
    which: howOf(accessed) | howOf(modified) << 2,
  };
}

function newTime(given) {
  if (given.tag !== "timestamp") return 0n;
  const { val } = given, time = val.seconds * NANOSECONDS + BigInt(val.nanoseconds);
  if (BigIntAsUintN(64, time) !== time) throw failure("overflow");
  return time;
}

const howOf = ({ tag }) => tag === "timestamp" ? 1 : tag === "now" ? 2 : 0;
