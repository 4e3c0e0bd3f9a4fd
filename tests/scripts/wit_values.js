// Values by chance of types of WIT, which are given as tests/components/generated.rs tells them.

const FLOATS = [0, -0, 1.5, -1e-7, 3.4028234663852886e38, Infinity, -Infinity, NaN];
const TEXTS = [
  "",
  "a",
  "é",
  "ÿ€",
  "line\nline\0",
  "漢字かな",
  "😀 and 👩‍👩‍👧",
  "x".repeat(24),
  "x".repeat(25),
  "é".repeat(300),
  "𝒳".repeat(200),
];
const ARRAYS = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** What makes a value of a type, with numbers of random.js. */
export function valuesFrom({ random, below, pick }) {
  const integer = (low, high) => pick([low, high, 0, 1, low + below(high - low + 1)]);
  const big = (low, high) => pick([low, high, 0n, 1n, low + BigInt(Math.floor(random() * 2 ** 53)) * 1024n]);

  function make(type) {
    switch (type.kind) {
      case "bool":
        return random() < 0.5;
      case "u8":
        return integer(0, 255);
      case "s8":
        return integer(-128, 127);
      case "u16":
        return integer(0, 65535);
      case "s16":
        return integer(-32768, 32767);
      case "u32":
        return integer(0, 2 ** 32 - 1);
      case "s32":
        return integer(-(2 ** 31), 2 ** 31 - 1);
      case "u64":
        return big(0n, 2n ** 64n - 1n);
      case "s64":
        return big(-(2n ** 63n), 2n ** 63n - 1n);
      case "f32":
        return Math.fround(pick([...FLOATS, random()]));
      case "f64":
        return pick([...FLOATS, random(), 1.7976931348623157e308, 5e-324]);
      case "char":
        return pick(["a", "\0", "é", "€", "\uD7FF", "\uE000", "\uFFFF", "😀", "\u{10FFFF}"]);
      case "string":
        return pick(TEXTS);
      case "list": {
        const items = Array.from({ length: pick([0, 1, 2, 5, 40]) }, () => make(type.element));
        return ARRAYS[type.element.kind]?.from(items) ?? items;
      }
      case "record":
        return Object.fromEntries(type.fields.map(([name, field]) => [name, make(field)]));
      case "tuple":
        return type.items.map(make);
      case "flags":
        return Object.fromEntries(type.names.map((name) => [name, random() < 0.5]));
      case "enum":
        return pick(type.names);
      case "variant": {
        const [tag, payload] = pick(random() < 0.8 ? type.cases.slice(0, 5) : type.cases);
        return payload === null ? { tag } : { tag, val: make(payload) };
      }
      case "option":
        if (type.some.kind !== "option") return random() < 0.3 ? undefined : make(type.some);
        return random() < 0.3 ? { tag: "none" } : { tag: "some", val: make(type.some) };
      case "result": {
        const tag = pick(["ok", "err"]), payload = type[tag];
        return { tag, val: payload === null ? undefined : make(payload) };
      }
    }
    throw new Error(`no values of ${type.kind}`);
  }
  return make;
}
