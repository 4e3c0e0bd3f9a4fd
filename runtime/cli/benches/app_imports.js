// What the app for Spin imports that is measured. Nothing of it is called.

class Store {
  static open() {}
}
class Connection {
  static open() {}
}
export const imports = {
  "fermyon:spin/key-value": { Store },
  "fermyon:spin/redis": { Connection },
  "fermyon:spin/sqlite": { Connection },
  "fermyon:spin/variables": { get() {} },
};
