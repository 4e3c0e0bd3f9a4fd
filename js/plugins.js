// Deno.plugins: plugins by ids of the program's choice, which are opened, replaced and closed while it runs.

import { primordials } from "ext:core/mod.js";
import { idCrossed, idGiven, idTaken, noPluginOfId, pluginClosed } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { refused } from "ext:plugbay/options.js";
import { list } from "ext:plugbay/own.js";
const { ArrayPrototype, ObjectFreeze, ObjectKeys, ObjectSetPrototypeOf, String } = primordials;

// `openedOf` gives what is known of an open plugin, and nothing for what is no plugin. `closePlugin` closes one if it
// is open.
export function pluginManager(openPlugin, openedOf, isOpen, closePlugin) {
  const open = { __proto__: null };

  // A plugin that is open already will do as well as its path.
  function opened(path, options) {
    const known = openedOf(path);
    if (known === undefined) return openPlugin(path, options);
    if (options !== undefined) throw refused("options cannot go with a plugin that is open already");
    if (!isOpen(known)) throw makeError(pluginClosed, known.name);
    for (const id in open) {
      if (open[id].plugin === path) {
        throw makeError(idGiven, known.name, id);
      }
    }
    return path;
  }

  function find(id) {
    const entry = open[String(id)];
    if (entry === undefined) {
      throw makeError(noPluginOfId, String(id));
    }
    return entry;
  }

  // What opening a plugin runs is the script's in part, and may have taken the id. One that was open before stays open.
  function crossed(id, plugin, path) {
    if (plugin !== path) closePlugin(openedOf(plugin));
    return makeError(idCrossed, id);
  }

  function add(id, plugin) {
    open[id] = { __proto__: null, id, plugin };
    return plugin;
  }

  // What was closed by another way, such as Deno.close, is not closed again.
  function close({ id, plugin }) {
    delete open[id];
    closePlugin(openedOf(plugin));
  }

  return ObjectFreeze(/* the script's */ {
    open(id, path, options = undefined) {
      id = String(id);
      if (open[id] !== undefined) {
        throw makeError(idTaken, id);
      }
      const plugin = opened(path, options);
      if (open[id] !== undefined) throw crossed(id, plugin, path);
      return add(id, plugin);
    },
    get: (id) => open[String(id)]?.plugin,
    // Opens the new one first: if that fails the old one stays, until then. Calls of a native one that are under way go
    // on.
    replace(id, path, options = undefined) {
      const old = find(id);
      const plugin = opened(path, options);
      if (open[old.id] !== old) throw crossed(old.id, plugin, path);
      add(old.id, plugin);
      closePlugin(openedOf(old.plugin));
      return plugin;
    },
    close: (id) => close(find(id)),
    list() {
      const ids = ObjectKeys(open), plugins = list();
      for (let i = 0; i < ids.length; i++) {
        const { from, rid, name, version, kind, guest } = openedOf(open[ids[i]].plugin);
        plugins[i] = /* the script's */ { id: ids[i], path: from, rid, name, version, kind, instance: guest?.state() };
      }
      return ObjectSetPrototypeOf(plugins, ArrayPrototype);
    },
  });
}
