// Checks the plugin against known answers: plugbay run --allow-plugin test.js <the built library>
// Throws at the first wrong one, and ends with "ok".

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
    return equal(error.code, code, `${what}: the code of "${error.message}"`);
  }
  throw new Error(`${what}: did not throw`);
}

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const decode = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @type {Deno.Plugin<import("./hello.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0]);
const { greet, testSync, testAsync } = plugin.ops;

equal(plugin.name, "hello", "the plugin's name");
equal(plugin.kind, "native", "the plugin's kind");
equal(Object.keys(plugin.ops).sort(), ["greet", "testAsync", "testSync"], "the plugin's ops");
equal(Deno.resources()[plugin.rid], "plugin", "the plugin among the resources");

// The zero-copy ops of 2020.
const first = encode("first, é");
const second = encode("second");
const answer = testSync(first, second);
equal(answer instanceof Uint8Array, true, "the answer is a Uint8Array");
equal(decode(answer), "FIRST, éSECOND", "the answer has all buffers in upper case");
equal(decode(first), "FIRST, é", "the first buffer is changed in place");
equal(decode(second), "second", "the second buffer is not");

const whole = encode("abcdef");
equal(decode(testSync(whole.subarray(2, 4))), "CD", "a view is the bytes it shows");
equal(decode(whole), "abCDef", "a view is written where it shows");
equal(decode(testSync(encode("x").buffer)), "X", "an ArrayBuffer is a buffer");
equal(testSync(), undefined, "no buffers, an empty answer");
equal(testSync(new Uint8Array(0)), undefined, "an empty buffer, an empty answer");
// @ts-expect-error
fails(() => testSync("text"), TypeError, "ERR_OP_BUFFER", "a string is no buffer");

// The async one.
const promise = testAsync(encode("12345"), new Uint8Array(1000));
equal(promise instanceof Promise, true, "an async op gives a Promise");
equal(decode(await promise), "1005", "the number of bytes");
equal(decode(await testAsync()), "0", "no bytes");

// The typed op.
equal(greet("world"), "Hello, world!", "the greeting");
equal(greet("Zoë\n\u{1F600}"), "Hello, Zoë\n\u{1F600}!", "a greeting beyond ASCII");
// @ts-expect-error
fails(() => greet(1), TypeError, "ERR_OP_ARGUMENT", "a number is no name");
// @ts-expect-error
fails(() => greet(), TypeError, "ERR_OP_ARGUMENT", "nothing is no name");

// The same ops as Deno 1 reached them.
const ids = Deno.core.ops();
const dispatch = (/** @type {Parameters<typeof Deno.core.dispatch>} */ ...args) =>
  decode(/** @type {Uint8Array} */ (Deno.core.dispatch(...args)));
equal(dispatch(ids.testSync, encode("a"), encode("b")), "AB", "dispatch of the zero-copy op");
equal(dispatch(ids.greet, encode("[\"Deno\"]")), "\"Hello, Deno!\"", "dispatch of the typed op");

plugin.close();
equal(plugin.rid in Deno.resources(), false, "the plugin is no resource any more");
fails(() => greet("you"), Deno.errors.BadResource, "ERR_PLUGIN_CLOSED", "a closed plugin");

console.log("ok");
