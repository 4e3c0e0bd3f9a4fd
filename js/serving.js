// Answers the requests that a server hands to this isolate: loaded when the first handler is opened. A handler is an
// open plugin that answers requests, or a module of the script's that exports `fetch`.

import { core, primordials } from "ext:core/mod.js";
import { op_http_ended, op_http_read, op_http_refuse, op_http_respond } from "ext:core/ops";
import { noCommand, noFetch, noHandler, noReceiver, noRedis } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { isolate, list, own, ownOf, setOwn, then, thenOfScript } from "ext:plugbay/own.js";
import { told } from "ext:plugbay/thrown.js";
import { Gathered } from "ext:plugbay/views.js";
const {
  Error,
  JSONParse,
  Promise,
  ReflectApply,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  TypeError,
  decodeURIComponent,
} = primordials;
const { setExitHandler } = core.loadExtScript("ext:deno_os/30_os.js");

// What takes a Request and gives a Response. Components do without: it brings all of fetch's scripts.
const loadFetch = onDemand("ext:plugbay/serving_fetch.js");
// What modules have, and components have otherwise.
const loadMounts = onDemand("ext:plugbay/mounts.js");
const loadServices = onDemand("ext:plugbay/services.js");

// Each takes a request of the server's and promises that it is done with it, or is done when it returns nothing.
const handlers = list();

// Opens the plugin of a handler; `plugins` has `open(path, options, grants)`, which gives what is known of it, and
// `close`.
export function openPlugin(number, plugins, path, options, grants) {
  const { guest, does: handle } = openFor("handle", noHandler, plugins, path, options, grants), { serve } = guest.world;
  if (serve !== undefined) {
    // It may go on when it has answered, and lets go of the request's body when it is done.
    handlers[number] = (accepted) => serve(guest, accepted, () => pairsOf(accepted.headers), respond);
    return;
  }
  const { requestOf, respondLater } = loadFetch();
  handlers[number] = (accepted) => respondLater(accepted, handle(guest, requestOf(accepted), undefined, accepted));
}

// Opens a plugin whose world has what is asked of it by that name: gives its guest, and the function.
function openFor(what, lacking, plugins, path, options, grants) {
  const opened = plugins.open(path, JSONParse(options), grants), { name, guest } = opened, does = guest?.world[what];
  if (does === undefined) {
    plugins.close(opened);
    throw makeError(lacking, name);
  }
  return { __proto__: null, guest, does };
}

// Takes a command as a handler. Each run has arguments, variables and input of its own, and so a plugin of its own: its
// module is compiled once.
export function openCommand(number, plugins, path, options, granted) {
  const forRequest = (output, id) =>
    typeof output === "object" && id !== null ? { __proto__: null, ...output, request: id } : output;
  // A run has an instance to itself anyway.
  const common = { __proto__: null, ...JSONParse(options), stateless: false, pool: 0 };
  const grants = { __proto__: null, ...granted, sharesServices: true };
  const first = plugins.open(path, common, grants), { name } = first;
  const isCommand = first.guest?.world.run !== undefined;
  plugins.close(first);
  if (!isCommand) throw makeError(noCommand, name);
  handlers[number] = async (accepted) => {
    const { arguments: args, environment } = { __proto__: null, ...JSONParse(accepted.command) };
    const stdin = await own(readAll(accepted.body));
    const wasi = {
      __proto__: null,
      ...common.wasi,
      args,
      env: { __proto__: null, ...common.wasi.env, ...environment },
      stdin: stdin.bytes,
      stdout: "piped",
      stderr: forRequest(common.wasi?.stderr, accepted.id),
    };
    const opened = plugins.open(path, { __proto__: null, ...common, wasi }, grants);
    try {
      const { guest } = opened, answer = guest.world.run(guest);
      const ended = core.isPromise(answer) ? await own(answer) : answer, exitCode = ownOf(ended, "code");
      if (exitCode !== 0) throw new Error(`the command has ended with code ${exitCode}`);
      respond(accepted, 200, list(), ownOf(ended, "stdout"), false);
    } finally {
      plugins.close(opened);
      letGo(accepted);
    }
  };
}

