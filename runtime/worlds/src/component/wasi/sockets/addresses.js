// Addresses, as wasi:sockets has them and as the host takes and gives them: numbers, which are the port, the flow info,
// the scope, and the 4 or 8 parts of the address.

import { append, list } from "ext:plugbay/own.js";

const IPV4_LENGTH = 4, PARTS_AT = 3;

export function numbersOf({ tag, val }) {
  const numbers = tag === "ipv4" ? list([val.port, 0, 0]) : list([val.port, val.flowInfo, val.scopeId]);
  append(numbers, val.address);
  return numbers;
}

export function socketAddressOf(numbers) {
  const { tag, val: address } = addressOf(numbers), port = numbers[0];
  return tag === "ipv4"
    ? { __proto__: null, tag, val: { __proto__: null, port, address } }
    : { __proto__: null, tag, val: { __proto__: null, port, flowInfo: numbers[1], address, scopeId: numbers[2] } };
}

// Without the port.
export function addressOf(numbers) {
  const parts = list();
  for (let i = PARTS_AT; i < numbers.length; i++) parts[parts.length] = numbers[i];
  return { __proto__: null, tag: parts.length === IPV4_LENGTH ? "ipv4" : "ipv6", val: parts };
}
