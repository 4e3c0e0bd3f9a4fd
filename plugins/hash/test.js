// Checks the plugin against published test vectors: plugbay run --allow-plugin test.js <the built library>
// Throws at the first wrong answer, and ends with "ok".

/** @param {unknown} actual @param {unknown} expected @param {string} what */
function equal(actual, expected, what) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value) ?? String(value));
  if (a !== b) throw new Error(`${what}: wants ${b}, got ${a}`);
}

/** @typedef {new (...args: any[]) => Error & { code?: string }} ErrorClass */

/** @param {() => unknown} call @param {ErrorClass} Class @param {string} code @param {string} what */
function fails(call, Class, code, what) {
  try {
    call();
  } catch (error) {
    if (!(error instanceof Class)) throw new Error(`${what}: wants a ${Class.name}, got ${error}`);
    equal(error.code, code, `${what}: the code of "${error.message}"`);
    return error.message;
  }
  throw new Error(`${what}: did not throw`);
}

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const toHex = (/** @type {Uint8Array} */ bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
// The messages of BLAKE3's test_vectors.json.
const counted = (/** @type {number} */ length) => Uint8Array.from({ length }, (_, index) => index % 251);

/** @type {[import("./hash.d.ts").Algorithm, Uint8Array<ArrayBuffer>, string][]} */
const vectors = [
  ["blake3", counted(0), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  ["blake3", counted(1), "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  ["blake3", counted(1024), "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  ["blake3", counted(1025), "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  ["blake3", counted(102400), "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
  ["sha256", encode(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha256", encode("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "sha256",
    encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "sha256",
    new Uint8Array(1_000_000).fill(0x61),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  ],
  [
    "sha512",
    encode(""),
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
  ],
  [
    "sha512",
    encode("abc"),
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
];

/** @type {Deno.Plugin<import("./hash.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0]);
const { ops } = plugin;

equal(plugin.name, "hash", "the plugin's name");
equal(
  Object.keys(ops).sort(),
  ["blake3", "create", "digest", "hex", "sha256", "sha512", "update"],
  "the plugin's ops",
);

for (const [algorithm, message, expected] of vectors) {
  const what = `${algorithm} of ${message.length} bytes`;
  const before = message.slice();

  const answer = ops[algorithm](message);
  equal(answer instanceof Uint8Array, true, `${what}: the answer is a Uint8Array`);
  equal(toHex(answer), expected, what);
  equal(ops.hex(algorithm, message), expected, `${what} as text`);

  const middle = message.length >> 1;
  const [head, tail] = [message.subarray(0, middle), message.subarray(middle)];
  equal(toHex(ops[algorithm](head, new Uint8Array(0), tail)), expected, `${what} in several buffers`);
  equal(ops.hex(algorithm, head, tail), expected, `${what} in several buffers as text`);

  const id = ops.create(algorithm);
  equal(Deno.resources()[id], "hash", `${what}: the resource's name`);
  equal(ops.update(id, head), head.length, `${what}: bytes so far`);
  equal(ops.update(id), head.length, `${what}: bytes so far, none added`);
  equal(ops.update(id, tail.subarray(0, 1), tail.subarray(1)), message.length, `${what}: all bytes`);
  equal(ops.digest(id), expected, `${what} in steps`);
  equal(id in Deno.resources(), false, `${what}: the digest closes the resource`);
  fails(() => ops.update(id, head), Deno.errors.BadResource, "ERR_BAD_RESOURCE", `${what}: update after digest`);
  fails(() => ops.digest(id), Deno.errors.BadResource, "ERR_BAD_RESOURCE", `${what}: digest after digest`);

  equal(message.every((byte, index) => byte === before[index]), true, `${what}: the message is not changed`);
}

// Whatever shows bytes is a buffer.
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const padded = encode("..abc...");
equal(toHex(ops.sha256(padded.subarray(2, 5))), abc, "a view into a larger buffer");
equal(toHex(ops.sha256(new DataView(padded.buffer, 2, 3))), abc, "a DataView");
equal(toHex(ops.sha256(encode("abc").slice().buffer)), abc, "an ArrayBuffer");
equal(toHex(ops.sha256()), vectors[5][2], "no buffer is the empty message");

// Two hashes under way do not mix.
const [one, two] = [ops.create("sha256"), ops.create("sha256")];
ops.update(one, encode("ab"));
ops.update(two, encode("xyz"));
ops.update(one, encode("c"));
equal(ops.digest(one), abc, "one of two hashes under way");
equal(ops.digest(two), ops.hex("sha256", encode("xyz")), "the other of two hashes under way");

// Close without a digest.
const dropped = ops.create("blake3");
Deno.close(dropped);
equal(dropped in Deno.resources(), false, "Deno.close closes a hash");
fails(() => ops.update(dropped), Deno.errors.BadResource, "ERR_BAD_RESOURCE", "update after Deno.close");
fails(() => Deno.close(dropped), Deno.errors.BadResource, "ERR_BAD_RESOURCE", "Deno.close twice");

// What is refused.
for (const op of /** @type {const} */ (["create", "hex"])) {
  // @ts-expect-error
  const message = fails(() => ops[op]("md5"), TypeError, "ERR_HASH_ALGORITHM", `${op} of an unknown algorithm`);
  const names = message.includes("\"md5\"") && message.includes("blake3, sha256, sha512");
  equal(names, true, `"${message}" names what was asked for and what there is`);
  // @ts-expect-error
  fails(() => ops[op](1), TypeError, "ERR_OP_ARGUMENT", `${op} of a number`);
}
// @ts-expect-error
fails(() => ops.sha256("abc"), TypeError, "ERR_OP_BUFFER", "a string is no buffer");
// @ts-expect-error
fails(() => ops.update("1"), TypeError, "ERR_OP_ARGUMENT", "a string is no id");
fails(() => ops.update(plugin.rid), Deno.errors.BadResource, "ERR_BAD_RESOURCE", "the plugin is no hash");

// Closing the plugin closes its resources.
const left = ops.create("sha512");
plugin.close();
equal(left in Deno.resources(), false, "a hash goes with its plugin");
fails(() => ops.sha256(), Deno.errors.BadResource, "ERR_PLUGIN_CLOSED", "a closed plugin");

console.log("ok");