// Takes a plugin for the messages of a channel: each is the body of a request.
export function openReceiver(number, plugins, path, options, grants) {
  const { guest, does: receive } = openFor("receive", noReceiver, plugins, path, options, grants);
  handlers[number] = async (accepted) => {
    const { bytes } = await own(readAll(accepted.body));
    await own(new Promise((take) => take(receive(guest, bytes, accepted.id))));
    respond(accepted, 204, list(), null, false);
    letGo(accepted);
  };
}

// Modules of handlers end nothing but themselves, and what is relative to the directory of the process is the host's.
export function keepRunning() {
  // reach: no module has run
  setOwn(globalThis.Deno, "chdir", () => {
    throw new Error("Deno.chdir() would change the directory of the whole server: use absolute paths");
  });
  setExitHandler((code) => {
    throw new Error(`Deno.exit(${code}) ends no server: throw an error`);
  });
  loadFetch();
}

// Takes the handler of a module: `export default { fetch(request, env, context) }`, or `export function fetch`; for the
// messages of a channel `redis(message, env, context)`. `files` has the directories of the component, by its names for
// them, in JSON.
export function openModule(number, name, exports, files, takesMessages) {
  const wanted = takesMessages ? "redis" : "fetch";
  const made = ownOf(exports, "default"), holder = ownOf(made, wanted) === undefined ? exports : made;
  const called = ownOf(holder, wanted);
  if (typeof called !== "function") throw makeError(takesMessages ? noRedis : noFetch, name);
  const path = loadMounts().pathsIn({ __proto__: null, ...JSONParse(files) });
  const ofRequest = loadServices().ofRequests(path), { requestOf, respondBy } = loadFetch();
  handlers[number] = (accepted) => {
    const work = new Work(accepted, ofRequest());
    const call = (given) => ReflectApply(called, holder, [given, work.env, work.context]);
    let left;
    try {
      left = takesMessages ? byMessage(accepted, call) : respondBy(accepted, call(requestOf(accepted)));
    } catch (error) {
      refuse(accepted, error);
    }
    return work.end(left);
  };
}

