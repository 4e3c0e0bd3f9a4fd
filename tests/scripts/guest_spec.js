// Runs the specification's tests, which tests/spec.rs gives it, as plugins and by V8's own WebAssembly API, and
// compares the answers.

import { temp } from "./fixtures.js";

const files = JSON.parse(new TextDecoder().decode(Deno.readFileSync(`${temp}/files.json`)));
const LIMITS = { deadline: 0, memory: 65536, table: 10_000_000, host: 0xFFFFFFFF };

/** What a plugin refuses that V8 takes, and what of the documents says so. */
const BY_DESIGN = [
  "makes objects of the garbage collection proposal",
  "holds exceptions, on which there is no limit",
  "waits for other threads",
  "starts with",
];

/** What the suite's modules import from "spectest". */
const spectest = () => ({
  print() {},
  print_i32(_) {},
  print_i64(_) {},
  print_f32(_) {},
  print_f64(_) {},
  print_i32_f32(_, __) {},
  print_f64_f64(_, __) {},
  global_i32: 666,
  global_i64: 666n,
  global_f32: 666.6,
  global_f64: 666.6,
  table: new WebAssembly.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
  table64: new WebAssembly.Table({ initial: 10n, maximum: 20n, element: "anyfunc", address: "i64" }),
  memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
});

const CODES = {
  ERR_WASM_COMPILE: "CompileError",
  ERR_WASM_COMPONENT: "CompileError",
  ERR_WASM_LINK: "LinkError",
  ERR_WASM_TRAP: "RuntimeError",
  ERR_WASM_STACK: "stack",
  ERR_WASM_LIMIT: "limit",
  ERR_WASM_MEMORY: "memory",
};

/** What a thing is, of those that are the same where both have one. */
function kindOf(error) {
  if (error?.code !== undefined) {
    if (BY_DESIGN.some((words) => error.message.includes(words))) return "by design";
    return CODES[error.code] ?? `${error.code}: ${error.message}`;
  }
  if (error instanceof WebAssembly.CompileError) return "CompileError";
  if (error instanceof WebAssembly.LinkError) return "LinkError";
  if (error instanceof WebAssembly.RuntimeError) return "RuntimeError";
  if (error instanceof WebAssembly.Exception) return "exception";
  if (error instanceof RangeError) return error.message.startsWith("Maximum call stack") ? "stack" : "memory";
  // A module or a name that nobody has.
  if (error instanceof TypeError && error.message.startsWith("WebAssembly.Instance(): Import")) return "LinkError";
  return String(error);
}

function attempt(run) {
  try {
    return { given: run() };
  } catch (error) {
    return { thrown: kindOf(error), message: String(error?.message ?? error) };
  }
}

const scratch = new DataView(new ArrayBuffer(8));
function value({ type, value }) {
  switch (type) {
    case "i32":
      return Number(value);
    case "i64":
      return BigInt(value);
    case "f32":
      scratch.setUint32(0, Number(value));
      return scratch.getFloat32(0);
    case "f64":
      scratch.setBigUint64(0, BigInt(value));
      return scratch.getFloat64(0);
    case "extern":
      return `extern ${value}`;
    default:
      return null;
  }
}

/** Results, in words that are the same for the same values. */
function words(answer) {
  if (answer.thrown !== undefined) return answer.thrown;
  const values = Array.isArray(answer.given) ? answer.given : [answer.given];
  return values.map((value) => {
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
    if (typeof value === "object" && value !== null || typeof value === "function") return typeof value;
    return `${typeof value} ${String(value)}`;
  }).join(", ");
}

let answers = 0, designed = 0;
const differences = [];

function runFile({ name, steps }) {
  const given = { bare: { spectest: spectest() }, plugin: { spectest: spectest() } };
  const instances = new Map();
  const open = [];
  let last;

  const make = (path) => {
    const bytes = Deno.readFileSync(path);
    const bare = attempt(() => new WebAssembly.Instance(new WebAssembly.Module(bytes), given.bare).exports);
    const plugin = attempt(() => Deno.openPlugin(bytes, { imports: given.plugin, limits: LIMITS }));
    if (plugin.given !== undefined) open.push(plugin.given);
    return { bare, plugin };
  };
  /** Whether both took it, or both did not for the same reason. */
  const compare = (line, what, bare, plugin) => {
    answers++;
    if (plugin.thrown === "by design") {
      designed++;
      return false;
    }
    const [own, wanted] = [plugin, bare].map((answer) =>
      answer.thrown ?? (what === "the module" ? "taken" : words(answer))
    );
    if (own !== wanted) {
      differences.push(
        `${name}:${line}: ${what}: ${own} instead of ${wanted} (${plugin.message ?? bare.message ?? ""})`,
      );
    }
    return own === wanted && bare.thrown === undefined;
  };

  for (const { line, module, refused, register, id, call, args, get } of steps) {
    const path = module ?? refused;
    if (path !== undefined) {
      const { bare, plugin } = make(path);
      const isTaken = compare(line, "the module", bare, plugin);
      if (module === undefined) continue;
      // What only one of them has cannot be compared.
      last = isTaken ? { bare: bare.given, plugin: plugin.given } : undefined;
      if (id != null) instances.set(id, last);
      continue;
    }
    const instance = id == null ? last : instances.get(id);
    if (instance === undefined) continue;
    if (register !== undefined) {
      given.bare[register] = instance.bare;
      given.plugin[register] = instance.plugin.exports;
      continue;
    }
    if (get !== undefined) {
      const read = (exports) => attempt(() => exports[get].value);
      compare(line, `get ${get}`, read(instance.bare), read(instance.plugin.exports));
      continue;
    }
    const function_ = instance.plugin.ops[call] ?? instance.plugin.exports[call];
    const values = args.map(value);
    const bare = attempt(() => instance.bare[call](...values));
    const plugin = attempt(() => function_(...values));
    if (!compare(line, `call ${call}`, bare, plugin)) {
      // A plugin that trapped begins anew.
      if (id != null) instances.set(id, undefined);
      for (const [name, other] of instances) if (other === instance) instances.set(name, undefined);
      if (last === instance) last = undefined;
    }
  }
  for (const plugin of open) plugin.close();
}

for (const file of files) runFile(file);
console.log(`${answers} answers, ${designed} of them refusals by design`);
if (differences.length > 0) {
  console.error(`${differences.length} differ:\n${differences.join("\n")}`);
  Deno.exit(1);
}
console.log("all answers are the same");
