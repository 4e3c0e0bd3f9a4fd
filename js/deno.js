// The Deno namespace: files, environment and process from Deno's crates, plugins and ops from the host.

import { core, primordials } from "ext:core/mod.js";
import { op_exit, op_runtime_memory_usage } from "ext:core/ops";
import { environmentOf } from "ext:plugbay/environment.js";
import { errorFrom, errors } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { pluginNamespace } from "ext:plugbay/plugin.js";

const { Float64Array, JSONParse, ObjectGetPrototypeOf } = primordials;
const loadServices = onDemand("ext:plugbay/services.js");
const files = core.loadExtScript("ext:deno_fs/30_fs.js");
const io = core.loadExtScript("ext:deno_io/12_io.js");
const os = core.loadExtScript("ext:deno_os/30_os.js");
const { inspect } = core.loadExtScript("ext:deno_web/01_console.js");

const FILE_FUNCTIONS = [
  "chdir",
  "chmod",
  "chmodSync",
  "copyFile",
  "copyFileSync",
  "create",
  "createSync",
  "cwd",
  "FsFile",
  "link",
  "linkSync",
  "lstat",
  "lstatSync",
  "makeTempDir",
  "makeTempDirSync",
  "makeTempFile",
  "makeTempFileSync",
  "mkdir",
  "mkdirSync",
  "open",
  "openSync",
  "readDir",
  "readDirSync",
  "readFile",
  "readFileSync",
  "readLink",
  "readLinkSync",
  "readTextFile",
  "readTextFileSync",
  "realPath",
  "realPathSync",
  "remove",
  "removeSync",
  "rename",
  "renameSync",
  "stat",
  "statSync",
  "symlink",
  "symlinkSync",
  "truncate",
  "truncateSync",
  "utime",
  "utimeSync",
  "writeFile",
  "writeFileSync",
  "writeTextFile",
  "writeTextFileSync",
];

// It wants an op that deno_io leaves to others.
delete ObjectGetPrototypeOf(io.stdin).setRaw;

// `environment` has the variables that the script sees, in JSON; those of the process unless it is given.
export function denoNamespace(host, args, environment) {
  host.setErrorFactory(errorFrom);
  const { namespace: ofPlugins, closeGuests } = pluginNamespace(host);
  let isEnding = false, services;
  // The process ends where a script says so, and its plugins as they do otherwise.
  os.setExitHandler(() => {
    if (!isEnding) {
      isEnding = true;
      closeGuests();
      host.closeAll();
      host.writeCache();
    }
    op_exit();
  });
  const namespace = /* the script's */ {
    args,
    build: core.build,
    env: environment === undefined ? os.env : environmentOf({ __proto__: null, ...JSONParse(environment) }),
    errors,
    exit: (code) => os.exit(code),
    get exitCode() {
      return os.getExitCode();
    },
    set exitCode(code) {
      os.setExitCode(code);
    },
    inspect,
    memoryUsage() {
      const usage = new Float64Array(4);
      op_runtime_memory_usage(usage);
      return /* the script's */ { rss: usage[0], heapTotal: usage[1], heapUsed: usage[2], external: usage[3] };
    },
    pid: host.pid,
    // Of what the program granted the script; most are granted none.
    get services() {
      return services ??= loadServices().ofScript();
    },
    stderr: io.stderr,
    stdin: io.stdin,
    stdout: io.stdout,
    version: host.version,
    ...ofPlugins,
  };
  for (let i = 0; i < FILE_FUNCTIONS.length; i++) namespace[FILE_FUNCTIONS[i]] = files[FILE_FUNCTIONS[i]];
  return namespace;
}
