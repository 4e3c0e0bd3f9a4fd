// The Deno namespace of plugbay: plugins and ops, and the functions for files and processes that are Deno's. The web
// platform is that of lib.dom.d.ts, as far as plugbay has it.

declare namespace Deno {
  /** Bytes that an op takes without a copy. Not shared, not resizable, not detached. */
  type Bytes = ArrayBufferView<ArrayBuffer> | ArrayBuffer;

  /**
   * What may be passed where a plugin wants a `T`, which is how the same value is given back: a BigInt for a number, a
   * typed array, a buffer or a Set for an Array, a Map for an object, whatever has a `toJSON` that gives a `T`; what
   * may be `null` may be left out.
   */
  type Argument<T> = unknown extends T ? unknown : Forms<T> | { toJSON(): T };
  type Forms<T> = T extends readonly unknown[]
    ? Elements<T> | SetOf<T[number]> | (number extends T[number] ? Bytes : never)
    : T extends number ? (number extends T ? number | bigint : T)
    : T extends object ? Properties<T> | MapOf<keyof T, T[keyof T]>
    : T;
  type Elements<T extends readonly unknown[]> = number extends T["length"] ? readonly Argument<T[number]>[] : Each<T>;
  type Each<T extends readonly unknown[]> = { readonly [I in keyof T]: Argument<T[I]> };
  type Properties<T> =
    & { [K in keyof T as null extends T[K] ? never : K]: Argument<T[K]> }
    & { [K in keyof T as null extends T[K] ? K : never]?: Argument<T[K]> };
  // Interfaces, because these are looked into only when they are needed: types refer to themselves.
  interface SetOf<T> extends ReadonlySet<Argument<T>> {}
  interface MapOf<K, V> extends ReadonlyMap<Key<K>, Argument<V>> {}
  /** Keys of objects are text, those of Maps what they are in Rust. */
  type Key<K> = K | (string extends K ? number | bigint : K extends "true" | "false" ? boolean : never);

  /** What may be passed where a component takes a list of numbers: `number`, or for those of 64 bits also `bigint`. */
  type Numbers<T extends number | bigint> = readonly T[] | ArrayLike<T> & ArrayBufferView;

  /**
   * An op as a function. A typed op takes and gives what its signature says: `plugbay types` writes that down. A
   * zero-copy op takes {@linkcode Bytes} and gives a `Uint8Array`, or `undefined` when the answer is empty; a JSON op
   * takes one value and then bytes, and gives a value; a function of a WebAssembly module takes and gives its own
   * values. An op that answers later gives a Promise of the same.
   */
  // deno-lint-ignore no-explicit-any
  type Op = (...args: any[]) => any;

  /** An open plugin. `Ops` are the types of its ops, as `plugbay types` writes them. */
  class Plugin<Ops = Record<string, Op>> implements Disposable {
    private constructor();
    /** Its number in {@linkcode Deno.resources}. `+plugin` is the same. */
    readonly rid: number;
    /** Name its author gave it, or that of its file. */
    readonly name: string;
    /** Version its author gave it; may be empty. */
    readonly version: string;
    readonly kind: "native" | "wasm";
    /** Its ops, by name. */
    readonly ops: Ops;
    /**
     * Zeroed bytes for ops to read and write again and again: they have one place in memory for good, and cannot be
     * detached. Those of a WebAssembly plugin lie in the guest's memory, where its ops take them without a copy, until
     * it is closed; they stay what they are when that memory grows.
     *
     * @param length 1 to 4294967295 bytes.
     */
    buffer(length: number): Uint8Array<ArrayBuffer>;
    /**
     * Runs a WASI command to its end, each time in a new instance: a module for preview 1, or a component that exports
     * `wasi:cli/run@0.2`. Of a component that may wait, as `wasi:io/poll` lets it, it gives a promise: `await` is right
     * for both. A component says with code 1 that it has failed, unless it exits with a code of its own.
     *
     * @throws {TypeError} `ERR_WASM_COMMAND` when the plugin is none, or runs already.
     */
    run<Result extends CommandResult | Promise<CommandResult> = CommandResult>(): Result;
    /**
     * Has a component that exports `wasi:http/incoming-handler` answer a request. Takes what `fetch` takes; the body of
     * the response is written while it is read.
     *
     * @throws {TypeError} `ERR_WASM_HANDLER` when the plugin is none; the promise is rejected with it when the
     * component answers nothing.
     */
    handle(input: Request | URL | string, init?: RequestInit): Promise<Response>;
    /**
     * What a plain WebAssembly module exports: memories, tables and globals, which are another instance's after a trap,
     * and functions. Those are the plugin's ops as functions of WebAssembly's own, for tables and for the imports of
     * other modules.
     */
    readonly exports:
      | Record<string, WebAssembly.Memory | WebAssembly.Table | WebAssembly.Global | ((...args: any[]) => any)>
      | undefined;
    /** The instance of a WebAssembly plugin. */
    readonly instance: InstanceState | undefined;
    /** The counters of its ops alone. */
    metrics(): Metrics;
    /**
     * Takes its ops out of the table and closes its resources. Calls of a native plugin that are under way go on; those
     * of a WebAssembly plugin are rejected.
     *
     * @throws {Deno.errors.BadResource} `ERR_PLUGIN_CLOSED` when it is closed already.
     */
    close(): void;
    /** Closes it unless it is closed: `using plugin = Deno.openPlugin(…)`. */
    [Symbol.dispose](): void;
    [Symbol.toPrimitive](hint: string): string | number;
  }

