// Where the fields of the ABI's structs lie in the memory of a wasm32 guest, and their sizes. plugin_api/abi asserts
// the same.

export const BUFFER = { __proto__: null, ptr: 0, len: 4, vtable: 8, SIZE: 20 };
export const BUFFER_VTABLE = { __proto__: null, retain: 4, release: 8 };
export const ERROR_REPORT = { __proto__: null, class: 4, code: 24, message: 44, SIZE: 64 };
export const OUTCOME = { __proto__: null, size: 0, kind: 4, payload: 16, SIZE: 80 };
export const FUTURE_VTABLE = { __proto__: null, poll: 4, drop: 8 };
export const OP_DEFINITION = {
  __proto__: null,
  name: 4,
  encoding: 12,
  call: 20,
  data: 24,
  drop: 28,
  signature: 32,
  SIZE: 36,
};
export const SIGNATURE = {
  __proto__: null,
  parameters: 4,
  parameterCount: 8,
  parameterSize: 12,
  result: 16,
  flags: 20,
  documentation: 24,
  resultType: 32,
  declarations: 40,
  call: 48,
  fast: 52,
  SIZE: 56,
};
export const PARAMETER = { __proto__: null, name: 0, type: 8, kind: 16, flags: 20, SIZE: 24 };
export const EXCHANGE = {
  __proto__: null,
  input: 4,
  inputLength: 8,
  output: 12,
  outputCapacity: 16,
  slab: 20,
  slabUsed: 28,
  status: 36,
  slabOffset: 40,
  integer: 48,
  overflow: 56,
  SIZE: 80,
};
export const DESCRIPTOR = { __proto__: null, abiVersion: 12, entryKind: 20, info: 24, target: 120, SIZE: 248 };
export const INFO = { __proto__: null, name: 0, nameLength: 64, version: 64, versionLength: 32 };
export const STATUS = { __proto__: null, FAILED: 1, RETRY: 2, OVERFLOW: 3 };
export const OUTCOMES = {
  __proto__: null,
  NOT_FOUND: 0,
  SYNC: 1,
  ASYNC: 2,
  ASYNC_UNREF: 3,
  ERROR: 4,
  NUMBER: 5,
  INTEGER: 6,
  NULL: 7,
};
export const ENCODINGS = { __proto__: null, BYTES: 0, JSON: 1, TYPED: 2 };
export const ABI_VERSION = 1;
