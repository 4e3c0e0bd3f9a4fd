// Times opening modules that are not known, and compiling and instantiating them without the host, both in this
// process, and the same with a call of the export `f0`: prints lines of JSON as guests.js does. Arguments: keys and
// modules by turns. Closing what was opened does not count.

import { bench } from "./time.js";

for (let i = 0; i < Deno.args.length; i += 2) {
  const key = Deno.args[i], module = Deno.readFileSync(Deno.args[i + 1]);
  // A custom section of its own makes each another module: the first one, so that modules of one length are told apart
  // at once.
  const HEADER = 8, fresh = new Uint8Array(module.length + 8), version = new DataView(fresh.buffer, HEADER + 4);
  fresh.set(module.subarray(0, HEADER));
  fresh.set([0, 6, 1, 0x78], HEADER);
  fresh.set(module.subarray(HEADER), HEADER + 8);
  let versions = 0;
  const timed = (open, close) => (n) => {
    let elapsed = 0;
    for (let i = 0; i < n; i++) {
      version.setUint32(0, versions++);
      const start = performance.now();
      const opened = open();
      elapsed += performance.now() - start;
      close(opened);
    }
    return elapsed;
  };
  const bare = () => new WebAssembly.Instance(new WebAssembly.Module(fresh));
  await bench(key, timed(() => Deno.openPlugin(fresh), (plugin) => plugin.close()));
  await bench(`bare.${key}`, timed(bare, () => {}));
  const call = () => {
    const plugin = Deno.openPlugin(fresh);
    plugin.ops.f0();
    return plugin;
  };
  await bench(`${key}Call`, timed(call, (plugin) => plugin.close()));
  await bench(`bare.${key}Call`, timed(() => bare().exports.f0(), () => {}));
}