  /** How a command has ended, and what it wrote where `options.wasi` says "piped". */
  interface CommandResult {
    code: number;
    stdout?: Uint8Array;
    stderr?: Uint8Array;
  }

  /** What is known of a WebAssembly plugin's instance. */
  interface InstanceState {
    /** Whether there is one: the next call makes one where there is none. */
    isRunning: boolean;
    /** How many there were. */
    starts: number;
    /** Calls of ops that are not done. */
    calls: number;
    /** Bytes of its memory. */
    memory: number;
    /** Instances that are made ahead. */
    prepared: number;
    /** What ended the last one. */
    lastEnd: string | undefined;
  }

  /**
   * Plain objects, of these keys alone: another key, or a value of another type, is a `TypeError` or `RangeError` with
   * the code `ERR_PLUGIN_OPTIONS`. All but `integrity` are for WebAssembly plugins, and refused for a native one.
   */
  interface OpenPluginOptions {
    /**
     * The hash that the plugin's bytes must have: `sha256-`, `sha384-` or `sha512-` and the hash in base64. What is
     * loaded is those bytes. Of several, with spaces between them, those of the strongest algorithm count. Libraries
     * that a native plugin needs are not looked at.
     */
    integrity?: string;
    /**
     * What a module imports: `{ module: { name: value } }`. A `new WebAssembly.Suspending(function)` is waited for:
     * then all ops give Promises, and calls come one after the other. What a component imports goes by the names of
     * interfaces, `{ "ns:pkg/iface@1.2.3": { someFunction, SomeResource } }`, and functions of its world by their own;
     * of these async functions are waited for, too; `plugbay types` writes their types, as `Imports`.
     */
    imports?: object;
    /** What the plugin may use up. */
    limits?: {
      /** Milliseconds of a call, with all that it waits for: 10 000 unless told otherwise; 0 or Infinity is no end. */
      deadline?: number;
      /**
       * Calls within one another, of functions of the guest's that call: no end unless told otherwise (nor for 0 or
       * Infinity) but that of V8's stack, which the whole program shares. With it all calls take the slow path.
       */
      stack?: number;
      /** Pages of 64 KiB of its memory: 4096. */
      memory?: number;
      /** Elements of its table: 100 000. */
      table?: number;
      /** Bytes of the module: 64 MiB. */
      module?: number;
      /**
       * Calls of a stateless component that wait side by side, each in an instance of its own: 64. Further ones wait
       * until one is done.
       */
      instances?: number;
      /**
       * Bytes that the host holds for the plugin besides its memory and its module: for types, imports, exports, names,
       * and for the checks of these limits in its code, counted from what the module says, before there is anything of
       * it; and for its ops, its resources, what a call logs, and the plugins that it opens: 256 MiB.
       */
      host?: number;
      /**
       * MiB of V8's heap on each of its threads: 256, or what the program may have if that is less; 16 at least. For
       * `threads` alone. Objects of the garbage collection proposal lie there. A call that fills it fails with
       * `ERR_HEAP_LIMIT`, and its thread ends; another takes its place.
       */
      heap?: number;
    };
    /**
     * What a module for WASI preview 1, or a component for WASI 0.2, is granted: nothing by default. Functions in
     * `imports.wasi_snapshot_preview1`, and interfaces such as `imports["wasi:cli/stdout"]`, go before the runtime's.
     * What the guest waits for ends with the deadline.
     */
    wasi?: {
      args?: string[];
      env?: Record<string, string>;
      stdin?: "null" | "inherit" | Uint8Array;
      /** A file is appended to, which the program needs leave to write; with `inherit` the program's own stream has it too. `log` is the name of the guest in the log, which has each line; `label` is what stands before each line elsewhere, with `request`, what the request is called that the guest is opened for. */
      stdout?: "null" | "inherit" | "piped" | {
        path?: string | URL;
        inherit?: boolean;
        log?: string;
        label?: string;
        request?: string;
      };
      stderr?: "null" | "inherit" | "piped" | {
        path?: string | URL;
        inherit?: boolean;
        log?: string;
        label?: string;
        request?: string;
      };
      /**
       * Folders by what the guest calls them. The program needs leave to read, or to write, what it passes on; for
       * files of the system's own, as in /proc and /dev, the leave that it would need to open them. No link that a
       * guest leaves leads out of its folder.
       */
      preopens?: Record<string, string | URL | { path: string | URL; write?: boolean }>;
      /**
       * Hosts that a component may make requests to, and connect to by sockets, as `--allow-net` takes them, or all
       * Hosts that a component may make requests to, and connect to by sockets, as `--allow-net` takes them, or all
       * default. The program needs leave to reach them.
       */
      net?: boolean | string[];
    };
    /**
     * Every call finds the state that the plugin's start left. Calls that overlap share one; those of components have
     * instances of their own.
     */
    stateless?: boolean;
    /** How many instances are kept ready, for when one ends. */
    pool?: number;
    /**
     * Runs the plugin on so many threads, each with an instance and a heap of its own: its ops give Promises. Without
     * imports. Modules that make objects of the garbage collection proposal (Kotlin, Dart, Java) need it. One thread
     * more is kept ready for when another ends.
     */
    threads?: number;
    /**
     * How many plugins the plugin may have open itself: none unless told otherwise. It opens WebAssembly modules whose
     * bytes it has, by the imports of "plugbay_plugins" (see the book, WebAssembly, Guests that open plugins); they
     * have its limits and no imports, and go with its instance.
     */
    plugins?: number;
    /** What a module goes by that is given as bytes or taken from the web. A file has its own name. */
    name?: string;
  }

