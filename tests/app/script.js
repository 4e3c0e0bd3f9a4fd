// A handler that does what its path says with what it was granted, and tells in JSON what came of it.

const actions = {
  async keep(env, store) {
    const kept = env.keyValue(store);
    const before = await kept.getText("key");
    await kept.set("key", `of ${store}`);
    await kept.set("bytes", new Uint8Array([1, 2, 3]).subarray(1));
    const bytes = await kept.get("bytes");
    const told = [before, await kept.getText("key"), bytes instanceof Uint8Array, [...bytes], await kept.keys()];
    await kept.delete("bytes");
    return [...told, await kept.has("bytes"), await kept.get("bytes")];
  },
  read: (env, store) => env.keyValue(store).getText("key"),
  async query(env, database) {
    const { execute } = env.sqlite(database);
    await execute("CREATE TABLE IF NOT EXISTS t (a, b, c, d, e, f)");
    await execute("DELETE FROM t");
    const bytes = new Uint8Array([7, 8]);
    const inserted = await execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", [1, 1.5, "text", bytes, null, 2n ** 60n]);
    const { columns, rows: [[a, b, c, d, e, f]] } = await execute("SELECT * FROM t WHERE a = ?", [true]);
    const types = await execute("SELECT typeof(a), typeof(b), typeof(d), typeof(?) FROM t", [-0]);
    return [columns, [a, b, c, [...d], e, `${f}n`], inserted.changes, inserted.lastInsertRowid, types.rows];
  },
  // What one request begins another one does not see.
  async transaction(env, database) {
    const { execute } = env.sqlite(database);
    await execute("CREATE TABLE IF NOT EXISTS counts (n)");
    await execute("BEGIN IMMEDIATE");
    const { rows: [[count]] } = await execute("SELECT count(*) FROM counts");
    await new Promise((go) => setTimeout(go, 5));
    await execute("INSERT INTO counts VALUES (?)", [count]);
    await execute("COMMIT");
    return count;
  },
  variable: (env, name) => env.variables.get(name),
  environment: () => [
    Deno.env.get("COLOR"),
    Deno.env.get("PATH"),
    Deno.env.has("HOME"),
    Deno.env.get("constructor"),
    Deno.env.toObject(),
  ],
  change: () => Deno.env.set("COLOR", "red"),
  file: (env, name) => Deno.readTextFile(env.path(name)),
  real: (_, name) => Deno.readTextFile(name),
  write: (env, name) => Deno.writeTextFile(env.path(name), "written"),
  plugin: (env, name) => Deno.openPlugin(env.path(name)).ops.seven(),
  close() {
    for (let rid = 0; rid < 1000; rid++) {
      try {
        Deno.close(rid);
      } catch {
        // There is none of this number.
      }
    }
  },
  import: (_, name) => import(`file://${name}`),
  native: (_, name) => Deno.openPlugin(name),
  directory: (env) => Deno.chdir(env.path("/")),
  async fetch(_env, url, request) {
    const { method, body } = request;
    const answer = await fetch(url, method === "POST" ? { method, body } : undefined);
    return [answer.status, await answer.text()];
  },
  async again(_env, url) {
    const answer = await fetch(`${url}/again/${encodeURIComponent(url)}`);
    return answer.status === 508 ? 1 : 1 + await answer.json();
  },
  later(env, store, _request, context) {
    context.waitUntil((async () => {
      await new Promise((go) => setTimeout(go, 50));
      await env.keyValue(store).set("key", "later");
      await env.sqlite("default").execute("SELECT 1");
      throw new Error("it went wrong later");
    })());
    return "at once";
  },
  async kept(env, database) {
    const before = kept;
    kept = env.sqlite(database);
    return before === undefined ? "first" : await before.execute("SELECT 1");
  },
  bad: async (env) => {
    const store = env.keyValue("default"), { execute } = env.sqlite("default");
    const calls = [
      () => env.keyValue(7),
      () => store.get({}),
      () => store.set("key", 7),
      () => execute("SELECT ?", "text"),
      () => execute("SELECT ?", [{}]),
      () => execute("SELECT ?", [2n ** 63n]),
      () => execute("no SQL"),
      () => env.variables.get(),
      () => env.path(7),
    ];
    const told = [];
    for (const call of calls) {
      try {
        told.push(await call());
      } catch (error) {
        told.push(`${error.name} ${error.code}: ${error.message}`);
      }
    }
    return told;
  },
};
let kept;

export default {
  async fetch(request, env, context) {
    const [, action, ...rest] = new URL(request.url).pathname.split("/");
    const argument = decodeURIComponent(rest.join("/"));
    try {
      return Response.json((await actions[action](env, argument, request, context)) ?? null);
    } catch (error) {
      return Response.json(`${error.name} ${error.code ?? ""}: ${error.message}`, { status: 500 });
    }
  },
};
