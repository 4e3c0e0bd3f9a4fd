// The plugbay world: guests that plugin_api or plugbay.h made. They register their ops as native plugins do; what a
// native plugin finds in the host's table, a guest imports from the module "plugbay". The guest's side is
// plugin_api/src/guest.rs.

import { primordials } from "ext:core/mod.js";
import { abiModule, abiOfPlugin, initFailed, memoryFull } from "ext:plugbay/error_codes.js";
import { errorFrom, makeError, messageOf } from "ext:plugbay/errors.js";
import { KIND_NAMES } from "ext:plugbay/kinds.js";
import { isolate, list } from "ext:plugbay/own.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
import { endedMeanwhile } from "ext:plugbay/wasm/failures.js";
import { valueOf } from "ext:plugbay/wasm/guest.js";
import { keepInTable, MAX_FAST_PROPERTIES } from "ext:plugbay/wasm/many.js";
import { World } from "ext:plugbay/wasm/world.js";
import { ABI_VERSION, BUFFER, BUFFER_VTABLE, DESCRIPTOR, ENCODINGS, ERROR_REPORT, INFO, INFO_LENGTHS, OP_DEFINITION,
  PARAMETER, SIGNATURE } from "ext:plugbay/worlds/plugbay/layout.js";
import { addOp, functionOf, rebind, unbind } from "ext:plugbay/worlds/plugbay/ops.js";
import { keepCalls, setUpCalls } from "ext:plugbay/worlds/plugbay/slow_path.js";
import { Tasks } from "ext:plugbay/worlds/plugbay/tasks.js";
const { MathMin, StringPrototypeIndexOf, StringPrototypeSlice, TypedArrayPrototypeFill } = primordials;

const MAX_PARAMETERS = 255;
// As the numbers of `log` in plugin_abi::HostTable.
const LAST_LEVEL = 4;
const NO_RESOURCE = 0xFFFFFFFF;

export class PlugbayWorld extends World {
  // An exception of the host's that unwinds through compiled code leaves it in a state that nobody knows.
  endsWithExceptions = true;

  constructor(host, module, given) {
    super(host, module, given);
    this.ops = { __proto__: null };
    this.count = 0;
    this.resources = { __proto__: null };
    this.tasks = new Tasks();
    this.instance = 1n;
  }

  functionOf(name) {
    return functionOf(this.ops[name]);
  }

  // A stateless guest forgets the resources that a call made.
  reset(guest) {
    for (const rid in this.resources) this.forgetResource(rid);
    keepCalls(guest);
  }

  imports(guest) {
    const plugbay = {
      __proto__: null,
      register_op: (definition) => this.guarded(guest, 0, () => this.registerOp(guest, definition)),
      fail: (report) => void this.guarded(guest, 0, () => guest.failure = takeReport(guest, report)),
      resource_add: (name, length, data, drop) =>
        this.guarded(guest, NO_RESOURCE, () => this.addResource(guest, name, length, data, drop)),
      resource_get: (rid) => this.resources[rid >>> 0]?.starts === guest.starts ? this.resources[rid >>> 0].data : 0,
      resource_close: (rid) => this.closeResource(rid >>> 0),
      log: (level, message, length) =>
        guest.log(MathMin(level >>> 0, LAST_LEVEL), guest.currentMemory().cutText(message, length)),
      panicked: (message, length) => {
        guest.panic = memoryOf(guest).cutText(message, length);
      },
      wake: (task) => this.tasks.wake(task >>> 0),
    };
    return { __proto__: null, plugbay };
  }

  // What an import throws ends the guest, and its own words are what the script is told.
  guarded(guest, failed, work) {
    try {
      memoryOf(guest);
      return work();
    } catch (error) {
      guest.failure = error;
      if (guest.exhausted !== undefined) throw error;
      return failed;
    }
  }

  start(guest) {
    const { exports } = guest;
    let missing;
    for (let i = 0; i < NEEDED.length && missing === undefined; i++) {
      if (typeof exports[NEEDED[i]] !== "function") missing = NEEDED[i];
    }
    if (missing !== undefined || guest.memory === null || guest.table === null) {
      throw refused(guest, `it exports no ${missing ?? (guest.memory === null ? "memory" : "table of functions")}`);
    }
    // A reactor of WASI's sets up its library first.
    if (typeof exports._initialize === "function") guest.runOfStart(exports._initialize);
    checkDescriptor(guest);
    this.readInfo(guest);
    guest.register();
    // The indices of the instance before are nothing to this one.
    for (const name in this.ops) this.ops[name].isStale = true;
    const answer = guest.runOfStart(exports.plugbay_plugin_entry, 0, this.instance);
    const { failure } = guest;
    if (failure !== undefined) {
      guest.failure = undefined;
      throw failure;
    }
    if (answer !== 0) {
      throw makeError(initFailed, guest.name, answer);
    }
    // What calls need is part of the image, and in the same place in every instance that is restored from it.
    if (guest.isStateless) setUpCalls(guest, this.instance);
  }