  /**
   * Opens a plugin: a dynamic library (needs `--allow-plugin`) or a WebAssembly module (needs leave to read the file),
   * whichever its bytes say. A path is taken from the working directory; a `file:` URL will do as well, also as a
   * string, and so will the bytes of a module.
   *
   * @throws an error with one of the codes `ERR_PLUGIN_…`, `ERR_OP_…` or `ERR_WASM_…`; nothing of the plugin stays
   * then.
   */
  function openPlugin<Ops = Record<string, Op>>(
    path: string | URL | BufferSource,
    options?: OpenPluginOptions,
  ): Plugin<Ops>;

  /** A stream of bytes. */
  type ModuleStream = AsyncIterable<BufferSource> | Iterable<BufferSource>;
  /** An http or https URL, a stream, or what has one as its `body`, such as a `Response`. */
  type ModuleSource = string | URL | ModuleStream | { body: ModuleStream | null; ok?: boolean; status?: number };

  /**
   * Opens a WebAssembly plugin from the web (needs `--allow-net`), or from a stream of its bytes. The script goes on
   * while it is read, rewritten and compiled on other threads.
   *
   * @param options `threads` cannot go with it. `name` is what the plugin goes by, unless it says so itself: that of
   * the file otherwise. @throws as {@linkcode openPlugin}, and `ERR_PLUGIN_DOWNLOAD`: there is no such module, or no
   * way to it.
   */
  function openPluginStreaming<Ops = Record<string, Op>>(
    source: ModuleSource | Promise<ModuleSource>,
    options?: OpenPluginOptions,
  ): Promise<Plugin<Ops>>;

