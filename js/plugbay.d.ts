// What plugbay adds to the Deno namespace, and how it differs from Deno 1. The web platform and the file functions are
// those of Deno; see its own types.

declare namespace Deno {
  /** Bytes that an op takes without a copy. Not shared, not resizable, not detached. */
  type Bytes = ArrayBufferView<ArrayBuffer> | ArrayBuffer;

  /**
   * An op as a function. A zero-copy op takes {@linkcode Bytes} and gives a `Uint8Array`, or `undefined` when the answer is
   * empty; a JSON op takes one JSON value and then bytes, and gives a JSON value; a function of a WebAssembly module takes
   * and gives its own values. An op that answers later gives a Promise of the same.
   */
  // deno-lint-ignore no-explicit-any
  type Op = (...args: any[]) => any;

  interface Plugin extends Disposable {
    /** Its number in {@linkcode Deno.resources}. `+plugin` is the same. */
    readonly rid: number;
    /** Name its author gave it, or that of its file. */
    readonly name: string;
    /** Version its author gave it; may be empty. */
    readonly version: string;
    readonly kind: "native" | "wasm";
    /** Its ops, by name. */
    readonly ops: Record<string, Op>;
    /** The counters of its ops alone. */
    metrics(): Metrics;
    /**
     * Takes its ops out of the table and closes its resources. Calls that are under way go on.
     *
     * @throws {Deno.errors.BadResource} `ERR_PLUGIN_CLOSED` when it is closed already.
     */
    close(): void;
    /** Closes it unless it is closed: `using plugin = Deno.openPlugin(…)`. */
    [Symbol.dispose](): void;
    [Symbol.toPrimitive](hint: string): string | number;
  }

  interface OpenPluginOptions {
    /** What a WebAssembly module imports: `{ module: { name: value } }`. */
    imports?: WebAssembly.Imports;
  }

  /**
   * Opens a plugin: a dynamic library (needs `--allow-plugin`) or a WebAssembly module (needs leave to read the file),
   * whichever its bytes say. A path is taken from the working directory.
   *
   * @throws an error with one of the codes `ERR_PLUGIN_…`, `ERR_OP_…` or `ERR_WASM_…`; nothing of the plugin stays then.
   */
  function openPlugin(path: string | URL, options?: OpenPluginOptions): Plugin;

  /** Closes a resource: a plugin, what a plugin made, a file. */
  function close(resource: number | Plugin): void;

  /** Number and name of every open resource. */
  function resources(): Record<number, string>;

  /** The counters of Deno 1 over all ops that ever were, and a row for each that is open. */
  function metrics(): Metrics;

  interface Metrics {
    opsDispatched: number;
    opsDispatchedSync: number;
    opsDispatchedAsync: number;
    opsDispatchedAsyncUnref: number;
    opsCompleted: number;
    opsCompletedSync: number;
    opsCompletedAsync: number;
    opsCompletedAsyncUnref: number;
    /** Bytes in the first buffers of calls. */
    bytesSentControl: number;
    /** Bytes in the other buffers. */
    bytesSentData: number;
    /** Bytes in answers. */
    bytesReceived: number;
    ops: OpMetrics[];
  }

  interface OpMetrics {
    name: string;
    plugin: string;
    id: number;
    calls: number;
    /** Calls that are done, well or not. */
    completed: number;
    errors: number;
    inFlight: number;
    bytesSentControl: number;
    bytesSentData: number;
    bytesReceived: number;
    /** Nanoseconds, to two digits. */
    latency: Record<"count" | "min" | "mean" | "p50" | "p90" | "p99" | "p999" | "max", number>;
  }

  namespace core {
    /** Name and id of every open op; of several with one name, the newest. Id 0 is `ops`. */
    function ops(): Record<string, number>;
    /**
     * Calls an op by its id. An op that answers later gives a Promise, or calls its handler and gives `undefined`. A JSON op
     * takes JSON text first and gives JSON text: `{"ok": value}` or `{"err": message, "class": …, "code": …}`.
     */
    function dispatch(id: number, ...buffers: Bytes[]): Uint8Array | undefined | Promise<Uint8Array | undefined>;
    /** Has an op that answers later call this function, for calls by `dispatch`. */
    function setAsyncHandler(id: number, handler: (answer: Uint8Array | undefined) => void): void;
    /** Calls a JSON op by its name, as in Deno 1.8. */
    function jsonOpSync(name: string, value?: unknown, ...buffers: Bytes[]): unknown;
    /** Calls a JSON op by its name, as in Deno 1.8. */
    function jsonOpAsync(name: string, value?: unknown, ...buffers: Bytes[]): Promise<unknown>;
    /** UTF-8 bytes of a text. */
    function encode(text: string): Uint8Array;
    /** Text of UTF-8 bytes. */
    function decode(bytes: Uint8Array): string;
    /** Writes a text, without a line break, to standard output or error. */
    function print(text: string, toStandardError?: boolean): void;
  }
}
