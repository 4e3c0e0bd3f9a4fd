// Values as core values: those of parameters and results that are passed without memory. Sources, as in codecs.js; a
// value is several core values, each under a name or as an expression.

import { primordials } from "ext:core/mod.js";
import { append, list } from "ext:plugbay/own.js";
import { casesOf, caseValue, enumOf, flagsFrom, flagsOf, pickSource, property,
  SCALARS } from "ext:plugbay/worlds/component/codecs.js";
import { camelCase } from "ext:plugbay/worlds/component/names.js";
import { wrongCase } from "ext:plugbay/worlds/component/values.js";
const {
  ArrayBuffer,
  BigInt,
  BigInt64Array,
  BigIntAsIntN,
  Float32Array,
  Float64Array,
  Int32Array,
  JSONStringify,
  Number,
} = primordials;

// ---- Bits: cases of a variant share core values, which then are not of their own types ----

const eight = new ArrayBuffer(8), doubles = new Float64Array(eight), longs = new BigInt64Array(eight);
const floats = new Float32Array(eight), ints = new Int32Array(eight);

const BITS = {
  __proto__: null,
  floatOf(bits) {
    ints[0] = bits;
    return floats[0];
  },
  doubleOf(bits) {
    longs[0] = bits;
    return doubles[0];
  },
  intOf: (bits) => Number(BigIntAsIntN(32, bits)),
  bitsOfFloat(value) {
    floats[0] = value;
    return ints[0];
  },
  bitsOfDouble(value) {
    doubles[0] = value;
    return longs[0];
  },
  longOf: (bits) => BigInt(bits >>> 0),
  noCase(discriminant) {
    throw wrongCase(discriminant);
  },
};

const helper = (source, name) => source.use(name, BITS[name]);

// A core value of type `have` as one of type `want`.
function narrowed(source, x, have, want) {
  if (have === want) return x;
  const bits = have === "i64" && want !== "f64" ? `${helper(source, "intOf")}(${x})` : x;
  if (want === "f32") return `${helper(source, "floatOf")}(${bits})`;
  return want === "f64" ? `${helper(source, "doubleOf")}(${bits})` : bits;
}

// The other way round.
function widened(source, x, have, want) {
  if (have === want) return x;
  if (have === "f64") return `${helper(source, "bitsOfDouble")}(${x})`;
  const bits = have === "f32" ? `${helper(source, "bitsOfFloat")}(${x})` : x;
  return want === "i64" ? `${helper(source, "longOf")}(${bits})` : bits;
}

// The core values that a type is passed as.
export const flatOf = ({ flat }) => flat;

const part = (items, from, count) => {
  const taken = list();
  for (let i = 0; i < count; i++) taken[i] = items[from + i];
  return taken;
};

// An expression for the value that is passed as these core values.
export function lift(source, index, given) {
  const { types } = source, type = types[index], scalar = SCALARS[type.kind];
  if (scalar !== undefined) return scalar.lift(given[0]);
  const taken = source.take(index, given[0], given[1]);
  if (taken !== undefined) return taken;
  switch (type.kind) {
    case "record": {
      let text = "", next = 0;
      for (let i = 0; i < type.fields.length; i++) {
        const { name, type: field } = type.fields[i], count = flatOf(types[field]).length;
        text += `${JSONStringify(camelCase(name))}: ${lift(source, field, part(given, next, count))}, `;
        next += count;
      }
      return `{ ${text} }`;
    }
    case "tuple":
      return `[${liftAll(source, type.items, given)}]`;
    case "fixed-length-list": {
      let text = "";
      const count = flatOf(types[type.element]).length;
      for (let i = 0; i < type.length; i++) text += `${lift(source, type.element, part(given, i * count, count))}, `;
      return `[${text}]`;
    }
    case "flags":
      return flagsFrom(type, given[0]);
    case "enum":
      return `nameOf(${source.constant(type.names)}, ${given[0]})`;
    default: {
      const cases = casesOf(type);
      let text = "";
      for (let i = 0; i < cases.length; i++) {
        const payload = cases[i].type;
        let value = "undefined";
        if (payload !== null) {
          const wanted = flatOf(types[payload]), own = list();
          for (let j = 0; j < wanted.length; j++) own[j] = narrowed(source, given[j + 1], type.flat[j + 1], wanted[j]);
          value = lift(source, payload, own);
        }
        text += `${given[0]} === ${i} ? ${caseValue(types, type, i, value)} : `;
      }
      return `(${text}${helper(source, "noCase")}(${given[0]}))`;
    }
  }
}

function liftAll(source, items, given) {
  let text = "", next = 0;
  for (let i = 0; i < items.length; i++) {
    const { type } = items[i], count = flatOf(source.types[type]).length;
    text += `${lift(source, type, part(given, next, count))}, `;
    next += count;
  }
  return text;
}

// Adds statements that check a value, and gives what it is passed as.
export function lower(source, index, v) {
  const { types } = source, type = types[index];
  const named = (expression) => {
    const name = source.name();
    source.say(`const ${name} = ${expression}; `);
    return name;
  };
  if (SCALARS[type.kind] !== undefined) return list([named(`${type.kind}(${v})`)]);
  const put = source.put(index, v);
  if (put !== undefined) return list(type.flat.length === 2 ? [named(put), named("c.length")] : [named(put)]);
  switch (type.kind) {
    case "record": {
      source.say(`object(${v}); `);
      const passed = list();
      for (let i = 0; i < type.fields.length; i++) {
        const field = named(property(v, camelCase(type.fields[i].name)));
        append(passed, lower(source, type.fields[i].type, field));
      }
      return passed;
    }
    case "tuple": {
      source.say(`tuple(${v}, ${type.items.length}); `);
      const passed = list();
      for (let i = 0; i < type.items.length; i++) {
        append(passed, lower(source, type.items[i].type, named(`${v}[${i}]`)));
      }
      return passed;
    }
    case "fixed-length-list": {
      source.say(`tuple(${v}, ${type.length}); `);
      const passed = list();
      for (let i = 0; i < type.length; i++) append(passed, lower(source, type.element, named(`${v}[${i}]`)));
      return passed;
    }
    case "flags":
      source.say(`object(${v}); `);
      return list([named(flagsOf(type, v))]);
    case "enum":
      return list([named(enumOf(source, type, v))]);
    default: {
      const passed = list();
      for (let i = 0; i < type.flat.length; i++) {
        passed[i] = source.name();
        source.say(`let ${passed[i]} = ${type.flat[i] === "i64" ? "0n" : "0"}; `);
      }
      source.say(pickSource(source, type, v, (number, payload, value) => {
        const outer = source.text;
        source.text = `${passed[0]} = ${number}; `;
        if (payload !== null) {
          const own = lower(source, payload, value), have = flatOf(types[payload]);
          for (let i = 0; i < own.length; i++) {
            source.say(`${passed[i + 1]} = ${widened(source, own[i], have[i], type.flat[i + 1])}; `);
          }
        }
        const text = source.text;
        source.text = outer;
        return text;
      }));
      return passed;
    }
  }
}
