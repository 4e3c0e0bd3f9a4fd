// Assertions for the scripts of the integration tests. The first that does not hold ends the script.

class AssertionError extends Error {
  name = "AssertionError";
}

export function assert(condition, message = "the condition does not hold") {
  if (!condition) throw new AssertionError(message);
}

/** Deeply equal: the same primitives, or objects of the same class with equal properties or bytes. */
export function assertEquals(actual, expected, message = "not equal") {
  if (!equal(actual, expected)) {
    throw new AssertionError(`${message}\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
  }
}

/**
 * `fn` throws an error as wanted, which is the answer. `class` is the name of its constructor, exactly; `code` its
 * code, which may be `undefined` for none; `name` its name; `includes` a text or a list of texts in its message.
 */
export function assertThrows(fn, wanted) {
  let answer;
  try {
    answer = fn();
  } catch (error) {
    check(error, wanted, fn);
    return error;
  }
  throw new AssertionError(`wanted a ${show(wanted)} of ${fn}, which answered ${show(answer)}`);
}

/** Like `assertThrows` of the promise that `fn` returns. A `fn` that throws at once does not do. */
export async function assertRejects(fn, wanted) {
  const promise = fn();
  assert(promise instanceof Promise, `wanted a promise of ${fn}, which answered ${show(promise)}`);
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    check(error, wanted, fn);
    return error;
  }
  throw new AssertionError(`wanted a ${show(wanted)} of ${fn}, whose promise gave ${show(answer)}`);
}

/** What the call throws: its name, code and message. */
export function failure(call) {
  try {
    call();
  } catch ({ name, code, message }) {
    return [name, code, message];
  }
  throw new AssertionError(`${call} did not fail`);
}

function check(error, wanted, fn) {
  const problems = [], has = (key) => Object.hasOwn(wanted, key);
  if (!(error instanceof Error)) problems.push("no Error was thrown");
  if (has("class") && error?.constructor !== classOf(wanted.class)) {
    problems.push(`its class is ${error?.constructor?.name}`);
  }
  if (has("name") && error?.name !== wanted.name) problems.push(`its name is ${error?.name}`);
  if (has("code") && error?.code !== wanted.code) problems.push(`its code is ${error?.code}`);
  for (const part of [wanted.includes ?? []].flat()) {
    if (!String(error?.message).includes(part)) problems.push(`its message does not say ${show(part)}`);
  }
  if (problems.length > 0) {
    const problem = new AssertionError(`wanted a ${show(wanted)} of ${fn}: ${problems.join(", ")}: ${error?.stack}`);
    problem.cause = error;
    throw problem;
  }
}

function classOf(name) {
  if (name.startsWith("WebAssembly.")) return WebAssembly[name.slice("WebAssembly.".length)];
  return Deno.errors[name] ?? globalThis[name];
}

/** Whether two values are, as `assertEquals` wants them. */
export function equal(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (prototype(a) !== prototype(b)) return false;
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)];
  return keysOfA.length === keysOfB.length && keysOfA.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

function prototype(object) {
  return Object.getPrototypeOf(object) ?? Object.prototype;
}

function show(value) {
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value)) {
    const first = new Uint8Array(value.buffer, value.byteOffset, Math.min(value.byteLength, 32));
    return `${value.constructor.name} of ${value.byteLength} bytes: ${[...first]}`;
  }
  const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
  return text ?? String(value);
}
