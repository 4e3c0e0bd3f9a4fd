// Has the TypeScript compiler check files, strictly, with the types of plugbay:
//   plugbay run --allow-read tests/typescript/check.js COMPILER_FOLDER FILE…
// Prints what is wrong with them, and exits with 1 if there is anything.

import { loadCompiler } from "./compiler.js";

const [folder, ...files] = Deno.args;
if (files.length === 0) throw new TypeError("nothing to check: name the compiler's folder and then files");

const ts = loadCompiler(folder);

const isFile = (path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

const options = {
  allowJs: true,
  checkJs: true,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  skipDefaultLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  types: [],
};
const host = {
  directoryExists: () => true,
  fileExists: isFile,
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => Deno.cwd(),
  getDefaultLibFileName: () => `${folder}/lib/lib.esnext.d.ts`,
  getDefaultLibLocation: () => `${folder}/lib`,
  getDirectories: () => [],
  getNewLine: () => "\n",
  getSourceFile: (path, version) =>
    isFile(path) ? ts.createSourceFile(path, Deno.readTextFileSync(path), version) : undefined,
  readFile: (path) => isFile(path) ? Deno.readTextFileSync(path) : undefined,
  useCaseSensitiveFileNames: () => true,
  writeFile: () => {},
};
const types = Deno.realPathSync(new URL("../../js/plugbay.d.ts", import.meta.url));
const program = ts.createProgram([types, ...files], options, host);
const problems = ts.getPreEmitDiagnostics(program);
console.log(ts.formatDiagnostics(problems, host) + `${files.length} files checked, ${problems.length} problems`);
Deno.exit(problems.length === 0 ? 0 : 1);
