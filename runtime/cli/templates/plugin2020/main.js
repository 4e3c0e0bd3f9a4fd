// Opens the plugin that `cargo build` made and calls each of its ops, as scripts did for Deno 1.4 to 1.8:
//   plugbay run --allow-plugin main.js
// After `cargo build --release`:
//   plugbay run --allow-plugin main.js release

const profile = Deno.args[0] || "debug";

let filename = "lib{{ library }}.so";
if (Deno.build.os === "darwin") {
  filename = "lib{{ library }}.dylib";
}
if (Deno.build.os === "windows") {
  filename = "{{ library }}.dll";
}

const rid = Deno.openPlugin(new URL(`target/${profile}/${filename}`, import.meta.url));

const { testSync, testAsync, testJson } = Deno.core.ops();
if (!(testSync > 0 && testAsync > 0 && testJson > 0)) {
  throw new Error(`bad op ids: testSync ${testSync}, testAsync ${testAsync}, testJson ${testJson}`);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// A sync op answers bytes.
const response = Deno.core.dispatch(testSync, encoder.encode("test"), encoder.encode("123"), encoder.encode("cba"));
console.log(`testSync: ${decoder.decode(response)}`);

// An async op answers its handler.
const answered = new Promise((resolve) => Deno.core.setAsyncHandler(testAsync, resolve));
Deno.core.dispatch(testAsync, encoder.encode("test"), encoder.encode("123"));
console.log(`testAsync: ${decoder.decode(await answered)}`);

// A JSON op takes JSON text and answers JSON text: { ok: value } or { err: message }.
function dispatchJson(opId, args) {
  const answer = JSON.parse(decoder.decode(Deno.core.dispatch(opId, encoder.encode(JSON.stringify(args)))));
  if (answer.err !== undefined) {
    throw new Error(answer.err);
  }
  return answer.ok;
}
console.log(`testJson: ${dispatchJson(testJson, { name: "Deno" }).greeting}`);
try {
  dispatchJson(testJson, { name: 1 });
} catch (error) {
  console.log(`testJson: ${error.message}`);
}

Deno.close(rid);