  stop(guest, why) {
    for (const name in this.ops) unbind(this.ops[name]);
    this.tasks.end(endedMeanwhile(guest, why));
    // What they hold is gone with the memory.
    for (const rid in this.resources) this.forgetResource(rid);
  }

  readInfo(guest) {
    // A guest in C has them in its descriptor.
    const info = valueOf(guest.exports.PLUGBAY_PLUGIN_INFO)
      ?? valueOf(guest.exports.PLUGBAY_PLUGIN_ABI) + DESCRIPTOR.info;
    if (typeof info !== "number") return;
    const text = (at, length) => {
      const found = guest.memory.text(info + at, length);
      const end = StringPrototypeIndexOf(found, "\0");
      return end === -1 ? found : StringPrototypeSlice(found, 0, end);
    };
    guest.name = text(INFO.name, INFO_LENGTHS.name) || guest.name;
    this.version = text(INFO.version, INFO_LENGTHS.version);
  }

  registerOp(guest, definition) {
    const { memory } = guest;
    const before = guest.budget.spent;
    const field = (offset) => memory.u32(definition + offset);
    // Definitions of older plugins end before that.
    if (field(0) < OP_DEFINITION.lent) throw mismatch(guest, `registers an op with a definition of ${field(0)} bytes`);
    guest.spend(COSTS.op, "one more op");
    const name = textOf(guest, field(OP_DEFINITION.name), field(OP_DEFINITION.name + 4), "the name of one more op");
    const encoding = field(OP_DEFINITION.encoding);
    const signatureAt = field(OP_DEFINITION.signature);
    const signature = signatureAt === 0 ? undefined : readSignature(guest, name, signatureAt);
    if (encoding > ENCODINGS.TYPED) {
      throw mismatch(guest, `registers op "${name}" with encoding ${encoding}, which is unknown`);
    }
    if (encoding === ENCODINGS.TYPED && signature === undefined) {
      throw mismatch(guest, `registers op "${name}" without its signature`);
    }
    const code = {
      __proto__: null,
      encoding,
      call: field(OP_DEFINITION.call),
      data: field(OP_DEFINITION.data),
      signature,
    };
    const known = this.ops[name];
    // A new instance registers what the one before had.
    if (known?.isStale) {
      guest.budget.giveBack(guest.budget.spent - before);
      rebind(known, code);
      return known.id;
    }
    if (++this.count === MAX_FAST_PROPERTIES) keepInTable(guest.ops);
    const op = addOp(this.host, guest, this, name, code);
    this.ops[name] = op;
    return op.id;
  }

  addResource(guest, nameAt, length, data, drop) {
    const before = guest.budget.spent;
    guest.spend(COSTS.resource, "one more resource");
    const name = textOf(guest, nameAt, length, "the name of one more resource");
    const rid = this.host.addGuestResource(guest.rid, name);
    const cost = guest.budget.spent - before;
    if (rid === undefined) {
      guest.budget.giveBack(cost);
      if (drop !== 0) guest.run("the drop of a resource", guest.functionAt(drop), data);
      return NO_RESOURCE;
    }
    this.resources[rid] = { __proto__: null, guest, data, drop, starts: guest.starts, cost };
    return rid;
  }
  // Without the guest's drop.
  forgetResource(rid) {
    const { guest, cost } = this.resources[rid];
    delete this.resources[rid];
    guest.budget.giveBack(cost);
    this.host.closeQuietly(+rid);
  }
  closeResource(rid) {
    if (this.resources[rid] === undefined) return 0;
    this.host.closeQuietly(rid);
    this.resourceClosed(rid);
    return 1;
  }
  // Drops the guest's data of a resource that has been closed.
  resourceClosed(rid) {
    const resource = this.resources[rid];
    if (resource === undefined) return;
    delete this.resources[rid];
    const { guest, data, drop, starts, cost } = resource;
    guest.budget.giveBack(cost);
    if (drop !== 0 && guest.exports !== null && guest.starts === starts) {
      guest.run(`the drop of resource ${rid}`, guest.functionAt(drop), data);
    }
  }

  buffer(guest, length) {
    const at = guest.run("its plugbay_alloc", guest.exports.plugbay_alloc, length) >>> 0;
    guest.memory.stay();
    if (at === 0) {
      throw makeError(memoryFull, guest.name, length);
    }
    const bytes = guest.memory.part(guest.memory.check(at, length), length);
    TypedArrayPrototypeFill(bytes, 0);
    guest.isMemoryShown = true;
    return bytes;
  }

  close(guest) {
    for (const rid in this.resources) {
      try {
        this.resourceClosed(+rid);
      } catch (error) {
        this.host.log(guest.name, 1, `a resource could not be dropped: ${messageOf(error)}`);
      }
    }
    const deinit = guest.exports?.deno_plugin_deinit;
    try {
      if (typeof deinit === "function") guest.run("its deno_plugin_deinit", deinit);
    } catch (error) {
      this.host.log(guest.name, 1, messageOf(error));
    }
  }
}
isolate(PlugbayWorld);

