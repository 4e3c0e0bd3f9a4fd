// deno_core calls an async op by `originalOp.call(this, id)`: a script that replaces Function.prototype.call would be
// handed the op itself, with which it could read any resource by its number. So each of these functions has a `call`
// of its own.

import { core, primordials } from "ext:core/mod.js";
const {
  Error,
  FunctionPrototype,
  FunctionPrototypeToString,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ReflectOwnKeys,
  SafeSet,
  SetPrototypeAdd,
  SetPrototypeGetSize,
  SetPrototypeHas,
  StringPrototypeIncludes,
} = primordials;

const { value: call } = ObjectGetOwnPropertyDescriptor(FunctionPrototype, "call");

function keepCall(originalOp) {
  ObjectDefineProperty(originalOp, "call", { __proto__: null, value: call });
}

// What deno_core makes of an async op passes it on by its `call`, where it is caught: the op does not run.
function originalOf(stub) {
  let original;
  ObjectDefineProperty(FunctionPrototype, "call", {
    __proto__: null,
    value() {
      original = this;
      return null;
    },
    writable: true,
    configurable: true,
  });
  try {
    stub();
  } finally {
    ObjectDefineProperty(FunctionPrototype, "call", {
      __proto__: null,
      value: call,
      writable: true,
      configurable: true,
    });
  }
  return original;
}

const isStub = (value) =>
  typeof value === "function" && StringPrototypeIncludes(FunctionPrototypeToString(value), "originalOp.call(");

// While the snapshot is made, before there is a script.
export function keepAsyncOps() {
  const { ops, setUpAsyncStub } = core;
  const kept = new SafeSet();
  const keepAll = (holder) => {
    const keys = ReflectOwnKeys(holder);
    for (let i = 0; i < keys.length; i++) {
      const { value } = ObjectGetOwnPropertyDescriptor(holder, keys[i]);
      if (isStub(value)) {
        // A second time it would run.
        if (SetPrototypeHas(kept, value)) continue;
        SetPrototypeAdd(kept, value);
        keepCall(originalOf(value));
      } else if (holder === ops && typeof value === "function" && ObjectHasOwn(value, "prototype")) {
        // A class.
        keepAll(value.prototype);
      }
    }
  };
  keepAll(ops);
  if (SetPrototypeGetSize(kept) === 0) throw new Error("deno_core calls async ops in another way: see async_ops.js");
  // Some are made anew by the runtime when the first script is loaded that is not in the snapshot: it takes the
  // function for that from here when it starts.
  globalThis.Deno.core = {
    __proto__: null,
    ...core,
    setUpAsyncStub(name, originalOp, ofClass) {
      keepCall(originalOp);
      return setUpAsyncStub(name, originalOp, ofClass);
    },
  };
}
