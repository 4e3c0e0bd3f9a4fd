// The world of wasm_manager. A guest is an environment, which prints, and registers under the id of an app; apps count,
// each for all of its environments. What guests print and what becomes of them stands in the log in wasm_manager's
// words.

(({ ExportsWorld, guestError, primordials }) => {
  const { BigIntAsUintN, Map, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeHas, MapPrototypeSet } = primordials;

  const TOKEN = "user_token";
  // What `register` gives.
  const REGISTERED = 0, OTHER_TOKEN = -1, NO_ROOM = -2;
  const INITIALIZED_ALREADY = "\u521d\u59cb\u5316\u8fc7\u4e86";
  // Counters stay when their environments go. No environment takes the room of all others.
  const MAX_APPS = 100_000, MAX_APPS_OF_ONE = 1000;

  // The counters of apps by their ids, and how many environments there were.
  const counters = new Map();
  let environments = 0;

  return class TrekWorld extends ExportsWorld {
    endsWithExceptions = true;
    // Its number, once it runs.
    number = undefined;
    // The id of the app, once the guest has registered, and what it was when the start of a stateless guest was done.
    app = undefined;
    appAtStart = undefined;
    // How many apps it was the first to register.
    apps = 0;

    imports(guest) {
      const print = (text) => guest.print(text);
      return {
        __proto__: null,
        trek: {
          __proto__: null,
          print: (at, length) => print(`call print:${guest.currentMemory().cutText(at, length)} [${length >>> 0}]`),
          exit: (code) => print(`inner exit ${code}`),
          get_env_id: () => this.app ?? 0n,
          register: (app, at, length) => {
            const memory = guest.currentMemory();
            memory.check(at, length);
            if (memory.cutText(at, length) !== TOKEN) return OTHER_TOKEN;
            app = BigIntAsUintN(64, app);
            if (MapPrototypeHas(counters, app)) {
              print(INITIALIZED_ALREADY);
            } else {
              if (MapPrototypeGetSize(counters) === MAX_APPS || this.apps === MAX_APPS_OF_ONE) return NO_ROOM;
              this.apps++;
              MapPrototypeSet(counters, app, 0);
            }
            this.app = app;
            return REGISTERED;
          },
          add_one: () => {
            if (this.app === undefined) return -1;
            MapPrototypeSet(counters, this.app, (MapPrototypeGet(counters, this.app) + 1) | 0);
            return 0;
          },
          get_val: () => {
            if (this.app !== undefined) return MapPrototypeGet(counters, this.app);
            throw guestError(`plugin ${guest.name} asks for the value of its app and has not registered`);
          },
        },
      };
    }

    start(guest) {
      super.start(guest);
      this.number ??= ++environments;
      this.appAtStart = this.app;
    }

    reset() {
      this.app = this.appAtStart;
    }

    close(guest) {
      if (this.number !== undefined) guest.print(`drop TrekFunctionEnv store_raw ${this.number}`);
    }
  };
});