// What a module does for a request, which may go on when that is answered.
class Work {
  #accepted;
  #services;
  // Made when something is added.
  #waiting;
  #failures;
  #isOver = false;
  constructor(accepted, services) {
    this.#accepted = accepted;
    this.#services = services;
    this.env = services.env;
    this.context = /* the script's */ { waitUntil: (promise) => this.#add(promise) };
  }

  #add(promise) {
    // What it fails with then is like any other failure that nobody waits for.
    if (this.#isOver) return;
    this.#waiting ??= list();
    this.#waiting[this.#waiting.length] = then(promised(promise), () => {}, (error) => {
      this.#failures ??= list();
      this.#failures[this.#failures.length] = error;
    });
  }

  // Lets go of what it has, if nothing is left to do; else promises that. `left` is a promise of the answer, if that is
  // not there.
  end(left) {
    if (left !== undefined || this.#waiting !== undefined) return this.#endLater(left);
    this.#letGo();
    return undefined;
  }

  async #endLater(left) {
    try {
      if (left !== undefined) await own(left);
    } catch (error) {
      refuse(this.#accepted, error);
    } finally {
      // More may come meanwhile.
      for (let i = 0; i < this.#waiting?.length; i++) await own(this.#waiting[i]);
      for (let i = 0; i < this.#failures?.length; i++) refuse(this.#accepted, this.#failures[i]);
      this.#letGo();
    }
  }

  #letGo() {
    this.#isOver = true;
    this.#services.end();
    letGo(this.#accepted);
  }
}
isolate(Work);

// Promises what a script gave, which may be a promise itself.
export const promised = (given) =>
  new Promise((resolve, reject) => {
    if (core.isPromise(given)) thenOfScript(given, resolve, reject);
    else resolve(given);
  });

// A request that a handler has begun with. `headers` is a text of lines, names and values in turn; `body` is null where
// there is none.
class Accepted {
  constructor(exchange, handler, method, url, headers, id, body, depth, command) {
    this.exchange = exchange;
    this.handler = handler;
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.id = id;
    this.body = body;
    this.depth = depth;
    this.command = command;
  }
}
isolate(Accepted);

// Has a handler begin with a request (runtime/src/script_serving.rs).
export function begin(exchange, handler, method, url, headers, id, body, depth, command) {
  const accepted = new Accepted(exchange, handler, method, url, headers, id, body, depth, command);
  let handling;
  try {
    handling = handle(accepted);
  } catch (error) {
    refuse(accepted, error);
    letGo(accepted);
  }
  if (handling === undefined) {
    op_http_ended(exchange);
    return;
  }
  const isDone = () => op_http_ended(exchange);
  then(ended(accepted, handling), isDone, isDone);
}

// Answers a request; gives what its body is written to, if it is written later.
export function respond({ exchange }, status, headers, bytes, isWrittenLater) {
  return op_http_respond(exchange, status, textOf(headers), bytes, isWrittenLater);
}

// Headers as ops take them.
export function textOf(headers) {
  let text = "";
  for (let i = 0; i < headers.length; i++) text += `${headers[i][0]}\n${headers[i][1]}\n`;
  return text;
}

// Whatever the handler asks for says how many requests it has behind it, and what this one is called
// (runtime/http/src/caller.rs).
function handle(accepted) {
  const before = core.getAsyncContext();
  core.setAsyncContext(list([accepted.depth, accepted.id]));
  try {
    return handlers[accepted.handler](accepted);
  } finally {
    core.setAsyncContext(before);
  }
}

async function ended(accepted, handling) {
  try {
    await own(handling);
  } catch (error) {
    refuse(accepted, error);
    letGo(accepted);
  }
}

// Of a request that is answered the log has what went wrong afterwards.
function refuse({ exchange }, error) {
  const known = told(error);
  const isScripts = known.code === "" && core.isNativeError(error);
  const message = isScripts ? `${known.name}: ${known.message}${placeOf(error)}` : known.message;
  op_http_refuse(exchange, known.code, message);
}

// Where an error of a script's came from.
function placeOf(error) {
  const frames = ownOf(core.destructureError(error), "frames");
  for (let i = 0; i < frames.length; i++) {
    const file = ownOf(frames[i], "fileName");
    if (typeof file !== "string" || StringPrototypeStartsWith(file, "ext:")) continue;
    return ` (${file}:${ownOf(frames[i], "lineNumber")}:${ownOf(frames[i], "columnNumber")})`;
  }
  return "";
}

// Of a body that nobody reads any more.
function letGo({ body }) {
  if (body !== null) core.tryClose(body);
}

// A message is the body of a request, whose path names its channel.
async function byMessage(accepted, handle) {
  const { bytes } = await own(readAll(accepted.body));
  const message = /* the script's */ {
    channel: decodeURIComponent(StringPrototypeSlice(pathOf(accepted.url), 1)),
    payload: bytes,
    text: () => core.decode(bytes),
  };
  await own(promised(handle(message)));
  respond(accepted, 204, list(), null, false);
}

// All of a body, as { bytes }: bytes by themselves would be asked for a `then`.
async function readAll(body) {
  const gathered = new Gathered(0);
  while (body !== null) {
    const { bytes, failure } = { __proto__: null, ...await own(op_http_read(body)) };
    if (failure !== undefined) throw new TypeError(ownOf(failure, "message"));
    if (bytes === undefined) break;
    gathered.append(bytes);
  }
  return { __proto__: null, bytes: gathered.all() };
}

// What a URL has from the slash after its authority on.
const pathOf = (url) =>
  StringPrototypeSlice(url, StringPrototypeIndexOf(url, "/", StringPrototypeIndexOf(url, "//") + 2));

// Headers as ops give them.
export function pairsOf(text) {
  const pairs = list();
  for (let begin = 0; begin < text.length;) {
    const middle = StringPrototypeIndexOf(text, "\n", begin), end = StringPrototypeIndexOf(text, "\n", middle + 1);
    const name = StringPrototypeSlice(text, begin, middle), value = StringPrototypeSlice(text, middle + 1, end);
    pairs[pairs.length] = [name, value];
    begin = end + 1;
  }
  return pairs;
}
