// What the runtime's JavaScript (js/) must not do, because a script can change the prototypes of the language: in the
// manner of deno_core's prefer-primordials, and stricter. js/own.js has what does the same safely. A comment
// `// reach: …` before a statement says why it may all the same.

// The methods and getters of the language, by name.
const builtins = new Set();
const constructors = [
  Array,
  ArrayBuffer,
  BigInt,
  Boolean,
  DataView,
  Date,
  Error,
  Function,
  Map,
  Number,
  Object,
  Promise,
  RegExp,
  Set,
  String,
  Symbol,
  Uint8Array,
  WeakMap,
  WeakSet,
];
for (const { prototype } of constructors) {
  for (let holder = prototype; holder !== null; holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) builtins.add(name);
  }
}
// Those that mostly are something else here: methods of the runtime's own classes, elements, own properties of arrays
// and strings.
for (const name of ["at", "buffer", "call", "constructor", "copy", "fill", "length", "name", "set"]) {
  builtins.delete(name);
}
for (const name of ["code", "grow", "exports"]) builtins.add(name);

// Objects whose properties are their own, by the names that they have everywhere: deno_core's namespaces, the host's
// functions, and the runtime's own records.
const OWN_RECEIVERS = new Set([
  "core",
  "internals",
  "host",
  "state",
  "this",
  "type",
  "super",
  "event",
  "exports",
  "guest",
  "kind",
  "known",
  "made",
  "op",
  "performance",
  "world",
]);

// Functions that ask the prototype of what they are given, by a setter, `constructor`, Symbol.species or
// Symbol.iterator.
const ASKING = {
  __proto__: null,
  ArrayPrototypePush: "a setter of Array.prototype is handed the element: assign to a list()",
  ArrayPrototypeUnshift: "a setter of Array.prototype is handed the element: assign to a list()",
  ArrayPrototypeSplice: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ArrayPrototypeMap: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ArrayPrototypeFilter: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ArrayPrototypeConcat: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ArrayPrototypeFlat: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ArrayPrototypeFlatMap: "Array.prototype.constructor is handed the array: use a loop and a list()",
  ObjectEntries: "its arrays ask Array.prototype: use ObjectKeys and a loop",
  ObjectFromEntries: "it iterates, which asks Array.prototype: use a loop",
  ObjectAssign: "setters of Object.prototype are handed the values: spread into { __proto__: null }",
  PromisePrototypeThen: "Promise.prototype.constructor is handed the promise: use then() of own.js",
  PromisePrototypeCatch: "Promise.prototype.constructor is handed the promise: use then() of own.js",
  PromiseAll: "it asks Promise.resolve and Promise.prototype.then",
  PromiseRace: "it asks Promise.resolve and Promise.prototype.then",
  PromiseAny: "it asks Promise.resolve and Promise.prototype.then",
  TypedArrayPrototypeSubarray: "it asks for Symbol.species: make a view with new",
  TypedArrayPrototypeSlice: "it asks for Symbol.species: make a view with new",
};

// Not to be taken out of an object either.
const GETTERS = new Set(["byteLength", "byteOffset", "code", "message", "stack"]);

const GLOBALS = new Set(["undefined", "NaN", "Infinity", "arguments", "globalThis"]);

