// Opens a component and prints the nanoseconds that it took.

class Store {
  static open() {}
}
class Connection {
  static open() {}
}
const imports = {
  "fermyon:spin/key-value": { Store },
  "fermyon:spin/sqlite": { Connection },
  "fermyon:spin/variables": { get() {} },
};
const start = performance.now();
Deno.openPlugin(Deno.args[0], { imports });
console.log(JSON.stringify({ key: "open", ns: (performance.now() - start) * 1e6 }));