// A guest may call its imports before anybody has looked at what it exports.
function memoryOf(guest) {
  if (guest.memory === null && guest.lastEnd === undefined) throw refused(guest, "it exports no memory");
  return guest.currentMemory();
}

const NEEDED = list([
  "plugbay_plugin_entry",
  "plugbay_alloc",
  "plugbay_free",
  "plugbay_new_buffer",
  "plugbay_new_exchange",
  "plugbay_new_call",
  "plugbay_new_context",
  "plugbay_poll",
]);

function refused(guest, why) {
  return makeError(abiModule, guest.name, why);
}

function mismatch(guest, what) {
  return makeError(abiOfPlugin, guest.name, what);
}

// Before any code of the guest's own runs.
function checkDescriptor(guest) {
  const at = valueOf(guest.exports.PLUGBAY_PLUGIN_ABI);
  if (typeof at !== "number") throw refused(guest, "its PLUGBAY_PLUGIN_ABI is no address");
  const magic = guest.memory.text(at, 8);
  if (magic !== "PLUGBAY\0") throw refused(guest, "what its PLUGBAY_PLUGIN_ABI points to is no descriptor");
  const version = guest.memory.u32(at + DESCRIPTOR.abiVersion);
  if (version > ABI_VERSION || version === 0) {
    throw refused(guest, `it is built for ABI ${version}, this plugbay has ABI ${ABI_VERSION}`);
  }
}

function readSignature(guest, name, at) {
  const { memory } = guest;
  const field = (offset) => memory.u32(at + offset);
  const textAt = (at) => textOf(guest, memory.u32(at), memory.u32(at + 4), `the signature of op "${name}"`);
  const text = (offset) => textAt(at + offset);
  const parameterSize = field(SIGNATURE.parameterSize), count = field(SIGNATURE.parameterCount);
  if (field(0) < SIGNATURE.SIZE || parameterSize < PARAMETER.SIZE) {
    throw mismatch(
      guest,
      `registers op "${name}" with a signature of ${field(0)} bytes, parameters of ${parameterSize} bytes`,
    );
  }
  if (count > MAX_PARAMETERS) {
    throw mismatch(guest, `registers op "${name}" with ${count} parameters, at most ${MAX_PARAMETERS} will do`);
  }
  const kind = (number) => {
    if (KIND_NAMES[number] === undefined) {
      throw mismatch(guest, `registers op "${name}" with a value of kind ${number}, which is unknown`);
    }
    return KIND_NAMES[number];
  };
  guest.spend(count * COSTS.parameter, `the signature of op "${name}"`);
  const parameters = list();
  for (let i = 0; i < count; i++) {
    const start = field(SIGNATURE.parameters) + i * parameterSize;
    parameters[i] = {
      __proto__: null,
      name: textAt(start + PARAMETER.name),
      type: textAt(start + PARAMETER.type),
      kind: kind(memory.u32(start + PARAMETER.kind)),
      isOptional: (memory.u32(start + PARAMETER.flags) & 1) !== 0,
    };
  }
  return {
    __proto__: null,
    parameters,
    result: kind(field(SIGNATURE.result)),
    isAsync: (field(SIGNATURE.flags) & 1) !== 0,
    documentation: text(SIGNATURE.documentation),
    resultType: text(SIGNATURE.resultType),
    declarations: text(SIGNATURE.declarations),
    call: field(SIGNATURE.call),
    fast: field(SIGNATURE.fast),
  };
}

// A text of the guest's that the host keeps. Strings have up to two bytes a character.
function textOf(guest, at, length, what) {
  guest.memory.check(at, length);
  guest.spend(2 * (length >>> 0), what);
  return guest.memory.text(at, length);
}

// An error that the guest gave away: copied, and released.
export function takeReport(guest, at) {
  const part = (offset) => {
    const { memory } = guest, buffer = at + offset;
    const text = memory.cutText(memory.u32(buffer + BUFFER.ptr), memory.u32(buffer + BUFFER.len));
    releaseBuffer(guest, buffer);
    return text;
  };
  const className = part(ERROR_REPORT.class), code = part(ERROR_REPORT.code);
  return errorFrom(className || "Error", code, part(ERROR_REPORT.message) || "the plugin failed without saying why");
}

// The bytes of a buffer that the guest gave away: copied, and released.
export function takeBuffer(guest, at) {
  const { memory } = guest;
  const bytes = memory.copy(memory.u32(at + BUFFER.ptr), memory.u32(at + BUFFER.len));
  releaseBuffer(guest, at);
  return bytes;
}

export function releaseBuffer(guest, at) {
  const vtable = guest.memory.u32(at + BUFFER.vtable);
  if (vtable === 0) return;
  const release = guest.memory.u32(vtable + BUFFER_VTABLE.release);
  if (release !== 0) guest.run("the release of a buffer", guest.functionAt(release), at);
}
