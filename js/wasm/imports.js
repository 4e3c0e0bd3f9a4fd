// What a script passes to a guest: objects of any kind, as the WebAssembly JavaScript API takes them.

import { core, primordials } from "ext:core/mod.js";
const { Object, ObjectGetPrototypeOf, ObjectHasOwn, ObjectPrototype, ReflectGet } = primordials;

// A property that an object has of its own, from its class or from its Proxy. Not what all objects have: a guest that imports "constructor"
// gets no function that makes code, and none gets what a script put into Object.prototype.
export function lookUp(given, key) {
  const object = Object(given);
  for (let at = object; at !== null && at !== ObjectPrototype; at = ObjectGetPrototypeOf(at)) {
    if (core.isProxy(at)) {
      // It may pass on what its target has from Object.prototype.
      const value = ReflectGet(at, key, object);
      return value === ReflectGet(ObjectPrototype, key, object) ? undefined : value;
    }
    if (ObjectHasOwn(at, key)) return at !== object && key === "constructor" ? undefined : ReflectGet(at, key, object);
  }
  return undefined;
}

// The modules that are passed, of those that a guest imports from.
export function modulesOf({ imports }, given) {
  const modules = { __proto__: null };
  for (let i = 0; i < imports.length; i++) {
    const { module } = imports[i];
    if (ObjectHasOwn(modules, module)) continue;
    const found = lookUp(given, module);
    if (found !== undefined) modules[module] = found;
  }
  return modules;
}
