// Looks for what the runtime's JavaScript must not do, with the parser of the TypeScript compiler:
//   plugbay run --allow-read tests/lint/lint.js COMPILER_FOLDER FILE…
// Prints what there is, and exits with 1 if there is anything.

import { loadCompiler } from "../typescript/compiler.js";
import { faultsOf } from "./rules.js";

const [folder, ...files] = Deno.args;
if (files.length === 0) throw new TypeError("nothing to look at: name the compiler's folder and then files");

const ts = loadCompiler(folder);
let count = 0;
for (const path of files) {
  for (const { line, rule, why } of faultsOf(ts, path, Deno.readTextFileSync(path))) {
    console.log(`${path}:${line}: ${rule}: ${why}`);
    count++;
  }
}
console.log(`${files.length} files, ${count} faults`);
Deno.exit(count === 0 ? 0 : 1);
