// How values of components are told to tests/wasmtime/: values.rs there has the other side.

const view = new DataView(new ArrayBuffer(8));
function bitsOf(kind, value) {
  if (Number.isNaN(value)) return "nan";
  if (kind === "f32") {
    view.setFloat32(0, value);
    return String(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return String(view.getBigUint64(0));
}

/** A name as WIT has it. */
export const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A value of a type, as JSON. */
export function tell(type, value) {
  const payload = (of, val) => of === null ? null : tell(of, val);
  switch (type.kind) {
    case "f32":
    case "f64":
      return bitsOf(type.kind, value);
    case "u64":
    case "s64":
      return String(value);
    case "list":
      return Array.from(value, (item) => tell(type.element, item));
    case "record":
      return type.fields.map(([name, field]) => tell(field, value[name]));
    case "tuple":
      return type.items.map((item, i) => tell(item, value[i]));
    case "flags":
      return type.names.filter((name) => value[name]).map(kebab);
    case "variant":
      return [value.tag, payload(type.cases.find(([name]) => name === value.tag)[1], value.val)];
    case "option":
      if (type.some.kind !== "option") return value === undefined ? [] : [tell(type.some, value)];
      return value.tag === "none" ? [] : [tell(type.some, value.val)];
    case "result":
      return [value.tag, payload(type[value.tag], value.val)];
    default:
      return value;
  }
}
