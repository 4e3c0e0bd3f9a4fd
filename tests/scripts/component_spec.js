// Runs scripts of the component model, which tests/component_spec.rs gives it, and says which steps of theirs do not
// hold, and which were left out.

import { temp } from "./fixtures.js";

const files = JSON.parse(new TextDecoder().decode(Deno.readFileSync(`${temp}/files.json`)));

/** How a component is refused that is not valid, or that has what there is not. */
const REFUSED = ["ERR_WASM_COMPILE", "ERR_WASM_COMPONENT", "ERR_WASM_LIMIT"];
/** How one is that wants what is not here. */
const LEFT_OUT = ["ERR_WASM_COMPONENT", "ERR_WASM_LINK"];

const faults = [];
let leftOut = 0, held = 0;
const reasons = new Map();

const camelCase = (name) => name.toLowerCase().replace(/-(.)/g, (_, letter) => letter.toUpperCase());

const view = new DataView(new ArrayBuffer(8));
function floatOf(kind, bits) {
  if (kind === "f32") {
    view.setUint32(0, bits);
    return view.getFloat32(0);
  }
  view.setBigUint64(0, BigInt(bits));
  return view.getFloat64(0);
}

/** A value as plugbay takes it. */
function make({ kind, value }) {
  switch (kind) {
    case "bool":
    case "number":
    case "string":
      return value;
    case "bigint":
      return BigInt(value);
    case "f32":
    case "f64":
      return floatOf(kind, value);
    case "list":
      return value.map(make);
    case "record":
      return Object.fromEntries(value.map(([name, field]) => [camelCase(name), make(field)]));
    case "variant":
    case "result":
      return value.val === null ? { tag: value.tag } : { tag: value.tag, val: make(value.val) };
    case "option":
      return value === null ? undefined : value.kind === "option" ? { tag: "some", val: make(value) } : make(value);
    case "flags":
      return Object.fromEntries(value.map((name) => [camelCase(name), true]));
  }
  throw new Error(`no values of ${kind}`);
}

/** Whether that is what it gives. */
function isSame(wanted, found) {
  const { kind, value } = wanted;
  switch (kind) {
    case "list":
      return found?.length === value.length && value.every((each, i) => isSame(each, found[i]));
    case "record":
      return Object.keys(found).length === value.length
        && value.every(([name, field]) => isSame(field, found[camelCase(name)]));
    case "variant":
    case "result":
      return found?.tag === value.tag && (value.val === null ? found.val === undefined : isSame(value.val, found.val));
    case "option":
      if (value === null) return found === undefined || found.tag === "none";
      return value.kind === "option" ? found?.tag === "some" && isSame(value, found.val) : isSame(value, found);
    case "flags": {
      const names = new Set(value.map(camelCase));
      return Object.entries(found).every(([name, isSet]) => isSet === names.has(name));
    }
    default:
      return Object.is(make(wanted), found);
  }
}

const show = (value) =>
  JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part) ?? String(value);

class Script {
  constructor(name) {
    this.name = name;
    this.plugins = new Map();
    this.last = undefined;
  }

  check(holds, line, what) {
    if (holds) held++;
    else faults.push(`${this.name}:${line}: ${what}`);
  }

  leaveOut(why) {
    leftOut++;
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }

  open({ open, id, line }) {
    this.last = undefined;
    try {
      this.last = Deno.openPlugin(open);
      held++;
    } catch (error) {
      if (LEFT_OUT.includes(error.code)) {
        this.leaveOut(error.message.replace(/^cannot open plugin \S+: /, "").slice(0, 70));
      } else this.check(false, line, `is valid, and ${error.code}: ${error.message}`);
    }
    if (id !== null) this.plugins.set(id, this.last);
  }

  /** What a call gives, or the error of a result. */
  call(plugin, { call, args }) {
    const found = plugin.ops[camelCase(call)];
    if (found === undefined) throw new Error(`it has no ${call}`);
    try {
      return { isError: false, value: found(...args.map(make)) };
    } catch (error) {
      if (error.code !== "ERR_COMPONENT_RESULT") throw error;
      return { isError: true, value: error.payload };
    }
  }

  invoke(step) {
    const { id, line, gives, traps, call } = step;
    const plugin = id === null ? this.last : this.plugins.get(id);
    if (plugin === undefined) return this.leaveOut("its component was left out");
    let answer;
    try {
      answer = this.call(plugin, step);
    } catch (error) {
      this.check(traps === true, line, `${call}: ${error.code}: ${error.message}`);
      return;
    }
    if (traps) return this.check(false, line, `${call} traps, and gave ${show(answer.value)}`);
    if (gives === undefined || gives === null) return this.check(true, line, "");
    // A function's own result is told by whether it throws.
    const holds = gives.kind === "result"
      ? answer.isError === (gives.value.tag === "err")
        && (gives.value.val === null ? answer.value === undefined : isSame(gives.value.val, answer.value))
      : !answer.isError && isSame(gives, answer.value);
    this.check(holds, line, `${call} gives ${show(gives)}, and gave ${show(answer.value)}`);
  }

  refuse(path, codes, line) {
    try {
      Deno.openPlugin(path).close();
      this.check(false, line, "is opened");
    } catch (error) {
      this.check(codes === undefined || codes.includes(error.code), line, `${error.code}: ${error.message}`);
    }
  }

  step(step) {
    if (step.open !== undefined) this.open(step);
    else if (step.define !== undefined) held++;
    else if (step.call !== undefined) this.invoke(step);
    else if (step.refused !== undefined) this.refuse(step.refused, REFUSED, step.line);
    else this.refuse(step.fails, undefined, step.line);
  }
}

for (const { name, steps } of files) {
  const script = new Script(name);
  for (const step of steps) script.step(step);
  for (const plugin of new Set([...script.plugins.values(), script.last])) plugin?.close();
}
for (const [why, count] of [...reasons].sort(([, a], [, b]) => b - a)) console.log(`${count} times: ${why}`);
if (faults.length > 0) throw new Error(`${faults.length} steps do not hold:\n${faults.join("\n")}`);
console.log(`${held} steps hold`);
console.log(`${leftOut} steps were left out`);
