// Interfaces of Spin whose services plugbay does not have: a component that imports them is opened, and each call
// answers with the interface's own error.

import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";

const refuse = (what, errorOf) => (services) => {
  const message = `plugbay has no ${what} for components`;
  services.log(message);
  throw failure(errorOf(message));
};

const errorAs = (tag) => (message) => ({ __proto__: null, tag, val: message });

// `open` fails: its methods are named, and nobody has what would be called.
const connections = (what, methods) => ({
  __proto__: null,
  Connection: {
    __proto__: null,
    prototype: methods,
    functions: { __proto__: null, open: refuse(what, errorAs("other")) },
  },
});

const never = () => undefined;
const DATABASE = { __proto__: null, execute: never, query: never };
export const mqtt = connections("MQTT", { __proto__: null, publish: never });
export const mysql = connections("MySQL", DATABASE);
export const postgres = connections("PostgreSQL", DATABASE);

const noModel = refuse("language models", errorAs("runtime-error"));
export const llm = { __proto__: null, infer: noModel, generateEmbeddings: noModel };

const noMysql = refuse("MySQL", errorAs("other-error"));
export const mysqlOfSpin1 = { __proto__: null, execute: noMysql, query: noMysql };
