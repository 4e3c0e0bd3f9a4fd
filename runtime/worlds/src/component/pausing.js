// Whether a component that blocks or polls may have to wait for it. What it waits for comes from what it imports: where
// all that gives it streams and pollables gives such as are ready at once, as standard output is, it never waits.

import { list } from "ext:plugbay/own.js";
import { hasHandles } from "ext:plugbay/worlds/component/handles.js";

// `isCalm(index)` says whether an imported function gives only what is ready at once.
export function mayPause(plan, isCalm) {
  const { exports } = plan;
  for (let i = 0; i < plan.trampolines.length; i++) {
    const { kind, import: index, function: type } = plan.trampolines[i];
    if (kind === "lower-import" && !isCalm(index) && gives(plan, plan.functions[type])) return true;
  }
  return takes(plan, exports);
}

// Whether the script passes such to what is exported.
function takes(plan, exports) {
  for (let i = 0; i < exports.length; i++) {
    const { kind, items, function: type } = exports[i];
    if (kind === "instance" && takes(plan, items)) return true;
    if (kind === "function" && hasHandles(plan.types, plan.functions[type].params, isWaitedFor(plan))) return true;
  }
  return false;
}

const gives = (plan, { result }) =>
  hasHandles(plan.types, list([{ __proto__: null, type: result }]), isWaitedFor(plan));

// Of the resources of wasi:io all but errors.
const isWaitedFor = ({ imports, resourceTables, resources }) => (_, { table }) => {
  const { kind, import: index, path } = { __proto__: null, ...resources[resourceTables[table].resource] };
  return kind === "imported" && imports[index].name.package === "wasi:io" && path[path.length - 1] !== "error";
};
