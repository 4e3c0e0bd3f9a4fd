/** The TypeScript compiler in a folder: a script for whatever runtime there is, which without `require` leaves files to us. */
export function loadCompiler(folder) {
  const module = { exports: {} };
  new Function("module", "exports", Deno.readTextFileSync(`${folder}/lib/typescript.js`))(module, module.exports);
  return module.exports;
}
