// What an app's host offers its components (the crate plugbay_services), as the interfaces that Spin and WASI have for
// it: what a component was granted, by the number that Rust gave it. Loaded when the first such component is opened.
//
// Functions of interfaces are called with the services of the instance first; classes are those of resources, and have
// their static functions in `functions`. All may have the guest wait.

import { core, primordials } from "ext:core/mod.js";
import { isolate, list, ownOf } from "ext:plugbay/own.js";
import * as absent from "ext:plugbay/providers/services/absent.js";
import * as keyValue from "ext:plugbay/providers/services/key_value.js";
import * as postgres from "ext:plugbay/providers/services/postgres.js";
import * as redis from "ext:plugbay/providers/services/redis.js";
import * as sqlite from "ext:plugbay/providers/services/sqlite.js";
import * as variables from "ext:plugbay/providers/services/variables.js";
import * as wasiKeyValue from "ext:plugbay/providers/services/wasi_keyvalue.js";
import { Holdings } from "ext:plugbay/worlds/component/holdings.js";
const { StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit } = primordials;

// By package, name and what of the version says that it is compatible. Those of Spin 1 have no version.
const INTERFACES = {
  __proto__: null,
  "fermyon:spin/config": variables.ofSpin1,
  "fermyon:spin/key-value": keyValue.ofSpin1,
  "fermyon:spin/key-value@2": keyValue.ofSpin2,
  "fermyon:spin/llm": absent.llm,
  "fermyon:spin/llm@2": absent.llm,
  "fermyon:spin/mqtt@2": absent.mqtt,
  "fermyon:spin/mysql": absent.mysqlOfSpin1,
  "fermyon:spin/mysql@2": absent.mysql,
  "fermyon:spin/postgres": postgres.ofSpin1,
  "fermyon:spin/postgres@2": postgres.ofSpin2,
  "fermyon:spin/redis": redis.ofSpin1,
  "fermyon:spin/redis@2": redis.ofSpin2,
  "fermyon:spin/sqlite": sqlite.ofSpin1,
  "fermyon:spin/sqlite@2": sqlite.ofSpin2,
  "fermyon:spin/variables@2": variables.ofSpin2,
  "spin:postgres/postgres@3": postgres.ofSpin3,
  "spin:postgres/postgres@4": absent.postgres,
  "spin:sqlite/sqlite@3": sqlite.ofSpin2,
  "wasi:config/store@0.2": variables.ofWasi,
  "wasi:keyvalue/atomics@0.2": wasiKeyValue.atomics,
  "wasi:keyvalue/batch@0.2": wasiKeyValue.batch,
  "wasi:keyvalue/store@0.2": wasiKeyValue.store,
};

// The interface that a component imports under a name of WIT, if there is one.
export function interfaceOf({ package: of, interface: name, version }) {
  const suffix = typeof version === "string" ? `@${compatible(version)}` : "";
  return ownOf(INTERFACES, `${of}/${name}${suffix}`);
}

// Versions with the same of this have what the others have, as in Cargo: 2 of 2.0.0, 0.2 of 0.2.0-draft2.
function compatible(version) {
  const dash = StringPrototypeIndexOf(version, "-");
  const numbers = StringPrototypeSplit(dash === -1 ? version : StringPrototypeSlice(version, 0, dash), ".");
  return numbers[0] === "0" ? `0.${numbers[1]}` : numbers[0];
}

// The most that an instance has open of one kind.
const MOST = 256;

// What an instance has of services.
export class Services extends Holdings {
  #guest;
  // What it knows by numbers, as Spin 1 has it, from 1.
  #numbered = list([undefined]);
  // Connections by the addresses of servers, as Spin 1 has them.
  postgresServers = { __proto__: null };
  redisServers = { __proto__: null };

  // `rid` is the number of what the component was granted.
  constructor(guest, rid) {
    super(guest);
    this.#guest = guest;
    this.rid = rid;
  }

  // Whether one more resource may be open.
  hasRoom() {
    return this.countOpen() < MOST;
  }

  // The number of what is opened; nothing where there are too many.
  admit(opened) {
    const { length } = this.#numbered;
    let number = 1;
    while (number < length && this.#numbered[number] !== undefined) number++;
    if (number > MOST) return undefined;
    this.#numbered[number] = opened;
    return number;
  }
  opened(number) {
    return number < this.#numbered.length ? this.#numbered[number] : undefined;
  }
  dismiss(number) {
    const opened = this.opened(number);
    if (opened !== undefined) this.#numbered[number] = undefined;
    return opened;
  }

  // Says why something was refused, where the guest cannot be told.
  log(message) {
    this.#guest.log(1, message);
  }
}
isolate(Services);

export const SERVICES = "plugbay:services";

// Gives each instance its own view of what the component was granted.
export class ServicesProvider {
  module = SERVICES;
  #rid;
  #isShared;
  // Others may have the number besides: then it is not closed with the plugin.
  constructor(rid, isShared) {
    this.#rid = rid;
    this.#isShared = isShared;
  }
  provide(guest) {
    const open = () => new Services(guest, this.#rid);
    return {
      __proto__: null,
      imports: { __proto__: null },
      services: open(),
      reset() {
        this.services.stop();
        this.services = open();
      },
      stop() {
        this.services.stop();
      },
    };
  }
  // The plugin is closed.
  close() {
    if (!this.#isShared) core.tryClose(this.#rid);
  }
}
isolate(ServicesProvider);
