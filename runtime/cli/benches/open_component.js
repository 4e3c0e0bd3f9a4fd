// Opens a component and prints the nanoseconds that it took.

import { imports } from "./app_imports.js";

const start = performance.now();
Deno.openPlugin(Deno.args[0], { imports });
console.log(JSON.stringify({ key: "open", ns: (performance.now() - start) * 1e6 }));
