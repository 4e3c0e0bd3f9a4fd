// flags: --allow-plugin --allow-read
// options.integrity: a plugin is only opened if its bytes have the hash that is named.

import { assertEquals, assertRejects, assertThrows } from "./assert.js";
import { guest, library, openKit } from "./fixtures.js";

const hash = Deno.openPlugin(library("hash"));
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const integrityOf = (bytes, algorithm = "sha256") => `${algorithm}-${base64(hash.ops[algorithm](bytes))}`;
const REFUSED = { class: "InvalidData", code: "ERR_PLUGIN_INTEGRITY" };
const MALFORMED = { class: "TypeError", code: "ERR_PLUGIN_OPTIONS" };

const native = library("hello");
const ofNative = Deno.readFileSync(native);
const module = guest("loops");
const ofModule = Deno.readFileSync(module);
const other = integrityOf(new Uint8Array(1));
const resources = JSON.stringify(Deno.resources());

for (const [path, bytes] of [[native, ofNative], [module, ofModule]]) {
  for (const algorithm of ["sha256", "sha512"]) {
    Deno.openPlugin(path, { integrity: integrityOf(bytes, algorithm) }).close();
  }
  // One of several.
  Deno.openPlugin(path, { integrity: `${other} ${integrityOf(bytes)}` }).close();
  const right = integrityOf(bytes);
  assertThrows(() => Deno.openPlugin(path, { integrity: other }), { ...REFUSED, includes: [right, other] });
  // Of several algorithms the strongest counts.
  const stronger = integrityOf(new Uint8Array(1), "sha512");
  assertThrows(() => Deno.openPlugin(path, { integrity: `${right} ${stronger}` }), { ...REFUSED, includes: stronger });
  assertThrows(() => Deno.plugins.open("id", path, { integrity: other }), REFUSED);
}

// Modules that are no files.
Deno.openPlugin(ofModule, { integrity: integrityOf(ofModule) }).close();
assertThrows(() => Deno.openPlugin(ofModule, { integrity: other }), REFUSED);
(await Deno.openPluginStreaming([ofModule], { integrity: integrityOf(ofModule) })).close();
await assertRejects(() => Deno.openPluginStreaming([ofModule], { integrity: other }), REFUSED);
Deno.openPlugin(module, { threads: 1, integrity: integrityOf(ofModule) }).close();
assertThrows(() => Deno.openPlugin(module, { threads: 1, integrity: other }), { ...REFUSED, includes: other });

const sha384 = `sha384-${base64(new Uint8Array(48))}`;
assertThrows(() => Deno.openPlugin(native, { integrity: sha384 }), { ...REFUSED, includes: sha384 });
const malformed = [
  "",
  "sha256",
  "sha256-",
  "md5-AAAA",
  "sha256-AAAA",
  `sha256-${"A".repeat(44)}`,
  integrityOf(ofNative).toUpperCase(),
  5,
  null,
  true,
  {},
];
for (const integrity of malformed) assertThrows(() => Deno.openPlugin(native, { integrity }), MALFORMED);

assertEquals(JSON.stringify(Deno.resources()), resources);
openKit({ integrity: undefined }).close();