  /** Plugins by ids of the program's choice, which are opened, replaced and closed while it runs. */
  const plugins: {
    /**
     * Opens a plugin by its path, or takes one that is open and has no id, without options.
     *
     * @throws {Deno.errors.AlreadyExists} `ERR_PLUGIN_ID` when there is one with that id.
     */
    open<Ops = Record<string, Op>>(
      id: string | number,
      plugin: string | URL | Plugin<Ops>,
      options?: OpenPluginOptions,
    ): Plugin<Ops>;
    get<Ops = Record<string, Op>>(id: string | number): Plugin<Ops> | undefined;
    /**
     * Opens the new one first: if that fails, the old one stays. Calls of the old one that are under way go on if it is
     * native; those of a WebAssembly plugin are rejected.
     */
    replace<Ops = Record<string, Op>>(
      id: string | number,
      plugin: string | URL | Plugin<Ops>,
      options?: OpenPluginOptions,
    ): Plugin<Ops>;
    /** @throws {Deno.errors.NotFound} `ERR_PLUGIN_ID` when there is none with that id. */
    close(id: string | number): void;
    /** `path` is what the plugin was opened from: a path, a URL, or the name of bytes. */
    list(): {
      id: string;
      path: string;
      rid: number;
      name: string;
      version: string;
      kind: "native" | "wasm";
      instance?: InstanceState;
    }[];
  };

