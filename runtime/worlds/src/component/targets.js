// What a component imports: for each function that it calls, the function of JavaScript's that is called.

import { primordials } from "ext:core/mod.js";
import { WasmLink } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { list, ownOf } from "ext:plugbay/own.js";
import { isOfWasi, WASI } from "ext:plugbay/providers/wasi.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { functionOf, isSuspending } from "ext:plugbay/wasm/suspending.js";
import { camelCase, memberName, pascalCase, withoutVersion } from "ext:plugbay/worlds/component/names.js";
import { mayPause } from "ext:plugbay/worlds/component/pausing.js";
import { unfit } from "ext:plugbay/worlds/component/values.js";
import { hasMethod } from "ext:plugbay/worlds/component/wasi/resource.js";
const {
  ObjectGetPrototypeOf,
  ObjectPrototypeIsPrototypeOf,
  ReflectApply,
  ReflectConstruct,
  uncurryThis,
} = primordials;

const loadWasi = onDemand("ext:plugbay/worlds/component/wasi/interfaces.js");
const loadServices = onDemand("ext:plugbay/providers/services/services.js");

// reach: it is the language's own, whatever a script makes of it
const AsyncFunctionPrototype = ObjectGetPrototypeOf(async () => {});

// Each is what `target` makes: whether the guest waits where the call gives a promise, and of what part of the instance
// it is, if it is of one: it is called with its "system" (wasi/system.js) or "services"
// (providers/services/services.js) before what the guest passes. What the script passes goes before WASI, and that
// before the services of the host. What is granted is options.wasi, as `wasi`, and whether it `hasServices`. Everything
// that is missing is named at once.
export function targetsOf({ name, plan }, given, { wasi: granted, hasServices }) {
  const targets = list(), hasEvents = hasEventStreams(plan);
  let faults = "";
  for (let i = 0; i < plan.importedFunctions.length; i++) {
    const { import: index, path } = plan.importedFunctions[i], imported = plan.imports[index];
    const { full } = imported.name, found = given[full] ?? given[withoutVersion(full)];
    const item = path.length === 0 ? imported : itemOf(imported.items, path[0]);
    const wasi = found === undefined && isOfWasi(full) ? loadWasi().interfaceOf(imported.name) : undefined;
    const service = found === undefined && wasi === undefined && hasServices
      ? loadServices().interfaceOf(imported.name)
      : undefined;
    const target = path.length === 0
      ? functionTarget(full, found)
      : wasi !== undefined
      ? wasiTarget(full, item.name, wasi, hasEvents)
      : service !== undefined
      ? serviceTarget(full, item.name, service)
      : targetOf(full, item.name, found);
    if (target === undefined) faults += `\n  ${full}${path.length === 0 ? "" : `.${path[0]}`}: is missing`;
    targets[i] = target;
  }
  if (faults === "") return withoutWaiting(plan, targets, granted);
  const message =
    `cannot open plugin ${name}: its imports do not fit; pass them as options.imports, { "ns:pkg/interface": { name: function } }:${faults}`;
  throw makeError(WasmLink, message);
}

// Functions that poll have nobody wait where all is ready at once that there is to be polled.
function withoutWaiting(plan, targets, granted) {
  let isPolling = false;
  for (let i = 0; i < targets.length; i++) isPolling ||= targets[i].isPolling;
  if (!isPolling) return targets;
  const { isCalm } = loadWasi();
  if (mayPause(plan, (index) => isCalm(targets[index].ofWasi, granted))) return targets;
  for (let i = 0; i < targets.length; i++) if (targets[i].isPolling) targets[i].waits = false;
  return targets;
}

// The instance's view of the system, where it has one.
export function systemOf(host, instance, provided) {
  for (let i = 0; i < provided.length; i++) {
    if (provided[i].module === WASI) return loadWasi().makeSystem(host, instance, provided[i]);
  }
  return undefined;
}

// What it has of the host's services, where these are offered.
export function servicesOf(provided) {
  for (let i = 0; i < provided.length; i++) {
    const services = ownOf(provided[i], "services");
    if (services !== undefined) return services;
  }
  return undefined;
}

