// Whether rules.js finds in faults.js what it says there, and nothing else:
//   plugbay run --allow-read tests/lint/check_faults.js COMPILER_FOLDER FAULTS

import { assertEquals } from "../scripts/assert.js";
import { loadCompiler } from "../typescript/compiler.js";
import { faultsOf } from "./rules.js";

const [folder, path] = Deno.args;
const text = Deno.readTextFileSync(path);
const wanted = text.split("\n").flatMap((line, index) => {
  const rules = line.match(/\/\/ fault: (.*)$/)?.[1].split(" ") ?? [];
  return rules.map((rule) => `${index + 1}: ${rule}`);
});
const found = faultsOf(loadCompiler(folder), path, text).map(({ line, rule }) => `${line}: ${rule}`);
assertEquals(found.sort(), wanted.sort());