  /** Closes a resource: a plugin, what a plugin made, a file. */
  function close(resource: number | Plugin<unknown>): void;

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
    /** Bytes in the first buffers of calls, but for typed ops. */
    bytesSentControl: number;
    /** Bytes in the other buffers, and in all buffers of typed ops. Text and values do not count. */
    bytesSentData: number;
    /** Bytes in answers that are bytes, or by dispatch text. */
    bytesReceived: number;
    ops: OpMetrics[];
    /**
     * What is counted on the threads of plugins that were opened with `threads`: of each of them, and the sums of those
     * that have ended. A call is one above, with the time that it waits and crosses, and one here.
     */
    threads?: (Omit<Metrics, "threads"> & { plugin: string; hasEnded: boolean })[];
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
    /**
     * Nanoseconds, to two digits, of the `count` calls that were timed: all, but for typed ops that take about a
     * microsecond or less, of which it is one in 1024.
     */
    latency: Record<"count" | "min" | "mean" | "p50" | "p90" | "p99" | "p999" | "max", number>;
  }

  namespace core {
    /** Name and id of every open op; of several with one name, the newest. Id 0 is `ops`. */
    function ops(): Record<string, number>;
    /**
     * Calls an op by its id. An op that answers later gives a Promise, or calls its handler and gives `undefined`.
     *
     * A JSON op takes JSON text first and gives JSON text: `{"ok": value}` or
     * `{"err": message, "class": …, "code": …}`. A typed op takes its buffers in order; if it has other parameters, a
     * JSON array of their arguments comes first. It gives bytes and nothing as they are, anything else as JSON text,
     * and throws what the op throws. An integer that no JSON number holds is a string of digits.
     */
    function dispatch(id: number, ...buffers: Bytes[]): Uint8Array | undefined | Promise<Uint8Array | undefined>;
    /** Calls an op by its name, as {@linkcode dispatch} does by its id. */
    function dispatchByName(
      name: string,
      ...buffers: Bytes[]
    ): Uint8Array | undefined | Promise<Uint8Array | undefined>;
    /** As {@linkcode dispatch}; once there is a function of {@linkcode recv}, what would be a Promise goes to that. */
    function send(id: number, ...buffers: Bytes[]): Uint8Array | undefined | Promise<Uint8Array | undefined>;
    /** Has this function take the answers that come later, of calls by {@linkcode send} of ops without a handler, as in Deno 1.0. */
    function recv(callback: (id: number, answer: Uint8Array | undefined) => void): void;
    /** Has an op that answers later call this function, for calls by `dispatch`: those that are under way too. */
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

  /** What the program has granted the script of an app's services; nothing where it was granted none. */
  const services: Services | undefined;

  interface Services {
    readonly variables: {
      /** The value of one of the component's variables. */
      get(name: string): Promise<string>;
    };
    /** A key-value store that the manifest names in key_value_stores. */
    keyValue(name: string): KeyValue;
    /** A database that the manifest names in sqlite_databases, by a connection of the request's own. */
    sqlite(name: string): Sqlite;
  }

  interface KeyValue {
    get(key: string): Promise<Uint8Array | null>;
    getText(key: string): Promise<string | null>;
    set(key: string, value: string | Uint8Array): Promise<void>;
    delete(key: string): Promise<void>;
    has(key: string): Promise<boolean>;
    keys(): Promise<string[]>;
  }

  interface Sqlite {
    execute(statement: string, parameters?: SqlParameter[]): Promise<SqlResult>;
  }

  type SqlParameter = null | undefined | boolean | number | bigint | string | Uint8Array;
  type SqlValue = null | number | bigint | string | Uint8Array;

  interface SqlResult {
    columns: string[];
    rows: SqlValue[][];
    /** How many rows the statement has changed. */
    changes: number | bigint;
    lastInsertRowid: number | bigint;
  }

  /** What a module of an app is called by: `export default { fetch(request, env, context) } satisfies Deno.Handler`. */
  interface Handler {
    fetch(request: Request, env: HandlerEnv, context: HandlerContext): Response | Promise<Response>;
  }

  interface HandlerEnv extends Services {
    /** Where one of the component's files lies, for Deno.readFile and the like. */
    path(name: string): string;
  }

  interface HandlerContext {
    /** Has the request go on until the promise is settled, though it is answered. */
    waitUntil(promise: Promise<unknown>): void;
  }

  // What follows is Deno's own.

  const args: string[];
  const build: {
    readonly target: string;
    readonly arch: string;
    readonly os: string;
    readonly vendor: string;
    readonly env?: string;
  };
  const env: {
    get(key: string): string | undefined;
    set(key: string, value: string): void;
    delete(key: string): void;
    has(key: string): boolean;
    toObject(): Record<string, string>;
  };
  const errors: Record<
    | "AddrInUse"
    | "AddrNotAvailable"
    | "AlreadyExists"
    | "BadResource"
    | "BrokenPipe"
    | "Busy"
    | "ConnectionAborted"
    | "ConnectionRefused"
    | "ConnectionReset"
    | "FilesystemLoop"
    | "Http"
    | "Interrupted"
    | "InvalidData"
    | "IsADirectory"
    | "NetworkUnreachable"
    | "NotADirectory"
    | "NotCapable"
    | "NotConnected"
    | "NotFound"
    | "NotSupported"
    | "PermissionDenied"
    | "TimedOut"
    | "UnexpectedEof"
    | "WouldBlock"
    | "WriteZero",
    ErrorConstructor
  >;
  const pid: number;
  /** Bytes of memory: of the whole process, of V8's heap and what is used of it, and of what V8's objects hold outside of it. */
  function memoryUsage(): { rss: number; heapTotal: number; heapUsed: number; external: number };
  const version: { readonly plugbay: string; readonly v8: string };
  function exit(code?: number): never;
  /** What the program ends with, unless `exit` says otherwise or an error ends it: 0 at first. */
  var exitCode: number;

  /** The program's standard input. */
  const stdin: {
    readonly rid: 0;
    read(bytes: Uint8Array): Promise<number | null>;
    readSync(bytes: Uint8Array): number | null;
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    isTerminal(): boolean;
    close(): void;
  };
  /** The program's standard output. */
  const stdout: StandardOutput;
  /** The program's standard error. */
  const stderr: StandardOutput;
  interface StandardOutput {
    readonly rid: number;
    write(bytes: Uint8Array): Promise<number>;
    writeSync(bytes: Uint8Array): number;
    readonly writable: WritableStream<Uint8Array>;
    isTerminal(): boolean;
    close(): void;
  }

  function inspect(value: unknown, options?: object): string;

  interface FileInfo {
    isFile: boolean;
    isDirectory: boolean;
    isSymlink: boolean;
    size: number;
    mtime: Date | null;
    atime: Date | null;
    birthtime: Date | null;
    ctime: Date | null;
    dev: number;
    ino: number | null;
    mode: number | null;
    nlink: number | null;
    uid: number | null;
    gid: number | null;
    rdev: number | null;
    blksize: number | null;
    blocks: number | null;
    isBlockDevice: boolean | null;
    isCharDevice: boolean | null;
    isFifo: boolean | null;
    isSocket: boolean | null;
  }
  interface DirEntry {
    name: string;
    isFile: boolean;
    isDirectory: boolean;
    isSymlink: boolean;
  }
  interface ReadFileOptions {
    signal?: AbortSignal;
  }
  interface WriteFileOptions extends ReadFileOptions {
    append?: boolean;
    create?: boolean;
    createNew?: boolean;
    mode?: number;
  }
  interface MkdirOptions {
    recursive?: boolean;
    mode?: number;
  }
  interface MakeTempOptions {
    dir?: string;
    prefix?: string;
    suffix?: string;
  }

  interface OpenOptions {
    read?: boolean;
    write?: boolean;
    append?: boolean;
    truncate?: boolean;
    create?: boolean;
    createNew?: boolean;
    mode?: number;
  }
  class FsFile implements Disposable {
    read(bytes: Uint8Array): Promise<number | null>;
    readSync(bytes: Uint8Array): number | null;
    write(bytes: Uint8Array): Promise<number>;
    writeSync(bytes: Uint8Array): number;
    seek(offset: number | bigint, whence: 0 | 1 | 2): Promise<number>;
    seekSync(offset: number | bigint, whence: 0 | 1 | 2): number;
    stat(): Promise<FileInfo>;
    statSync(): FileInfo;
    truncate(length?: number): Promise<void>;
    truncateSync(length?: number): void;
    sync(): Promise<void>;
    syncSync(): void;
    syncData(): Promise<void>;
    syncDataSync(): void;
    utime(accessed: number | Date, modified: number | Date): Promise<void>;
    utimeSync(accessed: number | Date, modified: number | Date): void;
    lock(exclusive?: boolean): Promise<void>;
    lockSync(exclusive?: boolean): void;
    tryLock(exclusive?: boolean): Promise<boolean>;
    tryLockSync(exclusive?: boolean): boolean;
    unlock(): Promise<void>;
    unlockSync(): void;
    isTerminal(): boolean;
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array>;
    close(): void;
    [Symbol.dispose](): void;
  }

  function chdir(path: string | URL): void;
  function chmod(path: string | URL, mode: number): Promise<void>;
  function chmodSync(path: string | URL, mode: number): void;
  function create(path: string | URL): Promise<FsFile>;
  function createSync(path: string | URL): FsFile;
  function link(from: string, to: string): Promise<void>;
  function linkSync(from: string, to: string): void;
  function open(path: string | URL, options?: OpenOptions): Promise<FsFile>;
  function openSync(path: string | URL, options?: OpenOptions): FsFile;
  function readLink(path: string | URL): Promise<string>;
  function readLinkSync(path: string | URL): string;
  function symlink(
    from: string | URL,
    to: string | URL,
    options?: { type: "file" | "dir" | "junction" },
  ): Promise<void>;
  function symlinkSync(from: string | URL, to: string | URL, options?: { type: "file" | "dir" | "junction" }): void;
  function truncate(path: string, length?: number): Promise<void>;
  function truncateSync(path: string, length?: number): void;
  function utime(path: string | URL, accessed: number | Date, modified: number | Date): Promise<void>;
  function utimeSync(path: string | URL, accessed: number | Date, modified: number | Date): void;
  function cwd(): string;
  function copyFile(from: string | URL, to: string | URL): Promise<void>;
  function copyFileSync(from: string | URL, to: string | URL): void;
  function lstat(path: string | URL): Promise<FileInfo>;
  function lstatSync(path: string | URL): FileInfo;
  function makeTempDir(options?: MakeTempOptions): Promise<string>;
  function makeTempDirSync(options?: MakeTempOptions): string;
  function makeTempFile(options?: MakeTempOptions): Promise<string>;
  function makeTempFileSync(options?: MakeTempOptions): string;
  function mkdir(path: string | URL, options?: MkdirOptions): Promise<void>;
  function mkdirSync(path: string | URL, options?: MkdirOptions): void;
  function readDir(path: string | URL): AsyncIterable<DirEntry>;
  function readDirSync(path: string | URL): Iterable<DirEntry>;
  function readFile(path: string | URL, options?: ReadFileOptions): Promise<Uint8Array<ArrayBuffer>>;
  function readFileSync(path: string | URL): Uint8Array<ArrayBuffer>;
  function readTextFile(path: string | URL, options?: ReadFileOptions): Promise<string>;
  function readTextFileSync(path: string | URL): string;
  function realPath(path: string | URL): Promise<string>;
  function realPathSync(path: string | URL): string;
  function remove(path: string | URL, options?: { recursive?: boolean }): Promise<void>;
  function removeSync(path: string | URL, options?: { recursive?: boolean }): void;
  function rename(from: string | URL, to: string | URL): Promise<void>;
  function renameSync(from: string | URL, to: string | URL): void;
  function stat(path: string | URL): Promise<FileInfo>;
  function statSync(path: string | URL): FileInfo;
  function writeFile(
    path: string | URL,
    bytes: Uint8Array | ReadableStream<Uint8Array>,
    options?: WriteFileOptions,
  ): Promise<void>;
  function writeFileSync(path: string | URL, bytes: Uint8Array, options?: WriteFileOptions): void;
  function writeTextFile(
    path: string | URL,
    text: string | ReadableStream<string>,
    options?: WriteFileOptions,
  ): Promise<void>;
  function writeTextFileSync(path: string | URL, text: string, options?: WriteFileOptions): void;
}