// Whether it may have streams that are ready by an event: bodies of messages, and connections, which two functions
// give.
function hasEventStreams({ imports, importedFunctions }) {
  for (let i = 0; i < imports.length; i++) if (imports[i].name.package === "wasi:http") return true;
  for (let i = 0; i < importedFunctions.length; i++) {
    const { import: index, path } = importedFunctions[i], { package: of, interface: iface } = imports[index].name;
    if (of !== "wasi:sockets" || iface !== "tcp") continue;
    if (path[0] === "[method]tcp-socket.finish-connect" || path[0] === "[method]tcp-socket.accept") return true;
  }
  return false;
}

function wasiTarget(iface, { full, form, resource, member }, found, hasEvents) {
  const name = `${iface}.${full}`, { hasMethod, isPolling, waitsFor } = loadWasi();
  const made = form === "plain" ? undefined : ownOf(found, pascalCase(resource));
  if (form === "method") {
    const key = memberName(form, member);
    if (!hasMethod(made, key)) return undefined;
    const ofWasi = made.prototype?.[key];
    return {
      ...hostMethod(name, key, made.prototype, waitsFor(ofWasi, hasEvents)),
      __proto__: null,
      isPolling: isPolling(ofWasi),
      ofWasi,
    };
  }
  const call = plainOf(found, made, full, form, member);
  return typeof call === "function"
    ? {
      ...target(name, call, waitsFor(call, hasEvents), "system"),
      __proto__: null,
      isPolling: isPolling(call),
      ofWasi: call,
    }
    : undefined;
}

// Of a service, which may take its time in whatever it does.
function serviceTarget(iface, { full, form, resource, member }, found) {
  const name = `${iface}.${full}`, made = form === "plain" ? undefined : ownOf(found, pascalCase(resource));
  if (form === "method") {
    const key = memberName(form, member);
    return hasMethod(made, key) ? hostMethod(name, key, made.prototype, true) : undefined;
  }
  const call = plainOf(found, made, full, form, member);
  return typeof call === "function" ? target(name, call, true, "services") : undefined;
}

// A function of an interface of the host's, or one of a class of its.
const plainOf = (found, made, full, form, member) =>
  form === "plain"
    ? ownOf(found, camelCase(full))
    : ownOf(ownOf(made, "functions"), form === "constructor" ? "create" : memberName(form, member));

function itemOf(items, full) {
  for (let i = 0; i < items.length; i++) if (items[i].name.full === full) return items[i];
  return undefined;
}

function targetOf(iface, { full, form, resource, member }, found) {
  const name = `${iface}.${full}`;
  switch (form) {
    case "constructor": {
      const made = lookUp(found, pascalCase(resource));
      return typeof made === "function" ? target(name, (...args) => ReflectConstruct(made, args), false) : undefined;
    }
    case "static":
      return functionTarget(name, lookUp(lookUp(found, pascalCase(resource)), memberName(form, member)));
    case "method": {
      const made = lookUp(found, pascalCase(resource)), key = memberName(form, member);
      const method = typeof made === "function" ? lookUp(ownOf(made, "prototype"), key) : undefined;
      return methodTarget(name, key, waitsFor(method));
    }
    default:
      return functionTarget(name, lookUp(found, camelCase(full)));
  }
}

// `of` is the part of the instance that it is called with, if it is.
const target = (name, call, waits, of = undefined) => ({
  __proto__: null,
  name,
  call,
  waits,
  of,
  // Of WASI's own functions: which it is, and whether it waits for pollables alone.
  isPolling: false,
  ofWasi: undefined,
  // Of a method of the host's own: what calls it with an object first, and the prototype of these objects.
  method: undefined,
  prototype: undefined,
});

const methodTarget = (name, key, waits) => target(name, (self, ...args) => callMethod(self, key, args), waits);

// That of a class of the host's, by its prototype; one that nobody has objects of has none.
function hostMethod(name, key, prototype, waits) {
  const made = methodTarget(name, key, waits);
  if (prototype === undefined) return made;
  return { ...made, __proto__: null, method: uncurryThis(prototype[key]), prototype };
}

function functionTarget(name, found) {
  if (isSuspending(found)) return target(name, functionOf(found), true);
  return typeof found === "function" ? target(name, found, waitsFor(found)) : undefined;
}

const waitsFor = (found) =>
  isSuspending(found) || typeof found === "function" && ObjectPrototypeIsPrototypeOf(AsyncFunctionPrototype, found);

function callMethod(self, key, args) {
  const found = lookUp(self, key), method = isSuspending(found) ? functionOf(found) : found;
  if (typeof method !== "function") throw unfit(`an object with a method ${key}`, self);
  return ReflectApply(method, self, args);
}
