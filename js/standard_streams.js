// Deno.stdout and Deno.stderr of a script whose lines are told apart: what it writes to them goes the way of what its
// console prints.

import { core, primordials } from "ext:core/mod.js";
import { scriptOnDemand } from "ext:plugbay/on_demand.js";
import { setOwn } from "ext:plugbay/own.js";
const { ObjectDefineProperty, TypeError } = primordials;
const io = core.loadExtScript("ext:deno_io/12_io.js");
const loadStreams = scriptOnDemand("ext:deno_web/06_streams.js");

// `printBytes(bytes, isError)` of the host gives how many they are, or nothing of what is none.
export function printStreams(printBytes) {
  setUpStream(io.stdout, (bytes) => printed(printBytes(bytes, false)));
  setUpStream(io.stderr, (bytes) => printed(printBytes(bytes, true)));
}

function printed(length) {
  if (length === undefined) throw new TypeError("what is written has to be an ArrayBufferView");
  return length;
}

// deno_io's has the functions of its class besides.
function setUpStream(stream, write) {
  setOwn(stream, "writeSync", write);
  // reach: it gives a number
  setOwn(stream, "write", async (bytes) => write(bytes));
  setOwn(stream, "isTerminal", () => false);
  let writable;
  ObjectDefineProperty(stream, "writable", {
    __proto__: null,
    get() {
      if (writable === undefined) {
        const { WritableStream } = loadStreams();
        writable = new WritableStream({ __proto__: null, write: (bytes) => void write(bytes) });
      }
      return writable;
    },
    enumerable: true,
    configurable: true,
  });
}