// The faults in a file: [{ line, rule, why }].
export function faultsOf(ts, name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const faults = [], declared = new Set(), isolated = new Set();
  const lines = text.split("\n");
  const lineOf = (node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line;
  const is = (node, kind) => node !== undefined && node.kind === ts.SyntaxKind[kind];

  function fault(node, rule, why) {
    const isExcused = (around) => lines[lineOf(around) - 1]?.trim().startsWith("// reach: ");
    for (let around = node; around !== file; around = around.parent) if (isExcused(around)) return;
    faults.push({ line: lineOf(node) + 1, rule, why });
  }

  const isDeclaration = (node) => {
    const { parent } = node;
    return (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)
      || ts.isFunctionDeclaration(parent) || ts.isFunctionExpression(parent) || ts.isClassDeclaration(parent)
      || ts.isClassExpression(parent) || ts.isImportSpecifier(parent) || ts.isImportClause(parent)
      || ts.isNamespaceImport(parent)) && parent.name === node;
  };
  const isReference = (node) => {
    const { parent } = node;
    if (isDeclaration(node)) return false;
    if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
    if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
    if (ts.isBindingElement(parent)) return parent.initializer === node;
    return !(ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isGetAccessor(parent)
      || ts.isSetAccessor(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)
      || ts.isLabeledStatement(parent) || ts.isBreakStatement(parent) || ts.isContinueStatement(parent)
      || ts.isMetaProperty(parent));
  };

  (function declare(node) {
    if (ts.isIdentifier(node) && isDeclaration(node)) declared.add(node.text);
    if (ts.isCallExpression(node) && node.expression.getText(file) === "isolate") {
      isolated.add(node.arguments[0].getText(file));
    }
    ts.forEachChild(node, declare);
  })(file);

  // What is called on, without `?.` and `!`.
  const isOwn = (receiver) => {
    const base = (ts.isPropertyAccessExpression(receiver) ? receiver.name : receiver).getText(file);
    // Tables of constants, and what a property is.
    return OWN_RECEIVERS.has(base) || /^[A-Z][A-Z_]+\b/.test(base) || /GetOwnPropertyDescriptor\(/.test(base);
  };

  // Whether the node is an argument of a call of one of these functions.
  const isGivenTo = (node, ...names) =>
    ts.isCallExpression(node.parent) && node.parent.expression !== node
    && names.includes(node.parent.expression.getText(file));
  const isShown = (node) =>
    /\/\* the script's \*\/\s*$/.test(text.slice(Math.max(0, node.getStart(file) - 40), node.getStart(file)));

  const checks = {
    __proto__: null,
    ForOfStatement: (node) => fault(node, "iteration", "for…of asks Symbol.iterator: use an index"),
    ArrayBindingPattern: (node) => fault(node, "iteration", "[a, b] = … asks Symbol.iterator: use { 0: a, 1: b }"),
    SpreadElement: (node) =>
      fault(node, "iteration", "...x asks Symbol.iterator: use ReflectApply, or a loop and a list()"),
    RegularExpressionLiteral: (node) =>
      fault(node, "regexp", "a RegExp asks RegExp.prototype: use SafeRegExp, or functions of strings"),
    ObjectLiteralExpression(node) {
      const isNull = (property) => ts.isPropertyAssignment(property) && property.name.getText(file) === "__proto__";
      if (isAssigned(node) || node.properties.some(isNull) || isShown(node)) return;
      fault(node, "prototype", "an object has __proto__: null, or /* the script's */ stands before it");
    },
    ArrayLiteralExpression(node) {
      if (isAssigned(node)) fault(node, "iteration", "[a, b] = … asks Symbol.iterator: use { 0: a, 1: b }");
      else if (node.elements.length === 0 && !isGivenTo(node, "ReflectApply") && !isShown(node)) {
        fault(node, "prototype", "what is put into [] is put through Array.prototype: use list()");
      }
    },
    Identifier(node) {
      const { text } = node;
      if (!isReference(node)) return;
      if (ASKING[text] !== undefined) fault(node, "asking", `${text}: ${ASKING[text]}`);
      else if (!declared.has(text) && !GLOBALS.has(text)) {
        fault(node, "global", `${text} is the script's to change: take it from primordials`);
      }
    },
    PropertyAccessExpression(node) {
      if (!ts.isPrivateIdentifier(node.name) && builtins.has(node.name.text) && !isOwn(node.expression)) {
        fault(node.name, "builtin", `.${node.name.text} is the script's to change: use a primordial`);
      }
    },
    BindingElement(node) {
      const name = (node.propertyName ?? node.name).getText(file),
        from = node.parent.parent.initializer?.getText(file) ?? "";
      if (GETTERS.has(name) && !from.startsWith("{ __proto__: null")) {
        fault(node, "builtin", `${name} is the script's to change: use a primordial, or what errors.js has`);
      }
    },
    BinaryExpression(node) {
      if (is(node.operatorToken, "InstanceOfKeyword")) {
        fault(node, "builtin", "instanceof asks Symbol.hasInstance: use ObjectPrototypeIsPrototypeOf");
      }
      if (is(node.operatorToken, "InKeyword") && !ts.isPrivateIdentifier(node.left)) {
        fault(node, "builtin", "`in` asks the prototype: use ObjectHasOwn");
      }
    },
    AwaitExpression(node) {
      if (!(ts.isCallExpression(node.expression) && node.expression.expression.getText(file) === "own")) {
        fault(node, "await", "await asks Promise.prototype.constructor, and then `then`: await own(promise)");
      }
    },
    ClassDeclaration(node) {
      if (!isolated.has(node.name.text)) {
        fault(node, "class", `${node.name.text} inherits from Object.prototype: isolate(${node.name.text})`);
      }
    },
  };

  // A literal on the left of `=`.
  const isAssigned = (node) =>
    ts.isBinaryExpression(node.parent) && node.parent.left === node && is(node.parent.operatorToken, "EqualsToken");

  (function visit(node) {
    checks[ts.SyntaxKind[node.kind]]?.(node);
    ts.forEachChild(node, visit);
  })(file);
  return faults;
}
