// WebAssembly modules by hand.

const I32 = 0x7F, I64 = 0x7E, F32 = 0x7D, F64 = 0x7C;
const FUNCTION = 0, MEMORY = 2;

const vector = (items) => [items.length, ...items.flat()];
const name = (text) => vector([...new TextEncoder().encode(text)]);
const section = (id, items) => {
  const content = vector(items);
  return [id, content.length, ...content];
};
const type = (parameters, results) => [0x60, ...vector(parameters), ...vector(results)];
const body = (...code) => vector([0, ...code, 0x0B]);
const getLocals = (...indices) => indices.flatMap((index) => [0x20, index]);

const HEADER = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];

/** Functions over each number type; `say` calls the import `env.log`; `crash` traps. */
export const math = new Uint8Array([
  ...HEADER,
  ...section(1, [
    type([I32, I32], [I32]),
    type([I64, I64], [I64]),
    type([F32, F32], [F32]),
    type([F64, F64], [F64]),
    type([I32], []),
    type([], []),
    type([I32, F64], [F64]),
  ]),
  ...section(2, [[...name("env"), ...name("log"), FUNCTION, 4]]),
  ...section(3, [[0], [1], [2], [3], [4], [5], [6]]),
  ...section(5, [[0, 1]]),
  // Function 0 is the import.
  ...section(7, [
    [...name("add"), FUNCTION, 1],
    [...name("add64"), FUNCTION, 2],
    [...name("mul32"), FUNCTION, 3],
    [...name("mul64"), FUNCTION, 4],
    [...name("say"), FUNCTION, 5],
    [...name("crash"), FUNCTION, 6],
    [...name("mixed"), FUNCTION, 7],
    [...name("memory"), MEMORY, 0],
  ]),
  ...section(10, [
    body(...getLocals(0, 1), 0x6A),
    body(...getLocals(0, 1), 0x7C),
    body(...getLocals(0, 1), 0x94),
    body(...getLocals(0, 1), 0xA2),
    body(...getLocals(0), 0x10, 0),
    body(0),
    body(...getLocals(0), 0xB7, ...getLocals(1), 0xA0),
  ]),
]);

/** Without imports: `answer` is 42. */
export const answer = new Uint8Array([
  ...HEADER,
  ...section(1, [type([], [I32])]),
  ...section(3, [[0]]),
  ...section(7, [[...name("answer"), FUNCTION, 0]]),
  ...section(10, [body(0x41, 42)]),
]);
