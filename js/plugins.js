// Deno.plugins: plugins by ids of the program's choice, which are opened, replaced and closed while it runs.

import { primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { refused } from "ext:plugbay/options.js";
const { ArrayPrototypeMap, JSONStringify, ObjectFreeze, ObjectKeys, String, SymbolDispose } = primordials;

// `pathOf` gives what a plugin was opened from, and nothing for what is no plugin.
export function pluginManager(openPlugin, pathOf, isOpen) {
  const open = { __proto__: null };

  // A plugin that is open already will do as well as its path.
  function opened(path, options) {
    if (pathOf(path) === undefined) return openPlugin(path, options);
    if (options !== undefined) throw refused("options cannot go with a plugin that is open already");
    if (!isOpen(path)) throw makeError("BadResource", "ERR_PLUGIN_CLOSED", `plugin ${path.name} is closed`);
    for (const id in open) {
      if (open[id].plugin === path) throw makeError("AlreadyExists", "ERR_PLUGIN_ID", `plugin ${path.name} has the id ${JSONStringify(id)} already`);
    }
    return path;
  }

  function find(id) {
    const entry = open[String(id)];
    if (entry === undefined) {
      throw makeError("NotFound", "ERR_PLUGIN_ID", `there is no plugin with the id ${JSONStringify(String(id))}; Deno.plugins.list() names them`);
    }
    return entry;
  }

  function add(id, plugin) {
    open[id] = { __proto__: null, id, plugin };
    return plugin;
  }

  // What was closed by another way, such as Deno.close, is not closed again.
  function close({ id, plugin }) {
    delete open[id];
    plugin[SymbolDispose]();
  }

  return ObjectFreeze({
    open(id, path, options = undefined) {
      id = String(id);
      if (open[id] !== undefined) {
        throw makeError("AlreadyExists", "ERR_PLUGIN_ID", `there is a plugin with the id ${JSONStringify(id)}; replace it or take another id`);
      }
      return add(id, opened(path, options));
    },
    get: (id) => open[String(id)]?.plugin,
    // Opens the new one first: if that fails the old one stays. Calls of the old one that are under way go on.
    replace(id, path, options = undefined) {
      const old = find(id);
      const plugin = add(old.id, opened(path, options));
      old.plugin[SymbolDispose]();
      return plugin;
    },
    close: (id) => close(find(id)),
    list: () =>
      ArrayPrototypeMap(ObjectKeys(open), (id) => {
        const { plugin } = open[id];
        const { rid, name, version, kind, instance } = plugin;
        return { id, path: pathOf(plugin), rid, name, version, kind, instance };
      }),
  });
}
