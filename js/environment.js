// Deno.env of a program that was given variables of its own: there is nothing of the process's in it.

import { core } from "ext:core/mod.js";
import { ownOf } from "ext:plugbay/own.js";
const { NotCapable } = core;

export function environmentOf(variables) {
  const refuse = () => {
    throw new NotCapable("Deno.env cannot be changed here: it has what the program was given");
  };
  return /* the script's */ {
    get: (name) => ownOf(variables, `${name}`),
    has: (name) => ownOf(variables, `${name}`) !== undefined,
    set: refuse,
    delete: refuse,
    toObject: () => (/* the script's */ { ...variables }),
  };
}
