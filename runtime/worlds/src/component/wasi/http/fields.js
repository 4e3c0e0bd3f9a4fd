// wasi:http's fields: headers and trailers. A value is bytes; here it is text with a character for each byte, as
// fetch's headers have it.

import { primordials } from "ext:core/mod.js";
import { op_http_connection_headers } from "ext:core/ops";
import { arrayOf, isolate, list } from "ext:plugbay/own.js";
import { unfit } from "ext:plugbay/worlds/component/values.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const {
  ArrayIsArray,
  StringPrototypeCharCodeAt,
  StringPrototypeToLowerCase,
  SymbolDispose,
  TypedArrayPrototypeGetLength,
} = primordials;

// They belong to the connection, or say what the host itself says.
const FORBIDDEN = { __proto__: null };
{
  const names = op_http_connection_headers();
  for (let i = 0; i < names.length; i++) FORBIDDEN[names[i]] = true;
}

// What an entry takes besides its text.
const COST = 128;

const headerError = (tag) => failure({ __proto__: null, tag });

// Whether there is something, and all characters are as wanted.
export function isMadeOf(text, isWanted) {
  for (let i = 0; i < text.length; i++) if (!isWanted(StringPrototypeCharCodeAt(text, i))) return false;
  return text.length !== 0;
}
export const isDigit = (code) => code >= 0x30 && code <= 0x39;
export const isLetter = (code) => code >= 0x41 && code <= 0x5A || code >= 0x61 && code <= 0x7A;
// A token.
export const isName = (text) => isMadeOf(text, isTokenCharacter);

const TOKEN_SIGNS = list();
{
  const signs = "!#$%&'*+-.^_`|~";
  for (let i = 0; i < signs.length; i++) TOKEN_SIGNS[StringPrototypeCharCodeAt(signs, i)] = true;
}
function isTokenCharacter(code) {
  return isDigit(code) || isLetter(code) || TOKEN_SIGNS[code] === true;
}

function isValue(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (byte < 0x20 && byte !== 9 || byte === 0x7F) return false;
  }
  return true;
}

// One of fields; the name is in lower case.
class Entry {
  constructor(name, value) {
    this.name = name;
    this.value = value;
  }
}
isolate(Entry);

export class Fields {
  #system;
  #entries = list();
  #isFixed;

  constructor(system, entries = list(), isFixed = false) {
    this.#system = system;
    this.#isFixed = isFixed;
    for (let i = 0; i < entries.length; i++) this.#add(entries[i].name, entries[i].value);
  }
  static create(system) {
    return new Fields(system);
  }
  static fromList(system, entries) {
    const made = new Fields(system);
    if (!ArrayIsArray(entries)) throw unfit("an array", entries);
    for (let i = 0; i < entries.length; i++) made.append(entries[i][0], entries[i][1]);
    return made;
  }
  // What a guest gives away, or lends, as entries.
  static entriesOf(fields) {
    check((value) => #entries in value, fields, "fields of the host's");
    return fields.#entries;
  }
  // The same, of which the guest has nothing more: what the host holds for them is for the taker to release.
  static take(fields) {
    const entries = Fields.entriesOf(fields);
    fields.#entries = list();
    return entries;
  }

  has(name) {
    return this.#isThere(this.#known(name));
  }
  get(name) {
    const found = list(), wanted = StringPrototypeToLowerCase(name);
    for (let i = 0; i < this.#entries.length; i++) {
      const { name, value } = this.#entries[i];
      if (name === wanted) found[found.length] = this.#bytesOf(value);
    }
    return found;
  }
  set(name, values) {
    const key = this.#nameOf(name);
    for (let i = 0; i < values.length; i++) this.#check(values[i]);
    this.#remove(key);
    for (let i = 0; i < values.length; i++) this.#add(key, this.#textOf(values[i]));
  }
  delete(name) {
    this.#remove(this.#nameOf(name));
  }
  append(name, value) {
    const key = this.#nameOf(name);
    this.#check(value);
    this.#add(key, this.#textOf(value));
  }
  entries() {
    const given = list();
    for (let i = 0; i < this.#entries.length; i++) {
      const { name, value } = this.#entries[i];
      given[i] = [name, this.#bytesOf(value)];
    }
    return given;
  }
  clone() {
    return new Fields(this.#system, this.#entries);
  }
  [SymbolDispose]() {
    this.#system.release(costOfAll(this.#entries));
    this.#entries = list();
  }

  // ---- Within ----

  // A name that may be changed.
  #nameOf(name) {
    if (this.#isFixed) throw headerError("immutable");
    const key = this.#known(name);
    if (FORBIDDEN[key] === true) throw headerError("forbidden");
    return key;
  }
  #known(name) {
    if (!isName(name)) throw headerError("invalid-syntax");
    return StringPrototypeToLowerCase(name);
  }
  #isThere(key) {
    for (let i = 0; i < this.#entries.length; i++) if (this.#entries[i].name === key) return true;
    return false;
  }
  #check(value) {
    if (!isValue(value)) throw headerError("invalid-syntax");
  }
  #add(name, value) {
    const entry = new Entry(name, value);
    this.#system.hold(costOf(entry), "headers");
    this.#entries[this.#entries.length] = entry;
  }
  #remove(key) {
    const left = list();
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (entry.name !== key) left[left.length] = entry;
      else this.#system.release(costOf(entry));
    }
    this.#entries = left;
  }
  #textOf(bytes) {
    return this.#system.host.readLatin1(bytes, 0, TypedArrayPrototypeGetLength(bytes));
  }
  #bytesOf(text) {
    return this.#system.host.encodeLatin1(text);
  }
  static functions = { __proto__: null, create: this.create, fromList: this.fromList };
}
isolate(Fields);
seal(Fields);

const costOf = ({ name, value }) => COST + name.length + value.length;

// What the host holds for entries.
export function costOfAll(entries) {
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) bytes += costOf(entries[i]);
  return bytes;
}

// Entries as pairs of texts, for fetch and the client, and back: those that belong to the connection are left out.
export function pairsOf(entries) {
  const pairs = arrayOf(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { name, value } = entries[i];
    pairs[i] = [name, value];
  }
  return pairs;
}

export function entriesOf(pairs) {
  const entries = list();
  for (let i = 0; i < pairs.length; i++) {
    const name = StringPrototypeToLowerCase(pairs[i][0]);
    if (FORBIDDEN[name] !== true) entries[entries.length] = new Entry(name, pairs[i][1]);
  }
  return entries;
}

// The values of a field, of entries.
export function valuesOf(entries, wanted) {
  const values = list();
  for (let i = 0; i < entries.length; i++) {
    if (entries[i].name === wanted) values[values.length] = entries[i].value;
  }
  return values;
}
