// Where the fixture libraries are, and text to and from bytes.
//
// A script that the harness runs begins with `// flags:`, its permissions, where {folder} and {temp} stand for its two
// arguments: the folder of the fixture libraries and an empty folder of its own; the third says which kit is opened. It
// exits with 0. Modules without that line are imported by others. Scripts in exits/ say in more such lines how they
// exit, which texts they print and within how many milliseconds.

export const [folder, temp, substrate = "native"] = Deno.args;

/** Whether the script runs against the plugins that are built as WebAssembly modules. */
export const isWasm = substrate === "wasm";

/** Path of the library of a package. */
export const library = (name) => `${folder}/${fileName(name)}`;

/** Path of a library that is an example of its package. */
export const example = (name) => `${folder}/examples/${fileName(name)}`;

/** Path of a package that is built as a WebAssembly module. */
export const guest = (name) => `${folder}/guests/${name}.wasm`;

export const openKit = (options) => Deno.openPlugin(isWasm ? guest("kit") : library("kit"), options);
export const openLibrary = (name) => Deno.openPlugin(library(name));
export const openExample = (name) => Deno.openPlugin(example(name));

/** The classes of typed arrays, those of BigInts last. */
export const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

export const bytes = (text) => new TextEncoder().encode(text);
export const text = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** A promise that is kept after that many milliseconds. */
export const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Moves the bytes to another ArrayBuffer, which is the answer; the view's own is detached. */
export const detach = (view) => view.buffer.transfer();

function fileName(name) {
  switch (Deno.build.os) {
    case "windows":
      return `${name}.dll`;
    case "darwin":
      return `lib${name}.dylib`;
    default:
      return `lib${name}.so`;
  }
}
